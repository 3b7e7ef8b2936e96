"""Shared by the tests of faults: a message and its stream with faults, and the tables of the docs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from mockserver.delivery import deliver_stream, deliver_whole
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Fault, Pace, Reply
from mockserver.wires import FAULTS, WIRES, parse_fault

WIRE = WIRES["messages"]
HEADERS = (("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_01"))
DOCS = Path(__file__).parent.parent / "docs" / "faults.md"
MESSAGE = {
    "model": "claude-sonnet-4-5-20250929",
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "content": [
        {"type": "thinking", "thinking": "天気を見よう。", "signature": "EqQB"},
        {"type": "text", "text": "Let me look that up for you."},
        {"type": "tool_use", "id": "toolu_01", "name": "weather", "input": {"city": "Oslo", "days": 3}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 20, "cache_creation": {"ephemeral_5m_input_tokens": 4}, "output_tokens": 60},
}
# The faults of this format, and those of any.
OF_MESSAGES = [*WIRE.faults]
EVENTS = WIRE.unfold(Reply(MESSAGE, seed=1))
CLEAN = b"".join(event.encode() for event in EVENTS)
BODY = WIRE.write(Reply(MESSAGE))
# The options of the faults that require some.
NEEDED: dict[str, dict[str, Any]] = {
    "split": {"bytes": 5},
    "drop_event": {"event": "usage"},
    "no_data": {"event": "ping"},
    "start_usage": {"input_tokens": 5},
    "delta_usage": {"input_tokens": 5},
}


def fault(name: str, /, **options: Any) -> Fault:
    return parse_fault({"then": name, **NEEDED.get(name, {}), **{key.rstrip("_"): options[key] for key in options}})


def stream(*faults: Fault, pace: Pace | None = None) -> Delivery:
    return deliver_stream(EVENTS, headers=HEADERS, faults=faults, kinds=FAULTS, pace=pace, tokens=60)


def whole(*faults: Fault, pace: Pace | None = None) -> Delivery:
    return deliver_whole(BODY, headers=HEADERS, faults=faults, kinds=FAULTS, pace=pace, tokens=60, events=EVENTS)


def sent(delivery: Delivery) -> bytes:
    return b"".join(piece.data for piece in delivery.pieces)


def events(delivery: Delivery) -> list[Mapping[str, Any]]:
    """The events that a lenient client reads: by the data's own type."""
    lines = re.findall(rb"^data: (\{.*\})", sent(delivery), re.MULTILINE)
    return [orjson.loads(line) for line in lines]


def names(delivery: Delivery) -> list[str]:
    return [str(data["type"]) for data in events(delivery)]


def body(delivery: Delivery) -> dict[str, Any]:
    found = orjson.loads(sent(delivery))
    assert isinstance(found, dict)
    return found


ALL = [str(event.data["type"]) for event in EVENTS]


def rows() -> dict[str, list[str]]:
    """The rows of the tables of faults in the docs: name to its other cells."""
    found = {}
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1:]
    return found
