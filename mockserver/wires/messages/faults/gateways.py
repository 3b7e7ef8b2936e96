"""Defects of real relay gateways in the order and form of events, each by the name a scenario calls it."""

from __future__ import annotations

import re

from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame
from mockserver.delivery.kinds import ADDING, PLACES, WRITING, FaultKind, OneOf, interval
from mockserver.delivery.places import find_end
from mockserver.delivery.repeating import repeat_frame
from mockserver.records.reply import Fault
from mockserver.wires.messages.events import NAMES, Event
from mockserver.wires.messages.faults.edits import Data, append, drop_events, on_bytes, on_events, remove_name

DONE = b"data: [DONE]\n\n"
PING = Event({"type": "ping"})
DELTA = Event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "sent by a fault"}})
# What comes after the end of streams that have no such event.
SPARE = {str(event.data["type"]): [Frame(event.encode(), event)] for event in (PING, DELTA)}


def _replace_stop_with_done(draft: Draft, fault: Fault) -> Draft:
    return append(DONE)(drop_events("message_stop")(draft, fault), fault)


def _double_start(data: Data) -> list[Data]:
    return [data, data] if data["type"] == "message_start" else [data]


def _place_pings(draft: Draft, fault: Fault) -> Draft:
    """Send the pings of a stream at other places."""
    if not draft.stream:
        return draft
    draft = drop_events("ping")(draft, fault)
    starts = (place for place, frame in enumerate(draft.frames, 1) if frame.event and frame.event.opened_block == 0)
    natural = next(starts, min(1, len(draft.frames)))
    return repeat_frame(draft, fault, Frame(PING.encode(), PING), natural, find_end(draft.frames))


def _repeat_after_stop(draft: Draft, fault: Fault) -> Draft:
    """Send the last event of a name once more, behind the end of a stream."""
    if not draft.stream:
        return draft
    name = fault.options.get("event", "content_block_delta")
    found = [frame for frame in draft.frames if frame.event and frame.event.data.get("type") == name]
    late = [replace(found[-1], delay=0.0)] if found else SPARE.get(name, [])
    return replace(draft, frames=(*draft.frames, *late))


def _remove_data(draft: Draft, fault: Fault) -> Draft:
    """Leave out the ``data:`` lines of the events of one name."""
    frames = [
        replace(frame, data=re.sub(rb"(?m)^data:[^\r\n]*\r?\n", b"", frame.data)) if _is_named(frame, fault) else frame
        for frame in draft.frames
    ]
    return replace(draft, frames=tuple(frames))


def _is_named(frame: Frame, fault: Fault) -> bool:
    data = frame.event.data if frame.event else {}
    return data.get("type") == fault.options["event"] and fault.at_block in (None, data.get("index"))


def _reset_index(data: Data) -> list[Data]:
    return [{**data, "index": 0}] if "index" in data else [data]


GATEWAYS = {
    "no_event_names": FaultKind(
        on_bytes(remove_name), "The `event:` lines are missing.", WRITING, whole=False, seen="openclaw/openclaw#37571"
    ),
    "done_marker": FaultKind(
        append(DONE), "`data: [DONE]` follows the stream.", whole=False, seen="earendil-works/pi#3708"
    ),
    "done_for_message_stop": FaultKind(
        _replace_stop_with_done,
        "`data: [DONE]` comes instead of `message_stop`.",
        whole=False,
        seen="huggingface/tau#692",
    ),
    "no_message_start": FaultKind(
        drop_events("message_start"),
        "`message_start` is missing.",
        whole=False,
        seen="NousResearch/hermes-agent#72833",
    ),
    "duplicate_message_start": FaultKind(
        on_events(_double_start), "`message_start` comes twice.", whole=False, seen="QuantumNous/new-api#1502"
    ),
    "no_ping": FaultKind(drop_events("ping"), "The `ping` is missing.", whole=False),
    "pings": FaultKind(
        _place_pings,
        "A `ping` at the first block's start and after every `every` events, or once at the place given.",
        ADDING,
        {"every": interval},
        PLACES,
        whole=False,
    ),
    "no_data": FaultKind(
        _remove_data,
        "The events of the name `event` have no `data:` line.",
        WRITING,
        {"event": OneOf(NAMES)},
        ("at_block",),
        needs=("event",),
        whole=False,
    ),
    "after_stop": FaultKind(
        _repeat_after_stop,
        "The last `content_block_delta`, or event of the name `event`, comes once more behind `message_stop`.",
        ADDING,
        {"event": OneOf(NAMES)},
        whole=False,
    ),
    "no_content_block_start": FaultKind(
        drop_events("content_block_start"),
        "Every `content_block_start` is missing.",
        whole=False,
        seen="looplj/axonhub#1655",
    ),
    "no_content_block_stop": FaultKind(
        drop_events("content_block_stop"),
        "Every `content_block_stop` is missing.",
        whole=False,
        seen="xemantic/anthropic-sdk-kotlin#147",
    ),
    "index_zero": FaultKind(
        on_events(_reset_index), "All blocks have index 0.", whole=False, seen="router-for-me/CLIProxyAPI#539"
    ),
}
