"""The least that a body must be for a server which does not insist on the API's rules to answer it all the same.

With ``--validation warn`` or ``off`` a body may break any rule, but not this shape: it names each type that reading the
prompt, matching scenarios, counting tokens and composing an answer take for granted, and nothing else. A test holds it
against all of these with bodies of any kind.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

Json = dict[str, Any]

_STRING: Json = {"type": ["string", "null"]}
_OBJECT: Json = {"type": ["object", "null"]}
_STRINGS: Json = {"type": ["array", "null"], "items": {"type": "string"}}
_BLOCKS: Json = {"type": ["array", "null"], "items": {"$ref": "#/$defs/block"}}
_TEXT_OR_BLOCKS: Json = {"type": ["string", "array", "null"], "items": {"$ref": "#/$defs/block"}}
_CACHE_CONTROL: Json = {"type": ["object", "null"], "properties": {"ttl": {"enum": ["5m", "1h", None]}}}
_SOURCE: Json = {"type": ["object", "null"], "properties": {"data": _STRING, "content": _TEXT_OR_BLOCKS}}

# The fields of a content block by its type; blocks of other types may hold anything.
_BLOCK_FIELDS: dict[str, Json] = {
    "text": {"text": _STRING},
    "image": {"source": _SOURCE},
    "document": {"source": _SOURCE, "citations": _OBJECT},
    "search_result": {"content": _BLOCKS, "citations": _OBJECT},
    "tool_result": {"content": _TEXT_OR_BLOCKS, "tool_use_id": _STRING},
    "mcp_tool_result": {"content": _TEXT_OR_BLOCKS},
    "thinking": {"thinking": _STRING, "signature": _STRING, "data": _STRING},
    "redacted_thinking": {"thinking": _STRING, "signature": _STRING, "data": _STRING},
}

SHAPE: Json = {
    "type": "object",
    "properties": {
        "messages": {"type": ["array", "null"], "items": {"$ref": "#/$defs/message"}},
        "system": _TEXT_OR_BLOCKS,
        "tools": {"type": ["array", "null"], "items": {"$ref": "#/$defs/tool"}},
        "tool_choice": _OBJECT,
        "thinking": _OBJECT,
        "output_config": _OBJECT,
        "stop_sequences": _STRINGS,
        "cache_control": _CACHE_CONTROL,
    },
    "$defs": {
        "message": {"type": "object", "properties": {"content": _TEXT_OR_BLOCKS}},
        "tool": {
            "type": "object",
            "properties": {
                "type": _STRING,
                "name": _STRING,
                "description": _STRING,
                "allowed_callers": _STRINGS,
                "input_examples": {"type": ["array", "null"]},
                "cache_control": _CACHE_CONTROL,
            },
        },
        "block": {
            "type": "object",
            "properties": {"type": _STRING, "cache_control": _CACHE_CONTROL},
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                    "then": {"properties": fields},
                }
                for name, fields in _BLOCK_FIELDS.items()
            ],
        },
    },
}


def has_shape(body: Json) -> bool:
    """Whether the body can be understood and answered, whatever else is wrong with it."""
    return _validator().is_valid(body)


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(SHAPE)
