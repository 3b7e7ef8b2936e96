"""A message, written as a chat completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from mockserver.blocks.partial_json import TornInput, write_properties
from mockserver.records.reply import Block, Reply
from mockserver.wires.chat.forms import Form
from mockserver.wires.chat.usage import USAGES

# Which of several texts or thoughts an answer has; None stands for a block of another type.
PICKS: Mapping[str, Callable[[Sequence[str | None]], str]] = {
    "": lambda _found: "",
    "all": lambda found: "".join([each for each in found if each]),
    "last": lambda found: next((each for each in reversed(found) if each is not None), ""),
    "first": lambda found: (found[0] if found else "") or "",
}


class Writer(Struct, frozen=True):
    """Writes completions in a form."""

    form: Form

    def write(self, reply: Reply) -> bytes:
        """The body of an answer. ``reply.form`` has ``created``, ``n`` and ``model``, see ``reading``."""
        message, form, count = reply.message, self.form, count_choices(reply)
        said = {"message": self._say(message), "finish_reason": form.name_finish(message.get("stop_reason"))}
        whole = {**form.whole, **head(reply, form)}
        if form.asked_model:
            whole["model"] = reply.form.get("model") or whole["model"]
        whole["choices"] = [{**form.choice, "index": index, **said} for index in range(count)]
        whole["usage"] = USAGES[form.usage](message.get("usage") or {}, count)
        return orjson.dumps(whole)

    def _say(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """What an answer says: its text, its thoughts, its calls of tools; nothing of any other block."""
        form, content = self.form, message.get("content") or ()
        said: dict[str, Any] = {"role": "assistant", "content": None}
        if not (form.null_content and calls_alone(content)):
            said["content"] = PICKS[form.texts](_list_fields(content, "text"))
        if thoughts := PICKS[form.thoughts](_list_fields(content, "thinking")):
            said["reasoning_content"] = thoughts
        if calls := [self._call(block) for block in content if block.get("type") == "tool_use"]:
            said["tool_calls"] = calls
        return {**said, **form.message}

    def _call(self, block: Block) -> dict[str, Any]:
        written = write_sorted(block.get("input")) if self.form.sorts_input else write_input(block.get("input"))
        function = {"name": block.get("name"), "arguments": written}
        return {"id": self.form.name_call(block.get("id")), "type": "function", "function": function}


def head(reply: Reply, form: Form) -> dict[str, Any]:
    """What all parts of an answer say: which it is, when it was made, by which model."""
    message = reply.message
    said = {
        "id": form.name_message(message.get("id")),
        "created": reply.form.get("created", 0),
        "model": message.get("model"),
    }
    if form.tiers is not None:
        tier = (message.get("usage") or {}).get("service_tier")
        said["service_tier"] = form.tiers.get(tier) if isinstance(tier, str) else None
    return said


def count_choices(reply: Reply) -> int:
    """How often the answer is given."""
    return int(reply.form.get("n", 1))


def calls_alone(content: Iterable[Block]) -> bool:
    """Whether tools are called, and nothing is said."""
    types = [block.get("type") for block in content if isinstance(block.get("text", ""), str)]
    return "tool_use" in types and "text" not in types


def write_input(given: Any) -> str:
    """The input of a tool as JSON, just as a stream brings it in pieces; one that was cut off is not closed."""
    if isinstance(given, TornInput):
        return "".join(given.written) or "{}"
    if isinstance(given, Mapping):
        return "".join(write_properties(given)) + "}" if given else "{}"
    return orjson.dumps(given).decode()


def write_sorted(given: Any) -> str:
    """The input of a tool as JSON with sorted keys; of one that was cut off, what can be read of it."""
    return orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()


def _list_fields(content: Iterable[Block], name: str) -> list[str | None]:
    """The texts of the blocks of the type ``name``, whose field has its name; None for each other block."""
    found = [block.get(name) if block.get("type") == name else None for block in content]
    return [each if isinstance(each, str) else None for each in found]
