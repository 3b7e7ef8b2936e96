"""The cost of checking a value with a schema whose parts refer to each other.

A validator visits each part of a schema as often as references lead there: thirty definitions of which each refers
twice to the next make a billion visits. Here each part is counted once for each value, and the visits are added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.reference.schemas.pointers import References
from mockserver.reference.schemas.searches import count_comparisons, measure_size

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_VALUE = ("not", "if", "then", "else")
_MEMBERS = ("additionalProperties", "unevaluatedProperties")
_ITEMS = ("items", "additionalItems", "contains", "unevaluatedItems")

Pair = tuple[Any, Any]
# Comparisons of one character with one position of a pattern that take as long as one visit.
COMPARISONS = 20


def make_budget() -> Budget:
    """What may be spent on checking values with schemas: the visits are its characters."""
    return Budget(LIMITS.schema_steps, LIMITS.schema_visits)


def is_affordable(schema: Any, value: Any, budget: Budget, searches: Searches) -> bool:
    """Whether a validator makes few enough visits to tell whether the value is valid for the schema.

    The visits are spent from the budget, and counting them takes steps of it; False when these run out.
    """
    try:
        budget.spend(_Costs(schema, budget, searches).count(schema, value))
    except (OverBudgetError, RecursionError):
        return False
    return True


class Searches(Struct, frozen=True):
    """The patterns of a schema with their positions, and whether searches with them go back and forth."""

    positions: Mapping[str, int]
    backtracks: bool = False

    def count_visits(self, pattern: Any, text: str) -> int:
        """What one search costs, in visits."""
        found = self.positions.get(pattern, 0) if isinstance(pattern, str) else 0
        return count_comparisons(found, len(text), backtracks=self.backtracks) // COMPARISONS


class _Costs:
    def __init__(self, root: Any, budget: Budget, searches: Searches) -> None:
        self.references = References(root)
        self.budget = budget
        self.searches = searches
        # The visits of each pair of schema and value.
        self.known: dict[tuple[int, int], int] = {}

    def count(self, schema: Any, value: Any) -> int:
        self.budget.take_steps()
        if not isinstance(schema, Mapping):
            return 1
        pair = (id(schema), id(value))
        if pair not in self.known:
            # One that leads back to itself on the same value is cut off by validators too.
            self.known[pair] = 1
            searches = self.count_searches(schema, value)
            self.known[pair] = 1 + searches + sum(self.count(*each) for each in self.list_pairs(schema, value))
        return self.known[pair]

    def count_searches(self, schema: Mapping[str, Any], value: Any) -> int:
        if isinstance(value, str):
            # A text that must be a pattern is compiled.
            size = measure_size(value) // COMPARISONS if schema.get("format") == "regex" else 0
            return size + self.searches.count_visits(schema.get("pattern"), value)
        patterns = schema.get("patternProperties")
        if not isinstance(value, Mapping) or not isinstance(patterns, Mapping):
            return 0
        self.budget.take_steps(len(patterns) * len(value))
        return sum(self.searches.count_visits(pattern, name) for pattern in patterns for name in value)

    def list_pairs(self, schema: Mapping[str, Any], value: Any) -> Iterator[Pair]:
        for key in _REFERENCES:
            if key in schema and (target := self.find(schema[key])) is not None:
                yield target, value
        yield from ((each, value) for key in _LISTS for each in _as_list(schema.get(key)))
        yield from ((schema[key], value) for key in _SAME_VALUE if key in schema)
        yield from ((each, value) for each in _as_mapping(schema.get("dependentSchemas")).values())
        if isinstance(value, Mapping):
            yield from _list_members(schema, value)
        elif isinstance(value, list):
            yield from _list_items(schema, value)

    def find(self, reference: Any) -> Any:
        try:
            return self.references.find(reference, self.budget)
        except OverBudgetError:
            raise
        except ValueError:
            return None


def _list_members(schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[Pair]:
    known = _as_mapping(schema.get("properties"))
    patterns = tuple(_as_mapping(schema.get("patternProperties")).values())
    for name, item in value.items():
        if name in known:
            yield known[name], item
        yield from ((each, item) for each in patterns)
        yield from ((schema[key], item) for key in _MEMBERS if key in schema)
        if "propertyNames" in schema:
            yield schema["propertyNames"], name


def _list_items(schema: Mapping[str, Any], value: list[Any]) -> Iterator[Pair]:
    yield from zip(_as_list(schema.get("prefixItems")), value, strict=False)
    yield from ((schema[key], item) for key in _ITEMS if key in schema for item in value)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
