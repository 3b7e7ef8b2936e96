"""Reads the event stream that a script gives raw: its events as they are written, so that they can be timed and cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import orjson
from msgspec import Struct

from mockserver.delivery.draft import Frame, Frames
from mockserver.records.events import StreamEvent
from mockserver.records.reply import NOTHING
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.shapes import is_event

# "Lines must be separated by either a CRLF pair, a single LF, or a single CR"; a blank line ends an event
# (source: the HTML standard, server-sent events).
_LINE_END = rb"(?:\r\n|\n|\r(?!\n))"
_EVENT_END = re.compile(rb"%b(?:%b)+" % (_LINE_END, _LINE_END))
_LINES = re.compile(_LINE_END)

ReadEvent = Callable[[Any, bytes, bytes], StreamEvent]


class ForeignEvent(Struct, frozen=True):
    """An event of no known form: another API's, a marker, broken JSON. It is sent as ``written``."""

    written: bytes

    @property
    def data(self) -> Mapping[str, Any]:
        """Nothing, for nothing is known of it."""
        return NOTHING

    @property
    def weight(self) -> int:
        """No text of the answer, as far as is known."""
        return 0

    @property
    def opened_block(self) -> int | None:
        """It starts no block."""
        return None

    @property
    def is_last(self) -> bool:
        """It ends no stream."""
        return False

    def encode(self) -> bytes:
        """The event as it was given."""
        return self.written


def read_frames(body: bytes) -> Frames:
    """The events of a body in this format, see ``read_frames_with``."""
    return read_frames_with(body, _read_event)


def read_frames_with(body: bytes, read_event: ReadEvent) -> Frames:
    """The events of a body in any format, and the comments between them: frames that together are it, byte for byte.

    What follows the last blank line is a frame, too, so that any body can be read. ``read_event`` makes an event of its
    data as JSON (None where they are none), of these data, and of all that was written.
    """
    ends = [found.end() for found in _EVENT_END.finditer(body)]
    cuts = [0, *ends] if ends and ends[-1] == len(body) else [0, *ends, len(body)]
    return tuple([_read_frame(body[start:end], read_event) for start, end in pairwise(cuts)]) if body else ()


def _read_frame(written: bytes, read_event: ReadEvent) -> Frame:
    lines = _LINES.split(written)
    if not any(line.startswith((b"data", b"event")) for line in lines):
        return Frame(written)
    data = b"\n".join([line[5:] for line in lines if line.startswith(b"data:")])
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        parsed = None
    return Frame(written, read_event(parsed, data, written))


def _read_event(parsed: Any, _data: bytes, written: bytes) -> StreamEvent:
    return Event(parsed) if is_event(parsed) else ForeignEvent(written)
