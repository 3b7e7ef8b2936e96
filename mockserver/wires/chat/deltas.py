"""The events of a message's stream, translated into the deltas of a choice one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from mockserver.wires.chat.forms import Form
from mockserver.wires.chat.writing import write_input
from mockserver.wires.messages.events import Event

Data = Mapping[str, Any]


class Delta(Struct, frozen=True):
    """What a chunk adds to a choice, and why the choice ends there, if it does."""

    fields: Data
    finish: str | None
    opened_block: int | None = None


class Translator:
    """Translates the events of one stream in their order; it keeps the block that is open."""

    def __init__(self, form: Form, first: Data | None = None) -> None:
        self.form = form
        self.first = first
        self.opened: int | None = None
        # The number of the call that is open, what each of its deltas says, its input, and whether a delta brought it.
        self.calls = -1
        self.is_call = False
        self.place: Data = {}
        self.input: Any = None
        self.is_written = True

    def translate(self, event: Event) -> Delta | None:
        """The delta that an event becomes; None where the form has none for it."""
        fields = self.say(event.data)
        if fields is None:
            return None
        ends = event.data["type"] == "message_delta"
        finish = self.form.name_finish(event.data["delta"].get("stop_reason")) if ends else self.form.unfinished
        opened, self.opened = self.opened, None
        return Delta(fields, finish, opened)

    def say(self, data: Data) -> Data | None:
        """What the delta says that an event becomes."""
        name = data["type"]
        step = STEPS.get(name)
        fields = step(self, data) if step else None
        if fields is None:
            if name not in self.form.echoes:
                return None
            fields = self.form.empty
        return {**self.form.role, **fields} if self.form.role else fields

    def start(self, _data: Data) -> Data | None:
        return self.first

    def open_block(self, data: Data) -> Data | None:
        block, form, self.opened = data["content_block"], self.form, data["index"]
        self.is_call = block.get("type") == "tool_use"
        self.calls += self.is_call
        index = CALL_INDEXES[form.call_index](self.calls, data["index"])
        self.place = {**index, "type": "function"} if form.call_type else index
        if not self.is_call:
            is_text = block.get("type") == "text" and isinstance(block.get("text"), str)
            return {"content": ""} if is_text and form.echoes else None
        self.input, self.is_written = block.get("input"), False
        named = {"id": form.name_call(block.get("id")), "type": "function"}
        return {"tool_calls": [{**index, **named, "function": {"name": block.get("name"), "arguments": ""}}]}

    def add_delta(self, data: Data) -> Data | None:
        delta = data["delta"]
        step = DELTAS.get(delta["type"])
        return step(self, delta) if step else None

    def close_block(self, _data: Data) -> Data | None:
        """The input of a call that had no deltas with anything in them."""
        self.opened = None
        if self.is_written or self.form.empty_input != "stop":
            return None
        self.is_written = True
        return {"tool_calls": [{**self.place, "function": {"arguments": write_input(self.input)}}]}

    def finish(self, _data: Data) -> Data:
        if self.is_written or self.form.empty_input != "finish":
            return self.form.empty
        return {"tool_calls": [{**self.place, "function": {"arguments": "{}"}}]}

    def add_text(self, delta: Data) -> Data:
        return {"content": delta["text"]}

    def add_thought(self, delta: Data) -> Data | None:
        thought = delta["thinking"]
        return {"reasoning_content": thought} if self.form.thoughts and (thought or self.form.echoes) else None

    def add_signature(self, _delta: Data) -> Data | None:
        return {"reasoning_content": self.form.signature} if self.form.signature else None

    def add_input(self, delta: Data) -> Data | None:
        piece = delta["partial_json"]
        if not (self.is_call or self.form.any_input):
            return None
        if piece:
            self.is_written = True
        elif not self.form.echoes:
            return None
        return {"tool_calls": [{**self.place, "function": {"arguments": piece}}]}


STEPS: Mapping[str, Callable[[Translator, Data], Data | None]] = {
    "message_start": Translator.start,
    "content_block_start": Translator.open_block,
    "content_block_delta": Translator.add_delta,
    "content_block_stop": Translator.close_block,
    "message_delta": Translator.finish,
}
DELTAS: Mapping[str, Callable[[Translator, Data], Data | None]] = {
    "text_delta": Translator.add_text,
    "thinking_delta": Translator.add_thought,
    "signature_delta": Translator.add_signature,
    "input_json_delta": Translator.add_input,
}
# The index of a call, as forms have it, by its number and that of its block.
CALL_INDEXES: Mapping[str, Callable[[int, int], Data]] = {
    "": lambda _call, _block: {},
    "count": lambda call, _block: {"index": call},
    "block": lambda _call, block: {"index": max(0, block - 1)},
}
