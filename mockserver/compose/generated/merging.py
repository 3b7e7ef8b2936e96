"""Merges JSON Schemas that must all hold into one: those of ``allOf``, of ``$ref`` and its siblings, of branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from mockserver.records.budget import Budget

Schema = Mapping[str, Any]
Rule = Callable[[Any, Any, Budget], Any]


def merge(one: Any, other: Any, budget: Budget) -> Any:
    """A schema with the constraints of both, as far as one schema can express them.

    Raises OverBudgetError when that takes too many steps.
    """
    if one is False or other is False:
        return False
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return one if isinstance(one, Mapping) else other
    budget.take_steps(len(one) + len(other))
    merged = {**other, **one}
    for key in one.keys() & other.keys():
        if one[key] == other[key]:
            continue
        if key in RULES:
            merged[key] = RULES[key](one[key], other[key], budget)
        elif key in UNMERGEABLE:
            budget.take_steps(len(merged.get("allOf", ())))
            merged["allOf"] = [*merged.get("allOf", ()), {key: other[key]}]
    return merged


def _merge_members(one: Schema, other: Schema, budget: Budget) -> dict[str, Any]:
    budget.take_steps(len(one) + len(other))
    return {
        key: merge(one[key], other[key], budget) if key in one and key in other else one.get(key, other.get(key))
        for key in (*one, *(key for key in other if key not in one))
    }


def _intersect(one: Any, other: Any, budget: Budget) -> Any:
    """The values or types in both; integers are numbers."""
    left = one if isinstance(one, list) else [one]
    right = _make_lookup(other if isinstance(other, list) else [other], len(left), budget)
    common = [each for each in left if right(each) or (each == "integer" and right("number"))]
    return common or (["integer"] if right("integer") and "number" in left else [])


def _unite(one: list[Any], other: list[Any], budget: Budget) -> list[Any]:
    known = _make_lookup(one, len(other), budget)
    return [*one, *(each for each in other if not known(each))]


def _make_lookup(items: list[Any], number: int, budget: Budget) -> Callable[[Any], bool]:
    """The test whether a value is among the items, for that number of values."""
    plain = {each for each in items if not isinstance(each, dict | list)}
    nested = [each for each in items if isinstance(each, dict | list)]
    budget.take_steps(len(items) + number * (1 + len(nested)))
    return lambda value: value in nested if isinstance(value, dict | list) else value in plain


def _concatenate(one: list[Any], other: list[Any], budget: Budget) -> list[Any]:
    budget.take_steps(len(one) + len(other))
    return [*one, *other]


def _choose(choose: Callable[[Any, Any], Any]) -> Rule:
    return lambda one, other, _: choose(one, other)


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **dict.fromkeys(
            ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _merge_members
        ),
        **dict.fromkeys(("items", "additionalProperties", "propertyNames", "contains"), merge),
        **dict.fromkeys(
            ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), _choose(max)
        ),
        **dict.fromkeys(
            ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), _choose(min)
        ),
        **dict.fromkeys(("type", "enum"), _intersect),
        "required": _unite,
        "allOf": _concatenate,
        "examples": _intersect,
    }
)
# Keywords that one schema cannot hold twice: the second goes into ``allOf``.
UNMERGEABLE = frozenset({"anyOf", "oneOf", "if", "$ref", "not"})
