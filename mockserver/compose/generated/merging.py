"""Merges JSON Schemas that must all hold into one: those of ``allOf``, of ``$ref`` and its siblings, of branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

Schema = Mapping[str, Any]


def merge(one: Any, other: Any) -> Any:
    """A schema with the constraints of both, as far as one schema can express them."""
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
        elif key in UNMERGEABLE:
            merged["allOf"] = [*merged.get("allOf", ()), {key: other[key]}]
    return merged


def _merge_members(one: Schema, other: Schema) -> dict[str, Any]:
    return {
        key: merge(one[key], other[key]) if key in one and key in other else one.get(key, other.get(key))
        for key in (*one, *(key for key in other if key not in one))
    }


def _intersect(one: Any, other: Any) -> Any:
    """The values or types in both; integers are numbers."""
    left = one if isinstance(one, list) else [one]
    right = other if isinstance(other, list) else [other]
    common = [each for each in left if each in right or (each == "integer" and "number" in right)]
    return common or (["integer"] if "integer" in right and "number" in left else [])


def _unite(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(each for each in other if each not in one)]


def _concatenate(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *other]


RULES: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _merge_members
        ),
        **dict.fromkeys(("items", "additionalProperties", "propertyNames", "contains"), merge),
        **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
        **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
        **dict.fromkeys(("type", "enum"), _intersect),
        "required": _unite,
        "allOf": _concatenate,
        "examples": _intersect,
    }
)
# Keywords that one schema cannot hold twice: the second goes into ``allOf``.
UNMERGEABLE = frozenset({"anyOf", "oneOf", "if", "$ref", "not"})
