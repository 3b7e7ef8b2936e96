"""Our own cassettes, and their side files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.cassettes.formats.form import HOME, Content, Format, Found
from mockserver.cassettes.formats.parsing import read_file
from mockserver.recordings import side_file
from mockserver.records.exchanges import RecordedExchange


def _is_cassette(content: Content) -> bool:
    value = content.value
    return isinstance(value, Mapping) and isinstance(value.get("cassette"), Mapping) and "scenarios" in value


def _list_exchanges(content: Content) -> Sequence[RecordedExchange]:
    files = side_file.Files(content.folder)
    name = content.value["cassette"].get("exchanges")
    return [*side_file.read(read_file(files.find(str(name))), files).values()]


def _is_side_file(content: Content) -> bool:
    return any(map(_is_line, content.value if isinstance(content.value, list) else [content.value]))


def _is_line(value: Any) -> bool:
    response = value.get("response") if isinstance(value, Mapping) else None
    return isinstance(response, Mapping) and "id" in value and any(key in response for key in ("chunks", "file"))


def _list_lines(content: Content) -> Sequence[RecordedExchange]:
    return [*side_file.read(content.data, side_file.Files(content.folder)).values()]


def _read(exchange: RecordedExchange) -> Found:
    query = f"?{exchange.request.query}" if exchange.request.query else ""
    return Found(f"{HOME}{exchange.request.path}{query}", exchange)


CASSETTE = Format("cassette", _is_cassette, _list_exchanges, _read)
SIDE_FILE = Format("side file", _is_side_file, _list_lines, _read)
