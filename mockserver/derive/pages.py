"""The reference tables of docs, written between their markers: of the table of the format, and of that of options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from mockserver.derive import config, gateways
from mockserver.gateways import format as gateway_format
from mockserver.records.specs import Field
from mockserver.scenarios.format.answers import CONTENT_FIELDS, ENDING_FIELDS
from mockserver.scenarios.format.conditions import TEXT_TESTS, WHEN
from mockserver.scenarios.format.declared import DECLARED_FILE
from mockserver.scenarios.format.deliveries import PACES
from mockserver.scenarios.format.failures import ERROR
from mockserver.scenarios.format.files import FILE, SCENARIO
from mockserver.scenarios.format.models import MODEL

NAMES = ("scenarios.md", "config.md", "gateways.md")
_TABLE = re.compile(r"<!-- begin table: ([a-z ]+) -->\n.*?<!-- end table -->", re.DOTALL)
_PREFIXED = {f"{FILE.prefix}…": "anything: a place for YAML anchors (all aliases of a file may repeat 100,000 values)"}


def tables() -> dict[str, str]:
    """Each table by the name in its marker."""
    return {
        "file": table(("key", "holds"), rows(FILE.fields) | _PREFIXED),
        "scenario": table(("key", "holds"), rows(SCENARIO.fields)),
        "when": when_table(),
        "text tests": table(("key", "holds when the text"), rows(TEXT_TESTS.fields)),
        "content": table(("key", "says"), rows(CONTENT_FIELDS)),
        "ending": table(("key", "sets"), rows(ENDING_FIELDS)),
        "error": table(("key of `error`", "by default"), rows(ERROR.fields)),
        "model": table(("key of a model", "says"), rows(MODEL.fields)),
        "declared": table(("key of a file", "says"), rows(DECLARED_FILE.fields)),
        "pace": table(("key of `pace`", "means"), rows(PACES.fields)),
        **_list_gateway_tables(),
        "options": _written([config.HEADS, ("---",) * len(config.HEADS), *config.cells()]),
    }


def _list_gateway_tables() -> dict[str, str]:
    parts = {
        "gateway": gateway_format.GATEWAY_FILE,
        "channel": gateway_format.CHANNEL,
        "key": gateway_format.KEY,
        "gateway model": gateway_format.MODEL,
        "gateway error": gateway_format.ERROR,
        "path": gateway_format.PATH,
        "ending name": gateway_format.NAME,
        "ending values": gateway_format.VALUES,
    }
    tables = {name: table(("key", "says"), rows(record.fields)) for name, record in parts.items()}
    errors = _written([gateways.ERROR_HEADS, ("---",) * len(gateways.ERROR_HEADS), *gateways.error_cells()])
    return {**tables, "gateway errors": errors}


def rows(fields: Mapping[str, Field]) -> dict[str, str]:
    """The description of each key in the docs."""
    return {key: field.description for key, field in fields.items()}


def when_table() -> str:
    """The keys of ``when``, with the tests that each takes."""
    cells = [(f"`{key}`", field.description, field.takes) for key, field in WHEN.fields.items()]
    return _written([("key", "looks at", "takes"), ("---",) * 3, *cells])


def table(heads: tuple[str, str], lines: Mapping[str, str]) -> str:
    """A table with a row for each key."""
    return _written([heads, ("---", "---"), *((f"`{key}`", text) for key, text in lines.items())])


def fill(page: str) -> str:
    """A page with every marked table written anew.

    Raises:
        KeyError: a marker names no table.
    """
    known = tables()
    return _TABLE.sub(
        lambda found: f"<!-- begin table: {found[1]} -->\n\n{known[found[1]]}\n\n<!-- end table -->", page
    )


def write(folder: Path) -> list[str]:
    """Writes the tables into the pages in ``folder`` that are there, and returns the names of those it changed."""
    return [name for name in NAMES if _fill_file(folder / name)]


def _fill_file(path: Path) -> bool:
    before = path.read_text("utf-8") if path.exists() else ""
    after = fill(before)
    if after != before:
        path.write_text(after, "utf-8")
    return after != before


def _written(lines: Iterable[tuple[str, ...]]) -> str:
    return "\n".join("|" + "|".join(_cell(cell) for cell in line) + "|" for line in lines)


def _cell(text: str) -> str:
    return text if text == "---" else f" {text.replace('|', chr(92) + '|')} "
