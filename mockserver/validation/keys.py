"""Checks that a JSON Schema cannot express: property names deep in tool schemas, and whole numbers with a point."""

from __future__ import annotations

import re
from typing import Any

import orjson

from mockserver.blocks import BLOCKS
from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, cache_by_tools

# What an entry of ``fallbacks`` may hold, in the API's order; a rule refuses other keys (source: probe of 2026-09).
FALLBACK_KEYS = ("model", "max_tokens", "output_config", "speed", "thinking")
PATTERN = "^[a-zA-Z0-9_.-]{1,64}$"

_is_good = re.compile(PATTERN.replace("$", r"\Z")).match
# Keywords that lead to further schemas: to one or a list, and to several by name.
_INNER = ("items", "additionalProperties", "anyOf", "oneOf", "allOf")
_NAMED = ("properties", "$defs", "definitions")
_KEYWORDS = frozenset((*_INNER, *_NAMED))


@cache_by_tools
def check_keys(tools: bytes) -> Finding | None:
    """The first custom tool with a property name outside ``PATTERN``, at any depth of its schema; ``tools`` is JSON.

    Source: observed 2026-09; the text names the outermost ``properties`` whatever the depth.
    """
    for index, tool in enumerate(orjson.loads(tools)):
        if "input_schema" in tool and has_bad_key(tool["input_schema"]):
            path = f"tools.{index}.custom.input_schema.properties"
            message = f"{path}: Property keys should match pattern '{PATTERN}'"
            return Finding(message, rule="schema.key_pattern", source="observed 2026-09", path=path)
    return None


def has_float(facts: Facts) -> bool:
    """Whether a float stands in place of an integer: ``16.0`` is one to JSON Schema, but not to the API (measured).

    The body fits its schema, so only the fields with integers need checking: other floats are right where they are.
    """
    for key, value in facts.body.items():
        if key in INTEGERS and type(value) is not int and _holds_float(_drop_foreign(key, value)):
            return True
    kinds = facts.survey.kinds
    return bool(kinds) and any(_holds_float(ref.block) for kind in INTEGER_KINDS & kinds.keys() for ref in kinds[kind])


def _drop_foreign(key: str, value: Any) -> Any:
    """The value without the keys of fallback entries that a rule refuses by name."""
    if key != "fallbacks" or not isinstance(value, list):
        return value
    return [{name: entry[name] for name in FALLBACK_KEYS if name in entry} for entry in value]


def _holds_float(value: Any) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if type(node) is float:
            return True
        if type(node) is list:
            waiting += node
        # Custom tools hold no integers but in schemas of the caller's.
        elif type(node) is dict and "input_schema" not in node:
            waiting += [inner for key, inner in node.items() if key not in _FREE]
    return False


# The fields of a request, and the blocks in it (as ``Survey.kinds`` calls them), that hold integers.
INTEGERS = frozenset(
    {"max_tokens", "top_k", "thinking", "tools", "output_config", "fallbacks", "context_management", "system"}
)
# Only the citations of a text hold some.
INTEGER_KINDS = frozenset("@cited" if kind == "text" else kind for kind, row in BLOCKS.items() if row.integers)
# Here the caller may write what it likes.
_FREE = frozenset({"input", "input_examples", "schema"})


def has_bad_key(schema: Any) -> bool:
    """Whether a property name at any depth of a tool's schema is outside ``PATTERN``."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict) and not _KEYWORDS.isdisjoint(node):
            names = node.get("properties")
            if isinstance(names, dict) and not all(map(_is_good, names)):
                return True
            waiting += [node[key] for key in _INNER if key in node]
            for key in _NAMED:
                if isinstance(named := node.get(key), dict):
                    waiting += named.values()
    return False
