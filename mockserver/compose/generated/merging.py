"""JSON Schemas that hold at once, as one schema: what ``allOf``, ``$ref`` with siblings and chosen branches come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Schema = Mapping[str, Any]


def merge(one: Any, other: Any) -> Any:
    """A schema that asks for all that ``one`` and ``other`` ask for, as far as one schema can say it."""
    if one is False or other is False:
        return False
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return one if isinstance(one, Mapping) else other
    merged = {**other, **one}
    for key in one.keys() & other.keys():
        if one[key] == other[key]:
            continue
        if key in RULES:
            merged[key] = RULES[key](one[key], other[key])
        elif key in LATER:
            merged["allOf"] = [*merged.get("allOf", ()), {key: other[key]}]
    return merged


def _both(one: Schema, other: Schema) -> dict[str, Any]:
    return {
        key: merge(one[key], other[key]) if key in one and key in other else one.get(key, other.get(key))
        for key in (*one, *(key for key in other if key not in one))
    }


def _common(one: Any, other: Any) -> Any:
    """The values or types in both; integers are numbers."""
    left = one if isinstance(one, list) else [one]
    right = other if isinstance(other, list) else [other]
    kept = [each for each in left if each in right or (each == "integer" and "number" in right)]
    return kept or (["integer"] if "integer" in right and "number" in left else [])


def _joined(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(each for each in other if each not in one)]


def _chained(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *other]


RULES: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _both),
        **dict.fromkeys(("items", "additionalProperties", "propertyNames", "contains"), merge),
        **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
        **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
        **dict.fromkeys(("type", "enum"), _common),
        "required": _joined,
        "allOf": _chained,
        "examples": _common,
    }
)
# What cannot be said twice in one schema waits in ``allOf``.
LATER = frozenset({"anyOf", "oneOf", "if", "$ref", "not"})
