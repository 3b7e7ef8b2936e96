"""The form of an answer: which keys it may have, and what may stand below each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mockserver.errors import TYPES
from mockserver.scenarios.blocks import SHORTHANDS
from mockserver.scenarios.spot import Spot, unknown
from mockserver.scenarios.templates import has_placeholder

Form = Callable[[Spot], None]


def check_form(spot: Spot) -> None:
    """Note every mistake in the form of an answer."""
    if not spot.is_mapping(KEYS, "an answer"):
        return
    for key, below in spot.items():
        if key in KEYS:
            KEYS[key](below)
    said = [
        next(key for key in keys if key in spot.value) for keys in _SAYING if not spot.value.keys().isdisjoint(keys)
    ]
    if len(said) > 1:
        spot.at(said[1]).complain(f"an answer has either {said[0]} or {said[1]}, not both", key=True)
    elif said and said[0] in ("error", "raw"):
        for key in KEYS.keys() & spot.value.keys() - {said[0], *_BESIDE}:
            spot.at(key).complain(f'"{key}" says nothing beside {said[0]}', key=True)


def _of(wanted: str, *types: type) -> Form:
    """The form of a value of some types; a placeholder may become any."""

    def check(spot: Spot) -> None:
        value = spot.value
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if not right and not has_placeholder(value):
            spot.expect(wanted)

    return check


def _anything(_: Spot) -> None:
    """Any value will do."""


def _list_of(form: Form) -> Form:
    def check(spot: Spot) -> None:
        for item in spot:
            form(item)

    return check


def _list(form: Form, wanted: str) -> Form:
    def check(spot: Spot) -> None:
        if not isinstance(spot.value, list):
            _of(wanted)(spot)
            return
        for item in spot:
            form(item)

    return check


def _keys(what: str, forms: Mapping[str, Form], *needed: str, free: bool = False) -> Form:
    """The form of a mapping; with ``free``, further keys are allowed."""

    def check(spot: Spot) -> None:
        if free:
            _mapping(spot)
        elif not has_placeholder(spot.value):
            spot.is_mapping(forms, what)
        if not isinstance(spot.value, Mapping):
            return
        for key in needed:
            if key not in spot.value:
                spot.complain(f'{what} needs "{key}"')
        for key, below in spot.items():
            if key in forms:
                forms[key](below)

    return check


def _either(*choices: tuple[type, Form], wanted: str) -> Form:
    """The form that belongs to the value's type."""

    def check(spot: Spot) -> None:
        for kind, form in choices:
            if isinstance(spot.value, kind) and (kind is bool or not isinstance(spot.value, bool)):
                return form(spot)
        return _of(wanted)(spot)

    return check


_text = _of("a text", str, int, float)
_string = _of("a text", str)
_flag = _of("true or false", bool)
_mapping = _of("a mapping", dict)
_count = _of("a whole number", int)
_status = _of("an HTTP status", int)
_blocks = _list(_mapping, "a list of blocks")


def _headers(spot: Spot) -> None:
    _mapping(spot)
    if isinstance(spot.value, Mapping):
        for name in spot.value:
            _text(spot.at(name))


def _between(low: int, high: int) -> Form:
    def check(spot: Spot) -> None:
        if isinstance(spot.value, bool) or not isinstance(spot.value, int) or not low <= spot.value <= high:
            spot.expect(f"a whole number from {low} to {high}")

    return check


def _locale(spot: Spot) -> None:
    if not isinstance(spot.value, str) or not re.fullmatch("[a-z]{2,3}(_[A-Z]{2})?", spot.value):
        spot.expect("a locale such as zh_CN")


def _times(spot: Spot) -> None:
    if spot.value != "always" and (isinstance(spot.value, bool) or not isinstance(spot.value, int) or spot.value < 1):
        spot.expect("a number from 1, or always")


def _error_type(spot: Spot) -> None:
    _string(spot)
    if isinstance(spot.value, str) and spot.value not in TYPES.values() and not has_placeholder(spot.value):
        spot.complain(unknown(spot.value, set(TYPES.values()), "error type (one of your own needs a status)"))


def _error(spot: Spot) -> None:
    if isinstance(spot.value, Mapping):
        _ERROR(spot)
        if "type" in spot.value and "status" not in spot.value:
            _error_type(spot.at("type"))
    elif isinstance(spot.value, int) and not isinstance(spot.value, bool):
        if spot.value not in TYPES:
            spot.expect(f"one of the statuses {', '.join(map(str, TYPES))}")
    else:
        _error_type(spot)


def _item(spot: Spot) -> None:
    """An item of ``content``: a text, a block, or shorthands."""
    if isinstance(spot.value, str):
        return
    if isinstance(spot.value, Mapping) and "type" in spot.value:
        _string(spot.at("type"))
        return
    said = {**_SAID, "citations": _blocks}
    if spot.is_mapping(said, "an item of content"):
        for key, below in spot.items():
            said.get(key, _anything)(below)


