"""Finds what a request schema cannot say: property names too deep in tool schemas, and whole numbers with a point."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.errors import Finding
from mockserver.validation.facts import remembered

PATTERN = "^[a-zA-Z0-9_.-]{1,64}$"

_is_good = re.compile(PATTERN.replace("$", r"\Z")).match
# Keywords that lead to further schemas: to one or a list, and to several by name.
_INNER = ("items", "additionalProperties", "anyOf", "oneOf", "allOf")
_NAMED = ("properties", "$defs", "definitions")
_KEYWORDS = frozenset((*_INNER, *_NAMED))


@remembered
def check_keys(tools: bytes) -> Finding | None:
    """The first custom tool with a property name outside ``PATTERN``, at any depth of its schema; ``tools`` is JSON.

    Source: observed 2026-09; the text names the outermost ``properties`` whatever the depth.
    """
    for index, tool in enumerate(orjson.loads(tools)):
        if "input_schema" in tool and _has_bad_key(tool["input_schema"]):
            path = f"tools.{index}.custom.input_schema.properties"
            message = f"{path}: Property keys should match pattern '{PATTERN}'"
            return Finding(message, rule="schema.key_pattern", source="observed 2026-09", path=path)
    return None


def has_float(body: Mapping[str, Any]) -> bool:
    """Whether a float stands where an integer belongs: ``16.0`` is one to JSON Schema, not to the API (measured)."""
    thinking = body.get("thinking")
    given = [body.get("max_tokens"), body.get("top_k"), thinking.get("budget_tokens") if thinking else None]
    for tool in body.get("tools") or ():
        if "input_schema" not in tool:
            given += tool.values()
    return any(type(value) is float for value in given)


def _has_bad_key(schema: Any) -> bool:
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
