"""The conversation of a chat request: its messages, and the texts that become the ``system`` parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.depth import DEEPEST, is_too_deep
from mockserver.wires.chat.reading.media import read_parts

Json = dict[str, Any]

# Where the arguments of a call are no JSON object, they are kept under this name, as the API's documentation advises
# for input that is no valid JSON (fine-grained tool streaming, 2026).
BROKEN = "INVALID_JSON"
# The levels that arguments may have, below those of the body that holds them.
_DEEPEST = DEEPEST - 6


class Conversation(Struct):
    """What was read so far. ``filler`` takes the place of contents that say nothing; "": there is none."""

    filler: str
    messages: list[Any] = []
    system: list[Json] = []
    # The results of tools that came one after the other, which are one message.
    results: list[Json] | None = None
    # The id of the last legacy function call: these have none of their own.
    called: str = ""


def read_messages(sent: Any, filler: str = "") -> tuple[Any, str | list[Json]]:
    """The messages in the Messages form, and the value of ``system``: "" when nothing was said there.

    What is no list of objects stays as it is, for the rules of the Messages API to refuse.
    """
    if not isinstance(sent, list):
        return sent, ""
    read = Conversation(filler)
    for each in sent:
        if not isinstance(each, dict):
            read.messages.append(each)
            continue
        role = each.get("role") or ("user" if filler else None)
        reader = READERS.get(role) if isinstance(role, str) else None
        if role not in ("tool", "function"):
            read.results = None
        if reader is None:
            read.messages.append({"role": role, "content": each.get("content")})
        else:
            reader(read, each)
    if filler and _is_assistant(read.messages[:1]):
        # As new-api does (source code, 2026).
        read.messages.insert(0, {"role": "user", "content": filler})
    return read.messages, _join_system(read.system)


def _is_assistant(first: list[Any]) -> bool:
    """Whether there is a first message, of the assistant."""
    return any(isinstance(each, dict) and each["role"] == "assistant" for each in first)


def _join_system(blocks: list[Json]) -> str | list[Json]:
    # "we take all system/developer messages and concatenate them together with a single newline (\n) in between them"
    if any("cache_control" in block for block in blocks):
        return blocks
    return "\n".join([block["text"] for block in blocks])


def _read_system(read: Conversation, message: Json) -> None:
    content = message.get("content")
    if isinstance(content, str):
        read.system += [{"type": "text", "text": content}] if content else ()
    else:
        read.system += [block for block in read_parts(content) if block["type"] == "text"]


def _read_user(read: Conversation, message: Json) -> None:
    content = message.get("content")
    if isinstance(content, list):
        content = read_parts(content)
    read.messages.append({"role": "user", "content": content or read.filler})


def _read_assistant(read: Conversation, message: Json) -> None:
    content, calls = message.get("content"), message.get("tool_calls")
    if isinstance(content, list):
        content = read_parts(content)
    if calls or message.get("function_call"):
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) and content else content or []
        uses = _read_calls(calls, is_lenient=bool(read.filler))
        if not calls:
            read.called = f"call_{len(read.messages)}"
            uses = [_make_use(read.called, message["function_call"])]
        content = [*blocks, *uses] if isinstance(blocks, list) else content
    # One that says nothing (thoughts alone, a refusal) cannot be said in the Messages form.
    if content or read.filler:
        read.messages.append({"role": "assistant", "content": content or read.filler})


def _read_calls(calls: Any, *, is_lenient: bool) -> list[Json]:
    given = [each for each in calls if isinstance(each, dict)] if isinstance(calls, list) else []
    uses = [_make_use(each.get("id"), each.get("function") or each.get("custom")) for each in given]
    # new-api leaves out calls whose arguments it cannot read (source code, 2026).
    return [use for use in uses if BROKEN not in use["input"]] if is_lenient else uses


def _make_use(use_id: Any, called: Any) -> Json:
    function: Mapping[str, Any] = called if isinstance(called, dict) else {}
    name, text = function.get("name"), function.get("arguments")
    given: Any = {"input": function["input"]} if "input" in function else _parse_arguments(text)
    return {"type": "tool_use", "id": use_id, "name": name, "input": given}


def _parse_arguments(text: Any) -> Json:
    if isinstance(text, dict):
        return text
    if not isinstance(text, str) or not text:
        return {}
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {BROKEN: text}
    return parsed if isinstance(parsed, dict) and not is_too_deep(parsed, _DEEPEST) else {BROKEN: text}


def _read_tool(read: Conversation, message: Json) -> None:
    _add_result(read, message.get("tool_call_id"), message.get("content"))


def _read_function(read: Conversation, message: Json) -> None:
    _add_result(read, read.called, message.get("content"))


def _add_result(read: Conversation, use_id: Any, content: Any) -> None:
    result = {"type": "tool_result", "tool_use_id": use_id}
    if content is not None:
        result["content"] = read_parts(content) if isinstance(content, list) else content
    if read.results is None:
        read.results = []
        read.messages.append({"role": "user", "content": read.results})
    read.results.append(result)


READERS = {
    "user": _read_user,
    "assistant": _read_assistant,
    "system": _read_system,
    "developer": _read_system,
    "tool": _read_tool,
    "function": _read_function,
}
