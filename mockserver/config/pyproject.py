"""The table ``[tool.mockserver]`` of a ``pyproject.toml``, with the lines of its keys."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from msgspec import field

from mockserver.config.tables import HEADER, find_table
from mockserver.records.config_names import TABLE
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.source import Document, KeyPath

_OTHER_HEADER = re.compile(r"\s*\[")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*=""")
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)")


class TomlDocument(Document, frozen=True):
    """The table as a document; ``places`` holds line and column of its keys."""

    places: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: KeyPath, *, key: bool = False) -> Place:  # noqa: ARG002  both are in one line
        """The place of the nearest key that is known."""
        for length in range(len(path), 0, -1):
            found = self.places.get(path[:length])
            if found:
                return Place(self.file, *found)
        return Place(self.file)

    def find(self, path: KeyPath) -> None:
        """There are no nodes of YAML."""


def read_table(text: str, file: str) -> Document:
    """The table of a file's text.

    Raises:
        ScenarioError: the text is no TOML, has no such table, or cannot be read by this Python.
    """
    try:
        table = find_table(text)
    except ModuleNotFoundError as error:
        message = "reading TOML needs Python 3.11 or the package tomli: install that, or write mockserver.yaml instead"
        raise ScenarioError(Problem(Place(file), message)) from error
    except ValueError as error:
        found = _POSITION.search(str(error))
        place = Place(file, int(found[1] or 1), int(found[2] or 1)) if found else Place(file)
        raise ScenarioError(Problem(place, f"this is not TOML: {_POSITION.sub('', str(error))}")) from error
    if table is None:
        raise ScenarioError(Problem(Place(file), f"there is no table [{TABLE}] in this file"))
    # Complaints name the path of a document without a root, and the line of one that has some.
    return TomlDocument(file, _make_plain(table), root=table, places=_find_places(text))


def _make_plain(value: Any) -> Any:
    """The value as YAML would give it: dates and times as they are written."""
    if isinstance(value, dict):
        return {key: _make_plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_make_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | time) else value


def _find_places(text: str) -> dict[KeyPath, tuple[int, int]]:
    """Line and column of the keys below the headers of our tables."""
    places: dict[KeyPath, tuple[int, int]] = {}
    table: KeyPath | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        if header:
            table = (header[1],) if header[1] else ()
            places.setdefault(table, (number, 1))
        elif _OTHER_HEADER.match(line) and line.rstrip().endswith("]"):
            table = None
        elif table is not None and (found := _KEY.match(line)):
            places.setdefault((*table, found[1]), (number, found.start(1) + 1))
    return places