def _raw(spot: Spot) -> None:
    _RAW(spot)
    if isinstance(spot.value, Mapping) and len(spot.value.keys() & {"body", "body_file", "json"}) > 1:
        spot.complain("raw has one of body, body_file and json")


def _fault(spot: Spot) -> None:
    for item in spot:
        if not isinstance(item.value, str | Mapping):
            item.expect("the name of a fault, or a mapping")


_ERROR = _keys(
    "error",
    {
        "type": _string,
        "status": _status,
        "message": _string,
        "details": _mapping,
        "error_code": _string,
        "retry_after": _text,
        "headers": _headers,
    },
)
_RAW = _keys("raw", {"status": _status, "headers": _headers, "body": _text, "body_file": _string, "json": _anything})
_NAME_AND_INPUT = _keys("tool_use", {"name": _string, "input": _mapping, "id": _string, "caller": _mapping}, "name")
_RUN = {
    "stdout": _text,
    "stderr": _text,
    "return_code": _count,
    "files": _list(_string, "a list of file ids"),
    "error": _string,
    "input": _mapping,
}


def _tool(what: str, forms: Mapping[str, Form], *needed: str) -> Form:
    return _list_of(_keys(what, {**forms, "input": _mapping, "error": _string}, *needed))


_SAID: dict[str, Form] = {
    "thinking": _list_of(
        _either(
            (str, _anything),
            (dict, _keys("thinking", {"thinking": _string, "signature": _string}, "thinking")),
            wanted="a text or {thinking, signature}",
        )
    ),
    "redacted_thinking": _list_of(_either((str, _anything), (bool, _anything), wanted="the data, or true")),
    "text": _list_of(_text),
    "json": _anything,
    "web_search": _tool("web_search", {"query": _string, "results": _blocks}, "query"),
    "web_fetch": _tool(
        "web_fetch",
        {
            "url": _string,
            "title": _string,
            "text": _text,
            "data": _string,
            "citations": _mapping,
            "retrieved_at": _string,
        },
        "url",
    ),
    "code_execution": _tool("code_execution", {**_RUN, "code": _string}),
    "bash_code_execution": _tool("bash_code_execution", {**_RUN, "command": _string}),
    "text_editor_code_execution": _tool(
        "text_editor_code_execution",
        {
            "command": _string,
            "path": _string,
            "file_text": _text,
            "old_str": _text,
            "new_str": _text,
            "result": _mapping,
        },
        "command",
        "path",
    ),
    "tool_search": _tool(
        "tool_search", {"query": _string, "pattern": _string, "tools": _list(_string, "a list of tool names")}
    ),
    "mcp": _tool("mcp", {"server": _string, "name": _string, "result": _anything, "is_error": _flag}, "server", "name"),
    "container_upload": _list_of(_string),
    "tool_use": _list_of(
        _either((str, _anything), (dict, _NAME_AND_INPUT), wanted="the name of a tool, or {name, input}")
    ),
}

# The wishes of a generated answer; they have no placeholders.
GENERATE: dict[str, Form] = {
    "sentences": _between(1, 10_000),
    "paragraphs": _between(1, 1_000),
    "words": _between(1, 100_000),
    "tokens": _between(1, 300_000),
    "locale": _locale,
    "thinking": _either((bool, _anything), (int, _between(0, 1_000)), wanted="true, false or a number of sentences"),
    "tool_use": _either((bool, _anything), (str, _anything), wanted="true, false or the name of a tool"),
}

KEYS: dict[str, Form] = {
    **_SAID,
    "citations": _blocks,
    "content": _list(_item, "a list of texts, shorthands and blocks"),
    "generate": _either((bool, _anything), (dict, _keys("generate", GENERATE)), wanted="true or a mapping"),
    "echo": _flag,
    "error": _error,
    "raw": _raw,
    "stop_reason": _string,
    "stop_sequence": _string,
    "stop_details": _mapping,
    "refusal": _either(
        (bool, _anything),
        (str, _anything),
        (dict, _keys("refusal", {"category": _anything, "explanation": _anything}, free=True)),
        wanted="true, a category, or {category, explanation}",
    ),
    "pause_turn": _flag,
    "usage": _mapping,
    "model": _string,
    "container": _either((str, _anything), (dict, _anything), wanted="an id or a mapping"),
    "extra": _mapping,
    "headers": _headers,
    "fault": _fault,
    "faults": _fault,
    "pace": _anything,  # read by paces
    "times": _times,
}

# What an answer says, it says in one of these ways.
_SAYING = (("error",), ("raw",), ("generate",), ("echo",), ("content",), (*SHORTHANDS, "citations"))
# What an error or something raw may have beside it.
_BESIDE = ("headers", "fault", "faults", "pace", "times")
