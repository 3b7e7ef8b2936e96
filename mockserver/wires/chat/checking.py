"""What OpenAI refuses of a chat request, in its own words and in its order.

Sources: see ``wording``. Models refuse parameters that others take, which is not looked for here: the models of this
server are of another maker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.records.errors import Finding
from mockserver.wires.chat.schema import ChatViolation, accepts_chat, chat_request_schema, find_chat_violations
from mockserver.wires.chat.wording import INTEGERS, refuse, word

Json = dict[str, Any]
Body = Mapping[str, Any]

UNREADABLE = refuse(
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble "
    "figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    rule="chat_json",
)
# The order in which fields are checked (observed 2026-08); others come after them, in the order of the body.
ORDER = (
    "messages", "functions", "function_call", "tools", "tool_choice", "parallel_tool_calls", "max_completion_tokens",
    "max_tokens", "n", "stop", "temperature", "top_p", "presence_penalty", "frequency_penalty", "logprobs",
    "top_logprobs", "user", "seed", "safety_identifier", "prompt_cache_options", "prompt_cache_key",
    "prompt_cache_retention", "service_tier", "stream", "stream_options", "store", "metadata", "verbosity",
)  # fmt: skip
# The least that a request is, to look at one field of another.
LEAST: Json = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
# Keys of an object, items of a list, and parts of a content, whose mistakes are looked for all at once.
MOST_ASKED = 100
# What stands in for the content of an assistant.
SUBSTITUTES = ("tool_calls", "function_call", "refusal", "audio")


def check(body: Body) -> Finding | None:
    """The first reason to refuse a body; None: it is a chat request."""
    if not body.get("model"):
        return refuse("you must provide a model parameter")
    if not accepts_chat(body) and (finding := _explain(body)):
        return finding
    for key, rule in RULES.items():
        if key in body and (finding := rule(body)):
            return finding
    return None if _is_plain(body) else next((finding for rule in TURNS if (finding := rule(body))), None)


def _is_plain(body: Body) -> bool:
    """Whether all messages are texts of users, assistants and those who set them up."""
    for message in body["messages"]:
        if type(message.get("content")) is not str or "tool_calls" in message or message["role"] == "tool":
            return False
    return True


def _explain(body: Body) -> Finding | None:
    """Why the schema refuses a body: what is missing or unknown at the top, else the first mistake of a field.

    Fields, and items of lists, are looked at one after the other, since the engine finds all mistakes or none: of many
    it takes more than its time.
    """
    known = chat_request_schema()["$defs"]["CompletionCreateParams"]["properties"]
    unknown = next((key for key in body if key not in known), None)
    if "messages" not in body:
        return word(ChatViolation(("messages",), "required", None, True, "messages"))
    if unknown is not None:
        return word(ChatViolation((unknown,), "additionalProperties", body[unknown], False, unknown))
    broken = next((found for key in sorted(body, key=_rank) if (found := _find_broken(key, body[key]))), None)
    return None if broken is None else word(broken)


def _rank(key: str) -> int:
    return ORDER.index(key) if key in ORDER else len(ORDER)


def _find_broken(key: str, value: Any) -> ChatViolation | None:
    """What a field breaks of the schema, but for a content that is not there: that is looked for last."""
    if isinstance(value, dict) and len(value) > MOST_ASKED:
        broken = _ask({**LEAST, key: dict(islice(value.items(), MOST_ASKED))})
        return broken and (replace(broken, value=value) if broken.path == (key,) else broken)
    if not isinstance(value, list) or not value:
        return _ask({**LEAST, key: value})
    first = _ask({**LEAST, key: value[:MOST_ASKED]}) if len(value) > MOST_ASKED else None
    if first is not None and first.path == (key,):
        return replace(first, value=value)  # it is too long
    for start in range(0, len(value), MOST_ASKED):
        asked = value[start : start + MOST_ASKED]
        if accepts_chat({**LEAST, key: asked}):
            continue
        for index, item in enumerate(asked, start):
            broken = _find_item(key, item)
            if broken is not None:
                return replace(broken, path=(key, index, *broken.path[2:]))
    # A list of any length may be too long, but for that of messages.
    return None if key == "messages" else _ask({**LEAST, key: value})


def _find_item(key: str, item: Any) -> ChatViolation | None:
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list) or len(content) <= MOST_ASKED:
        return _ask({**LEAST, key: [item]})
    for number, part in enumerate(content):
        broken = _ask({**LEAST, key: [{**item, "content": [part]}]})
        if broken is not None:
            return replace(broken, path=(*broken.path[:3], number, *broken.path[4:]))
    return None


def _ask(body: Json) -> ChatViolation | None:
    """The first thing that a small body breaks."""
    if accepts_chat(body):
        return None
    return next((each for each in find_chat_violations(body) if not _is_content(body, each)), None)


def _is_content(body: Body, broken: ChatViolation) -> bool:
    """Whether the content of a message is not there, which has words of its own."""
    if len(broken.path) != 3 or broken.path[0] != "messages" or broken.path[2] != "content" or broken.value is not None:
        return False
    return bool(body["messages"][broken.path[1]].get("role") != "developer")


def _check_content(body: Body) -> Finding | None:
    for index, message in enumerate(body["messages"]):
        if message.get("content") is None and message["role"] != "developer":
            substitutes = SUBSTITUTES if message["role"] == "assistant" else ()
            if all(message.get(name) is None for name in substitutes):
                said = "Invalid value for 'content': expected a string, got null."
                return refuse(said, f"messages.[{index}].content", rule="chat_content")
    return None


def _check_calls(body: Body) -> Finding | None:
    """Calls of tools are followed by their results, and results follow calls."""
    open_ids: dict[str, None] = {}
    is_called, at = False, 0
    for index, message in enumerate(body["messages"]):
        role = message["role"]
        if role == "tool":
            if not is_called:
                said = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
                return refuse(f"Invalid parameter: {said}", f"messages.[{index}].role", rule="chat_tool_results")
            open_ids.pop(message["tool_call_id"], None)
            continue
        if open_ids:
            break
        is_called = bool(message.get("tool_calls")) and role == "assistant"
        if is_called:
            at, open_ids = index, dict.fromkeys(call["id"] for call in message["tool_calls"])
    return _refuse_open(open_ids, at) if open_ids else None


def _refuse_open(ids: Iterable[str], index: int) -> Finding:
    said = (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(ids)}"
    )
    return refuse(said, f"messages.[{index + 1}].role", rule="chat_tool_results")


def _check_images(body: Body) -> Finding | None:
    for index, message in enumerate(body["messages"]):
        content = message.get("content")
        for number, part in enumerate(content if isinstance(content, list) else ()):
            url = part["image_url"]["url"] if part["type"] == "image_url" else "data:"
            if not url.startswith(("data:", "http://", "https://")):
                param = f"messages[{index}].content[{number}].image_url.url"
                example = "(e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')"
                said = (
                    f"Invalid image URL: '{param}'. Expected a base64-encoded data URL with an image MIME type "
                    f"{example}, but got a value without the 'data:' prefix."
                )
                return refuse(said, param, "invalid_value", rule="chat_image_url")
    return None


def _check_integers(body: Body) -> Finding | None:
    """To JSON Schema ``2.0`` is an integer, to OpenAI a decimal number."""
    for name in INTEGERS:
        if type(body.get(name)) is float:
            return word(ChatViolation((name,), "type", body[name], ["integer"]))
    return None


def _check_choice(body: Body) -> Finding | None:
    choice, tools = body.get("tool_choice"), body.get("tools")
    for name in ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None and not tools:
            said = f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."
            return refuse(said, name, rule="chat_tool_choice")
    if not isinstance(choice, dict) or "function" not in choice:
        return None
    name = choice["function"]["name"]
    if any(tool.get("function", {}).get("name") == name for tool in tools or ()):
        return None
    said = f"Invalid value for 'function_call': no function named '{name}' was specified in the 'functions' parameter."
    return refuse(said, "function_call", rule="chat_tool_choice")


def _check_companions(body: Body) -> Finding | None:
    """Parameters that mean something beside others alone."""
    for name, other in (("stream_options", "stream"), ("top_logprobs", "logprobs")):
        if body.get(name) is not None and not body.get(other):
            said = f"The '{name}' parameter is only allowed when '{other}' is enabled."
            return refuse(said, name, rule="chat_companions")
    return None


def _check_json(body: Body) -> Finding | None:
    wanted = body.get("response_format")
    if not wanted or wanted["type"] != "json_object" or any("json" in text.lower() for text in _list_texts(body)):
        return None
    said = "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
    return refuse(said, "messages", rule="chat_json_object")


def _list_texts(body: Body) -> Iterator[str]:
    for message in body["messages"]:
        content = message.get("content")
        yield content if isinstance(content, str) else orjson.dumps(content).decode()


# Across fields, after the schema, by what they are about; in this order (inferred).
RULES: Mapping[str, Callable[[Body], Finding | None]] = {
    **dict.fromkeys(INTEGERS, _check_integers),
    "tool_choice": _check_choice,
    "parallel_tool_calls": _check_choice,
    "stream_options": _check_companions,
    "top_logprobs": _check_companions,
    "response_format": _check_json,
}
# Across messages; that contents are looked for last was observed.
TURNS = (_check_images, _check_calls, _check_content)
