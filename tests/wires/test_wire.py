"""The wire formats by name: each row is whole, so that nothing else asks which one it is."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mockserver import wires
from mockserver.endpoints.table import ROUTES
from mockserver.records.reply import Failure, Fault, Reply
from mockserver.reference import schemas
from mockserver.wires import FAULTS, WIRES, strikes_any
from tests.message_cases import message

REPLY = Reply(message(), form={"created": 1, "n": 1, "include_usage": False, "model": "claude-opus-4-8"})
# What ends the stream of some, and is no JSON.
DONE = b"[DONE]"


def read_event(data: bytes) -> Any:
    """The JSON of an event as it is written; None for the one that ends a stream."""
    lines = [line.removeprefix(b"data: ") for line in data.splitlines() if line.startswith(b"data: ")]
    return None if lines == [DONE] else json.loads(b"".join(lines))


def test_the_registry_names_the_wires() -> None:
    wire = WIRES["messages"]
    assert wire.fold([event.data for event in wire.unfold(Reply(message()))]) == message()
    assert {route.wire for route in ROUTES} == {*WIRES}
    assert {path.parent.name for path in Path(wires.__file__).parent.glob("*/__init__.py")} == {*WIRES}


@pytest.mark.parametrize("name", WIRES)
def test_wire_has_schemas_and_keeps_to_them(name: str) -> None:
    wire = WIRES[name]
    for schema in (wire.schemas.message, wire.schemas.beta_message):
        assert list(schemas.response_validator(schema).iter_errors(json.loads(wire.write(REPLY)))) == []
    events = [read_event(event.encode()) for event in wire.unfold(REPLY)]
    for schema in (wire.schemas.event, wire.schemas.beta_event):
        validator = schemas.response_validator(schema)
        assert [problem for event in events if event for problem in validator.iter_errors(event)] == []


@pytest.mark.parametrize("name", WIRES)
def test_wire_streams_what_it_unfolds(name: str) -> None:
    wire = WIRES[name]
    events = wire.unfold(REPLY)
    assert wire.stream(REPLY) == (b"".join(event.encode() for event in events), len(events))
    frames = wire.read_frames(wire.stream(REPLY)[0])
    assert len(frames) == len(events)
    assert wire.fold([event for each in events if (event := read_event(each.encode()))])


@pytest.mark.parametrize("name", WIRES)
def test_wire_has_errors_and_heads(name: str) -> None:
    wire = WIRES[name]
    error = json.loads(wire.error(Failure(429, "rate_limit_error", "Slow down."), "req_1"))["error"]
    assert (error["type"], error["message"]) == ("rate_limit_error", "Slow down.")
    more = {"x-a": "b"}
    heads = [dict(wire.success_head(request_id="req_1", at=1.0, stream=stream, extra=more)) for stream in (False, True)]
    heads.append(dict(wire.error_head(429, request_id="req_1", at=1.0, extra=more)))
    assert [head["content-type"].partition(";")[0] for head in heads] == [
        "application/json",
        "text/event-stream",
        "application/json",
    ]
    assert all("req_1" in head.values() and head["x-a"] == "b" for head in heads)


@pytest.mark.parametrize("name", WIRES)
def test_wire_has_the_faults_of_any_format(name: str) -> None:
    any_format = {fault for fault in FAULTS if strikes_any(Fault(fault))}
    assert any_format <= {*WIRES[name].faults} <= {*FAULTS}
    # Scenarios may name these before anybody speaks the format.
    assert import_module(f"mockserver.wires.{name}.faults").FAULTS is WIRES[name].faults
