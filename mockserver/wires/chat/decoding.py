"""What the JSON decoder of a gateway refuses of a chat request: values of a wrong type, and nothing else.

Gateways are written in Go, whose decoder names the type and the field of the first value that does not fit, in the
order of the body (source code of new-api, 2025 and 2026; the words: issue threads of 2025). Gateways say it in their
own envelopes. Fields that are not here may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Finding


class Object(Struct, frozen=True):
    """A type of objects: its ``name``, and its fields by name; ``is_list``: there is a list of these objects."""

    name: str
    fields: Mapping[str, Any]
    is_list: bool = False


FUNCTION = Object("FunctionRequest", {"description": "string", "name": "string", "arguments": "string"})
TOOL = Object("ToolCallRequest", {"id": "string", "type": "string", "function": FUNCTION}, is_list=True)
MESSAGE = Object(
    "Message",
    {"role": "string", "name": "string", "prefix": "bool", "tool_call_id": "string", "reasoning_content": "string"},
    is_list=True,
)
REQUEST = Object(
    "GeneralOpenAIRequest",
    {
        "model": "string",
        "messages": MESSAGE,
        "stream": "bool",
        "stream_options": Object("StreamOptions", {"include_usage": "bool"}),
        "max_tokens": "uint",
        "max_completion_tokens": "uint",
        "reasoning_effort": "string",
        "temperature": "float64",
        "top_p": "float64",
        "top_k": "int",
        "n": "int",
        "frequency_penalty": "float64",
        "presence_penalty": "float64",
        "response_format": Object("ResponseFormat", {"type": "string"}),
        "seed": "float64",
        "parallel_tool_calls": "bool",
        "tools": TOOL,
        "logprobs": "bool",
        "top_logprobs": "int",
    },
)
_GIVEN = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_MOST = {"uint": (0, 2**64 - 1), "int": (-(2**63), 2**63 - 1)}


def check(body: Mapping[str, Any], known: Object = REQUEST) -> Finding | None:
    """The refusal of the first value in ``body`` whose type does not fit that of ``known``; None: all do."""
    said = _visit(known, body, "")
    if said is None:
        return None
    return Finding(
        f"json: cannot unmarshal {said}",
        rule="gateway_invalid_request",
        source="source code of new-api, 2026",
    )


def _visit(known: Object, value: Mapping[str, Any], path: str) -> str | None:
    for key, given in value.items():
        if given is None or (kind := known.fields.get(key)) is None:
            continue
        inner = f"{path}.{key}" if path else key
        said = _visit_value(kind, given, known.name, inner)
        if said is not None:
            return said
    return None


def _visit_value(kind: str | Object, value: Any, outer: str, path: str) -> str | None:
    if isinstance(kind, str):
        wrong = _find_wrong(kind, value)
        return None if wrong is None else f"{wrong} into Go struct field {outer}.{path} of type {kind}"
    if kind.is_list and not isinstance(value, list):
        return f"{_GIVEN[type(value)]} into Go struct field {outer}.{path} of type []dto.{kind.name}"
    for each in value if kind.is_list else (value,):
        if each is not None and not isinstance(each, dict):
            return f"{_GIVEN[type(each)]} into Go struct field {outer}.{path} of type dto.{kind.name}"
        if each is not None and (said := _visit(kind, each, path)) is not None:
            return said
    return None


def _find_wrong(kind: str, value: Any) -> str | None:
    """What was given, where it does not fit a type of Go; None where it does."""
    given = _GIVEN[type(value)]
    if given != ("number" if kind in ("uint", "int", "float64") else kind):
        return given
    if kind not in _MOST:
        return None
    least, most = _MOST[kind]
    return None if isinstance(value, int) and least <= value <= most else f"number {value}"
