"""The JSON Schema of files that describe a gateway, for editors, and the tables of docs/gateways.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockserver.derive import faults
from mockserver.derive.scenarios import Writer, write_schema
from mockserver.gateways.format import GATEWAY_FILE
from mockserver.gateways.presets import list_presets
from mockserver.gateways.reading import load
from mockserver.gateways.records import ErrorRow, Gateway

NAME = "mock/gateway.json"
HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://messages-mockserver.invalid/schemas/mock/gateway.json",
    "title": "Gateway file of messages-mockserver",
}
ERROR_HEADS = ("error", *list_presets(), "says")


def schema() -> dict[str, Any]:
    """The whole schema."""
    writer = Writer()
    return {**HEAD, **writer.kind(GATEWAY_FILE, False), "$defs": {**writer.definitions, **faults.definitions()}}


def write(folder: Path) -> list[str]:
    """Writes the file into ``folder`` and returns its name if that changed it."""
    return write_schema(folder, NAME, schema())


def error_cells() -> Iterator[tuple[str, ...]]:
    """The rows of the table of errors, below ``ERROR_HEADS``: what each preset answers, and its English words."""
    presets = [load(name) for name in list_presets()]
    for name in dict.fromkeys(name for preset in presets for name in preset.errors):
        rows = [preset.errors.get(name) for preset in presets]
        first = next(row for row in rows if row is not None)
        yield (f"`{name}`", *map(_describe, rows, presets), _word(first))


def _describe(row: ErrorRow | None, preset: Gateway) -> str:
    """Status, type and code of an error, as far as they are no matter of course."""
    if row is None:
        return "–"
    kind = f" `{row.type}`" if row.type not in ("", preset.error_type) else ""
    code = f" `{row.code}`" if row.code else ""
    stage, body = ", while relaying" if row.stage == "relay" else "", ", no body" if row.is_empty else ""
    return f"{row.status}{kind}{code}{stage}{body}"


def _word(row: ErrorRow) -> str:
    return f"`{row.word('en', {})}`" if row.texts else "no body"
