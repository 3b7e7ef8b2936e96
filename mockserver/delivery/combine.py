"""Faults made of smaller parts: each function here makes the strike of a fault from what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from mockserver.delivery.draft import (
    Data,
    Draft,
    Frame,
    Strike,
    edit_bytes,
    edit_events,
    edit_message,
    insert,
    with_body,
    with_header,
)
from mockserver.records.reply import Fault

Edit = Callable[[Data], Iterable[Data]]


def on_events(edit: Edit) -> Strike:
    """A fault that changes the events of a stream."""
    return lambda draft, _fault: edit_events(draft, edit)


def on_bytes(edit: Callable[[bytes], bytes]) -> Strike:
    """A fault that changes how each event is written."""
    return lambda draft, _fault: edit_bytes(draft, edit) if draft.stream else draft


def on_holders(edit: Callable[[Data], Data], *holders: str) -> Strike:
    """A fault that changes what holds usage and stop reason: a whole message, message_start's, and message_delta."""

    def event(data: Data) -> list[Data]:
        if data["type"] not in holders:
            return [data]
        return [{**data, "message": edit(data["message"])} if "message" in data else edit(data)]

    def strike(draft: Draft, _fault: Fault) -> Draft:
        return edit_message(edit_events(draft, event), edit)

    return strike


def on_blocks(edit: Callable[[Data], Data], events: Edit) -> Strike:
    """A fault that changes the blocks of a whole message, and the events that say them."""

    def message(data: dict[str, Any]) -> Data:
        return {**data, "content": [edit(block) for block in data["content"]]}

    return lambda draft, _fault: edit_message(edit_events(draft, events), message)


def with_tool_inputs(edit: Callable[[Data, str], Iterable[Data]], whole: Callable[[Data], Data]) -> Strike:
    """A fault that changes how tool inputs come: ``edit`` gets an event of a tool's block and its whole input."""

    def strike(draft: Draft, _fault: Fault) -> Draft:
        inputs: dict[int, str] = {}
        for frame in draft.frames:
            delta = frame.event.data.get("delta") if frame.event else None
            if delta and delta.get("type") == "input_json_delta" and frame.event:
                index = frame.event.data["index"]
                inputs[index] = inputs.get(index, "") + delta["partial_json"]
        edited = edit_events(
            draft, lambda data: edit(data, inputs[data["index"]]) if data.get("index") in inputs else [data]
        )
        return edit_message(
            edited, lambda message: {**message, "content": [whole(block) for block in message["content"]]}
        )

    return strike


def answering(body: bytes, content_type: str) -> Strike:
    """A fault that puts something else in the place of the answer, with the same status."""

    def strike(draft: Draft, _fault: Fault) -> Draft:
        return replace(with_header(with_body(draft, body), "content-type", content_type), stream=False)

    return strike


def dropping(name: str) -> Strike:
    """A fault that leaves out all events of one name."""
    return on_events(lambda data: [] if data["type"] == name else [data])


def appending(data: bytes) -> Strike:
    """A fault that sends something after a stream's last event."""
    return lambda draft, _fault: insert(draft, len(draft.frames), Frame(data)) if draft.stream else draft


def headed(name: str, value: str) -> Strike:
    """A fault that sets a header."""
    return lambda draft, _fault: with_header(draft, name, value)
