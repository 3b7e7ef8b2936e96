"""Reads the events of a stream as a client of server-sent events does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from msgspec import Struct

from mockserver.delivery.draft import Frame
from mockserver.records.depth import is_too_deep

_LINE_END = re.compile(r"\r\n|\n|\r")
# "If the event type buffer is empty, the type is message" (source: the HTML standard, server-sent events).
UNNAMED = "message"


class Event(Struct, frozen=True):
    """An event: its name, its data, parsed where it is JSON, and where it ends in the bytes of the stream.

    What is no event has no name, and its bytes as text: a comment, an event without data, or one whose end is missing.
    """

    name: str
    data: Any
    end: int


def read_events(frames: Iterable[Frame]) -> Iterator[Event]:
    """The events in the frames of a stream."""
    end = 0
    for frame in frames:
        end += len(frame.data)
        if frame.data.strip():
            yield _read(frame.data.decode("utf-8", "replace"), end)


def _read(text: str, end: int) -> Event:
    """The event in a frame: "if the line is empty, dispatch the event"; without data there is none."""
    lines = _LINE_END.split(text.removeprefix("\ufeff"))
    name, data = "", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
    is_whole = len(lines) > 2 and lines[-2:] == ["", ""]
    joined = "\n".join(data)
    return Event(name or UNNAMED, _parse(joined), end) if data and joined and is_whole else Event("", text, end)


def _parse(data: str) -> Any:
    try:
        value = orjson.loads(data)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return data
    return data if is_too_deep(value) else value
