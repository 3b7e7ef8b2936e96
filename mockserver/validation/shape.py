"""The least that a body must be for a server which does not insist on the API's rules to answer it all the same.

With ``--validation warn`` or ``off`` a body may break any rule, but not this shape: it names each type that reading the
prompt, matching scenarios, counting tokens and composing an answer take for granted, and nothing else. A test holds it
against all of these with bodies of any kind.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

from mockserver.blocks import BLOCKS, shapes

Json = dict[str, Any]

_STRINGS: Json = {"type": ["array", "null"], "items": {"type": "string"}}
_NUMBER: Json = {"type": ["number", "null"]}
_AMOUNT: Json = {"type": ["object", "null"], "properties": {"value": _NUMBER}}
_EDIT: Json = {
    "type": "object",
    "properties": {
        "type": shapes.STRING,
        "trigger": _AMOUNT,
        "keep": {"type": ["object", "null", "string"], "properties": {"value": _NUMBER}},
        "clear_at_least": _AMOUNT,
        "exclude_tools": _STRINGS,
        "clear_tool_inputs": {"type": ["array", "boolean", "null"]},
        "instructions": shapes.STRING,
    },
}
_CACHE_CONTROL: Json = {"type": ["object", "null"], "properties": {"ttl": {"enum": ["5m", "1h", None]}}}

SHAPE: Json = {
    "type": "object",
    "properties": {
        "messages": {"type": ["array", "null"], "items": {"$ref": "#/$defs/message"}},
        "system": shapes.TEXT_OR_BLOCKS,
        "tools": {"type": ["array", "null"], "items": {"$ref": "#/$defs/tool"}},
        "tool_choice": shapes.OBJECT,
        "thinking": shapes.OBJECT,
        "output_config": shapes.OBJECT,
        "diagnostics": {"type": ["object", "null"], "properties": {"previous_message_id": shapes.STRING}},
        "stop_sequences": _STRINGS,
        "cache_control": _CACHE_CONTROL,
        "compaction": {"type": ["object", "null"], "properties": {"instructions": shapes.STRING}},
        "context_management": {
            "type": ["object", "null"],
            "properties": {"edits": {"type": ["array", "null"], "items": _EDIT}},
        },
        "mcp_servers": {"type": ["array", "null"], "items": {"$ref": "#/$defs/server"}},
        "safeguards": {"type": ["array", "null"], "items": {"type": "object"}},
    },
    "$defs": {
        "message": {"type": "object", "properties": {"content": shapes.TEXT_OR_BLOCKS}},
        "tool": {
            "type": "object",
            "properties": {
                "type": shapes.STRING,
                "name": shapes.STRING,
                "description": shapes.STRING,
                "allowed_callers": _STRINGS,
                "input_examples": {"type": ["array", "null"]},
                "cache_control": _CACHE_CONTROL,
                "allowed_domains": _STRINGS,
                "blocked_domains": _STRINGS,
                "citations": shapes.OBJECT,
                "tools": {"type": ["array", "null"], "items": {"type": "object"}},
                "default_config": shapes.OBJECT,
                "configs": {**shapes.OBJECT, "additionalProperties": shapes.OBJECT},
            },
        },
        "server": {
            "type": "object",
            "properties": {"tool_configuration": {**shapes.OBJECT, "properties": {"allowed_tools": _STRINGS}}},
        },
        "block": {
            "type": "object",
            "properties": {"type": shapes.STRING, "cache_control": _CACHE_CONTROL},
            "allOf": [
                {
                    "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                    "then": {"properties": row.shape},
                }
                # Blocks of other types may hold anything.
                for kind, row in BLOCKS.items()
                if row.shape
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
