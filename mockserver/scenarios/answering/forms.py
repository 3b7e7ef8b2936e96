"""The form of an answer: which keys it may have, and what may stand below each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import TYPES
from mockserver.scenarios.answering.blocks import SHORTHANDS, is_header_name, is_header_value, is_own_header
from mockserver.scenarios.answering.shapes import Form, anything, between, each_of, either, list_of, mapping_of, of
from mockserver.scenarios.answering.templates import has_placeholder
from mockserver.scenarios.reading.node import Node, unknown


def check_form(node: Node) -> None:
    """Note every mistake in the form of an answer."""
    if not isinstance(node.value, dict):
        node.expect("a text, or a mapping of what is said")
        return
    node.is_mapping(KEYS, "an answer")
    for key, below in node.items():
        if key in KEYS:
            KEYS[key](below)
    given = switched_on(node.value)
    present = [[key for key in keys if key in given] for keys in _SAYING]
    said = [keys[0] for keys in present if keys]
    if len(said) > 1:
        node.at(said[1]).complain(f"an answer has either {said[0]} or {said[1]}, not both", key=True)
    else:
        _citing(node)
    ends = [key for key in _ENDING if given.get(key) is not None]
    if len(ends) > 1:
        node.at(ends[1]).complain(f"an answer ends with either {ends[0]} or {ends[1]}, not both", key=True)
    if len(said) == 1 and said[0] in ("error", "raw"):
        for key in KEYS.keys() & given.keys() - {said[0], *_BESIDE}:
            node.at(key).complain(f'"{key}" says nothing beside {said[0]}', key=True)


def switched_on(said: Mapping[str, Any]) -> dict[str, Any]:
    """An answer without the switches that are off: those are as good as left out."""
    return {key: value for key, value in said.items() if value is not False or key not in _SWITCHES}


_text = of("a text", str, int, float)
_string = of("a text", str)
_flag = of("true or false", bool)
_mapping = of("a mapping", dict)
_count = of("a whole number", int)
_amount = of("a whole number from 0", int)
_blocks = list_of(_mapping, "a list of blocks")
# Counts of the usage that the server calculates with.
COUNTS = {"input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"}
# What a block holds is a text below these keys, whatever its type, or null.
TEXTS = {"data", "id", "name", "signature", "text", "thinking"}


def _status(node: Node) -> None:
    """A status that ends an answer: those below 200 promise another one."""
    if not has_placeholder(node.value):
        between(200, 599)(node)


def _header(node: Node) -> None:
    _text(node)
    if isinstance(node.value, str) and not has_placeholder(node.value) and not is_header_value(node.value):
        node.expect("a text on one line")


def _seconds(node: Node) -> None:
    told = "" if isinstance(node.value, bool) else str(node.value)
    if not has_placeholder(node.value) and not re.fullmatch(r"\d+(\.\d+)?", told):
        node.expect("a number of seconds (what else retry-after may hold goes into headers)")


def _headers(node: Node) -> None:
    _mapping(node)
    if isinstance(node.value, dict):
        for name, below in node.items():
            if not is_header_name(name):
                below.complain(f'"{name}" is no name of a header: expected letters, digits and - in ASCII', key=True)
            _header(below)
            if is_own_header(name, "close" if has_placeholder(below.value) else below.value):
                help_ = "to break an answer, give it a fault (truncate, disconnect, stall)"
                below.complain(f'"{name}" is for the server to say: {help_}', key=True)


def _usage(node: Node) -> None:
    _mapping(node)
    if isinstance(node.value, dict):
        for key in COUNTS & node.value.keys():
            _amount(node.at(key))
            if isinstance(node.value[key], int) and node.value[key] < 0:
                node.at(key).expect("a whole number from 0")
        if "cache_creation" in node.value:
            _mapping(node.at("cache_creation"))


def _extra(node: Node) -> None:
    _mapping(node)
    if isinstance(node.value, dict):
        for key in node.value.keys() & {"content", "model", "usage", "stop_reason", "stop_sequence", "stop_details"}:
            node.at(key).complain(f'"{key}" stands beside extra, not below it', key=True)


def _block(node: Node) -> None:
    """A block as the API has it: what composing and streaming take for a text must be one."""
    _string(node.at("type"))
    for key in TEXTS & node.value.keys():
        if node.value[key] is not None:
            _string(node.at(key))
    if node.value.get("citations") is not None:
        _blocks(node.at("citations"))


def _citing(node: Node) -> None:
    if "citations" in node.value and "text" not in node.value:
        node.at("citations").complain("citations belong to a text: none stands beside them", key=True)


def _locale(node: Node) -> None:
    if not isinstance(node.value, str) or not re.fullmatch("[a-z]{2,3}(_[A-Z]{2})?", node.value):
        node.expect("a locale such as zh_CN")


def _times(node: Node) -> None:
    if node.value != "always" and (isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 1):
        node.expect("a number from 1, or always")


def _error_type(node: Node) -> None:
    if isinstance(node.value, str) and node.value.isdecimal():
        node.expect("a type, or a status without quotes")
    elif isinstance(node.value, str) and node.value not in TYPES.values() and not has_placeholder(node.value):
        node.complain(unknown(node.value, set(TYPES.values()), "error type (one of your own needs a status)"))


def _error(node: Node) -> None:
    if isinstance(node.value, dict):
        _ERROR(node)
        if "type" in node.value and "status" not in node.value:
            _error_type(node.at("type"))
    elif isinstance(node.value, int) and not isinstance(node.value, bool):
        if node.value not in TYPES:
            node.expect(f"one of the statuses {', '.join(map(str, TYPES))}")
    else:
        of("an error type, a status or a mapping", str)(node)
        _error_type(node)


def _item(node: Node) -> None:
    """An item of ``content``: a text, a block, or shorthands."""
    if isinstance(node.value, str):
        return
    if isinstance(node.value, dict) and "type" in node.value:
        _block(node)
        return
    said = {**_SAID, "citations": _blocks}
    if node.is_mapping(said, "an item of content"):
        for key, below in node.items():
            said.get(key, anything)(below)
        _citing(node)


def _raw(node: Node) -> None:
    _RAW(node)
    if isinstance(node.value, dict) and len(node.value.keys() & _BODY.keys()) > 1:
        node.complain("raw has one of body, body_file and json")


def _fault(node: Node) -> None:
    for item in node:
        if not isinstance(item.value, (str, dict)):
            item.expect("the name of a fault, or a mapping")


_ERROR = mapping_of(
    "error",
    {
        "type": _string,
        "status": _status,
        "message": _string,
        "details": _mapping,
        "error_code": _string,
        "retry_after": _seconds,
        "headers": _headers,
    },
)
_BODY = {"body": _text, "body_file": _string, "json": anything}
_RAW = mapping_of("raw", {"status": _status, "headers": _headers, **_BODY})
_TOOL = mapping_of("tool_use", {"name": _string, "input": _mapping, "id": _string, "caller": _mapping}, "name")
_RUN = {
    "stdout": _text,
    "stderr": _text,
    "return_code": _count,
    "files": list_of(_string, "a list of file ids"),
    "error": _string,
    "input": _mapping,
}


def _tool(what: str, forms: Mapping[str, Form], *needed: str) -> Form:
    return each_of(mapping_of(what, {**forms, "input": _mapping, "error": _string}, *needed))


_SAID: dict[str, Form] = {
    "thinking": each_of(
        either(
            (str, anything),
            (dict, mapping_of("thinking", {"thinking": _string, "signature": _string}, "thinking")),
            wanted="a text or {thinking, signature}",
        )
    ),
    "redacted_thinking": each_of(either((str, anything), (bool, anything), wanted="the data, or true")),
    "text": each_of(_text),
    "json": anything,
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
        "tool_search", {"query": _string, "pattern": _string, "tools": list_of(_string, "a list of tool names")}
    ),
    "mcp": _tool("mcp", {"server": _string, "name": _string, "result": anything, "is_error": _flag}, "server", "name"),
    "container_upload": each_of(_string),
    "tool_use": each_of(either((str, anything), (dict, _TOOL), wanted="the name of a tool, or {name, input}")),
}

# The wishes of a generated answer; they have no placeholders.
GENERATE: dict[str, Form] = {
    "sentences": between(1, 10_000),
    "paragraphs": between(1, 1_000),
    "words": between(1, 100_000),
    "tokens": between(1, 300_000),
    "locale": _locale,
    "thinking": either((bool, anything), (int, between(0, 1_000)), wanted="true, false or a number of sentences"),
    "tool_use": either((bool, anything), (str, anything), wanted="true, false or the name of a tool"),
}

KEYS: dict[str, Form] = {
    **_SAID,
    "citations": _blocks,
    "content": list_of(_item, "a list of texts, shorthands and blocks"),
    "generate": either((bool, anything), (dict, mapping_of("generate", GENERATE)), wanted="true or a mapping"),
    "echo": _flag,
    "error": _error,
    "raw": _raw,
    "stop_reason": _string,
    "stop_sequence": _string,
    "stop_details": _mapping,
    "refusal": either(
        (bool, anything),
        (str, anything),
        (dict, mapping_of("refusal", {"category": anything, "explanation": anything}, free=True)),
        wanted="true, a category, or {category, explanation}",
    ),
    "pause_turn": _flag,
    "usage": _usage,
    "model": _string,
    "container": either((str, anything), (dict, anything), wanted="an id or a mapping"),
    "extra": _extra,
    "headers": _headers,
    "fault": _fault,
    "faults": _fault,
    "pace": anything,  # read by paces
    "times": _times,
}

# What an answer says, it says in one of these ways.
_SAYING = (("error",), ("raw",), ("generate",), ("echo",), ("content",), (*SHORTHANDS, "citations"))
# How it ends; any of these implies a stop reason of its own.
_ENDING = ("refusal", "pause_turn", "stop_sequence")
# What is true or something to say; false says nothing.
_SWITCHES = ("echo", "generate", "pause_turn", "redacted_thinking", "refusal")
# What an error or something raw may have beside it.
_BESIDE = ("headers", "fault", "faults", "pace", "times")
