"""The ways in which faults change the events of a stream, and the message of an answer sent whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Strike, edit_bytes, insert_frame, replace_body
from mockserver.delivery.places import remaining_wait
from mockserver.records.reply import Fault
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.shapes import is_message

Data = Mapping[str, Any]
# The events in the place of one: none, one or several.
EventEdit = Callable[[Data], Iterable[Data]]
# The same for an event of a tool's block, with the whole input of the tool as text.
InputEdit = Callable[[Data, str], Iterable[Data]]
Edit = Callable[[Data], Data]


def edit_events(draft: Draft, edit: EventEdit) -> Draft:
    """Replace each event by those that ``edit`` makes of its data."""
    frames: list[Frame] = []
    delay = 0.0
    for frame in draft.frames:
        event = frame.event
        if not isinstance(event, Event):
            frames.append(frame)
            continue
        # The time of an event that is left out passes before the next one.
        delay += frame.delay
        for data in edit(event.data):
            if data is event.data:
                frames.append(Frame(frame.data, event, delay))
            else:
                edited = Event(data, event.padding)
                frames.append(Frame(edited.encode(), edited, delay))
            delay = 0.0
    return replace(draft, frames=tuple(frames))


def edit_message(draft: Draft, edit: Edit) -> Draft:
    """Change the message of an answer sent whole; a body that is no message (an error, say) stays."""
    if draft.stream or not draft.frames:
        return draft
    message = _parse(draft.frames[0].data)
    if not is_message(message):
        return draft
    return replace_body(draft, orjson.dumps(edit(message)))


def edit_content(message: Data, edit: Edit) -> Data:
    """Change each content block of a message."""
    return {**message, "content": [edit(block) for block in message["content"]]}


def on_events(edit: EventEdit) -> Strike:
    """A fault that changes the events of a stream."""
    return lambda draft, _fault: edit_events(draft, edit)


def on_bytes(edit: Callable[[bytes], bytes]) -> Strike:
    """A fault that changes the bytes of each event."""
    return lambda draft, _fault: edit_bytes(draft, edit) if draft.stream else draft


def on_holder(name: str, edit: Edit) -> EventEdit:
    """Change what holds usage and stop reason in the events of one name: the message in message_start, message_delta
    itself."""

    def edit_event(data: Data) -> list[Data]:
        if data["type"] != name:
            return [data]
        return [{**data, "message": edit(data["message"])} if "message" in data else edit(data)]

    return edit_event


def on_totals(edit: Edit) -> Strike:
    """A fault that changes usage or stop reason, in all that may hold them: the whole message, the one in
    message_start, and message_delta."""
    start, end = on_holder("message_start", edit), on_holder("message_delta", edit)

    def strike(draft: Draft, _fault: Fault) -> Draft:
        return edit_message(edit_events(edit_events(draft, start), end), edit)

    return strike


def on_end(edit: Edit) -> Strike:
    """A fault that changes the whole message and message_delta, but not message_start."""

    def edit_event(data: Data) -> list[Data]:
        return [edit(data) if data["type"] == "message_delta" else data]

    return lambda draft, _fault: edit_message(edit_events(draft, edit_event), edit)


def on_blocks(edit: Edit, edit_event: EventEdit) -> Strike:
    """A fault that changes the blocks of a whole message, and the events of a stream that carry them."""

    def edit_whole(message: Data) -> Data:
        return edit_content(message, edit)

    return lambda draft, _fault: edit_message(edit_events(draft, edit_event), edit_whole)


def on_tool_inputs(edit: InputEdit, edit_block: Edit | None = None) -> Strike:
    """A fault that changes the inputs of tools: in the events of their blocks, and in the blocks of a whole message."""

    def strike(draft: Draft, _fault: Fault) -> Draft:
        inputs = _tool_inputs(draft)
        edited = edit_events(
            draft, lambda data: edit(data, inputs[data["index"]]) if data.get("index") in inputs else [data]
        )
        return edit_message(edited, lambda message: edit_content(message, edit_block)) if edit_block else edited

    return strike


def insert_event(draft: Draft, fault: Fault, place: int, data: Data) -> Draft:
    """Add an event before the frame at ``place``, at the time of the fault."""
    event = Event(data)
    return insert_frame(draft, place, Frame(event.encode(), event, remaining_wait(draft, fault, place)))


def drop_events(name: str) -> Strike:
    """A fault that leaves out all events of one name."""
    return on_events(lambda data: [] if data["type"] == name else [data])


def append(data: bytes) -> Strike:
    """A fault that sends something after the last event of a stream."""
    return lambda draft, _fault: insert_frame(draft, len(draft.frames), Frame(data)) if draft.stream else draft


def remove_name(data: bytes) -> bytes:
    """The bytes of an event without its ``event:`` line."""
    return data.partition(b"\n")[2] if data.startswith(b"event:") else data


def delta_type(data: Data) -> str:
    """The type of an event's delta, or "" when it has none."""
    delta = data.get("delta") or {}
    return str(delta.get("type", ""))


def _tool_inputs(draft: Draft) -> dict[int, str]:
    """The input of each tool by the index of its block, as the deltas of the stream spell it."""
    inputs: dict[int, list[str]] = {}
    for frame in draft.frames:
        if frame.event and delta_type(frame.event.data) == "input_json_delta":
            inputs.setdefault(frame.event.data["index"], []).append(frame.event.data["delta"]["partial_json"])
    return {index: "".join(parts) for index, parts in inputs.items()}


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
