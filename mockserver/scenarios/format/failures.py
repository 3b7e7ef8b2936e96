"""The fields of errors, and of answers that are none of the API's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import TYPES
from mockserver.records.specs import (
    LONG,
    OBJECT,
    STRING,
    WRITTEN,
    Anything,
    Either,
    Field,
    Flag,
    Mode,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
)
from mockserver.scenarios.format.values import HEADERS, STATUS
from mockserver.scenarios.reading.node import Node, has_placeholder

# Errors -----------------------------------------------------------------------------------------------------------


def _check_error_type(node: Node, mode: Mode) -> None:
    value, known = node.value, {*TYPES.values()}
    is_open = mode is Mode.FILLED or (mode is Mode.TEMPLATE and has_placeholder(value))
    if is_open or not isinstance(value, str) or value in known:
        return
    if value.isdecimal():
        node.expect("a type, or a status without quotes")
    else:
        node.complain_unknown(value, known, "error type (one of your own needs a status)")


def _check_error_status(node: Node, mode: Mode) -> None:
    is_status = isinstance(node.value, int) and 200 <= node.value <= 599
    if mode is not Mode.FILLED and is_status and node.value not in TYPES:
        node.expect(_STATUSES)


# What the envelope of a gateway has no place for, or its row says.
_NOT_OF_GATEWAYS = ("type", "details", "error_code")


def _check_error(node: Node, mode: Mode) -> None:
    error = node.value if isinstance(node.value, dict) else {}
    if "gateway" in error:
        for key in _NOT_OF_GATEWAYS:
            if key in error:
                node.at(key).complain(f"an error has either gateway or {key}, not both", key=True)
    elif "type" in error and "status" not in error:
        _check_error_type(node.at("type"), mode)


_STATUSES = f"one of the statuses {', '.join(map(str, TYPES))}"
ERROR_TYPE = Ref(
    "error_type",
    lambda: Ruled(STRING, (Rule(_check_error_type, {"enum": list(dict.fromkeys(TYPES.values()))}),)),
)
_KNOWN_TYPE = {"anyOf": [{"$ref": "#/$defs/error_type"}, {"$ref": "#/$defs/placeholder"}]}
_SECONDS = Text(
    numbers=True,
    pattern=r"[0-9]+(\.[0-9]+)?",
    expect="a number of seconds (what else retry-after may hold goes into headers)",
    low=0,
)
ERROR = Record(
    "error",
    {
        "type": Field(STRING, "that of the status"),
        "gateway": Field(
            STRING,
            "none; the name of an error of a [relay gateway](gateways.md), with the status and words it has there",
        ),
        "status": Field(STATUS, "that of the type; a type of your own needs one"),
        "message": Field(LONG, "the API's own words"),
        "details": Field(OBJECT, "none"),
        "error_code": Field(STRING, "none; `error_code: X` is short for `details: {error_code: X}`"),
        "retry_after": Field(_SECONDS, "none; a number of seconds, for the header `retry-after`"),
        "headers": Field(HEADERS, "none"),
    },
)
ERROR_WORDS = Ref(
    "error",
    lambda: Either(
        (
            ERROR_TYPE,
            Ruled(Whole(200, 599, _STATUSES), (Rule(_check_error_status, {"enum": list(TYPES)}),)),
            Ruled(
                ERROR,
                (
                    Rule(
                        _check_error,
                        {
                            "if": {"required": ["type"], "not": {"required": ["status"]}},
                            "then": {"properties": {"type": _KNOWN_TYPE}},
                            "dependentSchemas": {"gateway": {"properties": dict.fromkeys(_NOT_OF_GATEWAYS, False)}},
                        },
                    ),
                ),
            ),
        ),
        "an error type, a status or a mapping",
    ),
)

# Raw answers ------------------------------------------------------------------------------------------------------

_BODIES = {
    "body": Field(WRITTEN, "a text"),
    "body_file": Field(STRING, "a path from this file's folder"),
    "json": Field(Anything(), "any value"),
}
RAW = Record(
    "raw",
    {
        "status": Field(STATUS, "the status, by default 200"),
        "headers": Field(HEADERS, "the headers, all of them"),
        **_BODIES,
        "stream": Field(
            Flag(),
            "whether the body is sent as a stream: event by event at the pace, without its length; by default when its "
            "content type is `text/event-stream`",
        ),
    },
)


def _check_raw(node: Node, _: Mode) -> None:
    if isinstance(node.value, dict) and len(node.value.keys() & _BODIES.keys()) > 1:
        node.complain("raw has one of body, body_file and json")


def _not_both(one: str, other: str) -> Mapping[str, Any]:
    return {"not": {"required": [one, other]}}


_ONE_BODY = Rule(
    _check_raw,
    {"allOf": [_not_both("body", "body_file"), _not_both("body", "json"), _not_both("body_file", "json")]},
)
RAW_WORDS = Ref("raw", lambda: Ruled(RAW, (_ONE_BODY,)))
