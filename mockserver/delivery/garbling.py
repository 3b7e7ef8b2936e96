"""Faults of the bytes of an answer: JSON that is not closed, other line ends, comments between events."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, edit_bytes, replace_frame
from mockserver.delivery.kinds import ADDING, PLACES, WRITING, FaultKind, interval, text
from mockserver.delivery.places import find_place
from mockserver.delivery.repeating import repeat_frame
from mockserver.records.reply import Fault


def break_json(draft: Draft, fault: Fault) -> Draft:
    """Leave out the last brace of one event's JSON, or of the whole body."""
    if not draft.stream:
        return edit_bytes(draft, _remove_last_brace)
    if not draft.frames:
        return draft
    draft, place = find_place(draft, fault)
    place = min(place, len(draft.frames) - 1)
    frame = draft.frames[place]
    return replace_frame(draft, place, replace(frame, data=_remove_last_brace(frame.data)))


def use_crlf(draft: Draft, _fault: Fault) -> Draft:
    """End the lines of a stream with carriage return and line feed."""
    return edit_bytes(draft, lambda data: data.replace(b"\n", b"\r\n")) if draft.stream else draft


def insert_comments(draft: Draft, fault: Fault) -> Draft:
    """Send SSE comments between the events of a stream, as gateways do to keep it open."""
    if not draft.stream:
        return draft
    comment = Frame(b": %b\n\n" % fault.options.get("text", "keepalive").encode())
    return repeat_frame(draft, fault, comment, 0, len(draft.frames))


def _remove_last_brace(data: bytes) -> bytes:
    before, brace, after = data.rpartition(b"}")
    return before + after if brace else data[: len(data) // 2]


BROKEN_JSON = {
    "malformed": FaultKind(
        break_json, "The JSON of one event, or of the whole body, lacks its last brace.", WRITING, places=PLACES
    ),
}
LINES = {
    "crlf": FaultKind(use_crlf, "Lines end with CR LF.", WRITING, whole=False),
    "comment_keepalive": FaultKind(
        insert_comments,
        "Comment lines with `text` before the stream and after every `every` events, or once at the place given.",
        ADDING,
        {"text": text, "every": interval},
        PLACES,
        whole=False,
    ),
}
