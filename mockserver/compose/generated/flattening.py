"""Flattens a JSON Schema: follows ``$ref``, picks one of several branches, merges ``allOf``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from mockserver.compose.generated.merging import merge
from mockserver.records.budget import Budget
from mockserver.reference.schemas.pointers import References

# Below this depth, the branch with the smallest values is picked.
DEEP = 4
# Keywords for how many items, characters, properties and matching items there are.
COUNTS = tuple(f"{bound}{unit}" for bound in ("min", "max") for unit in ("Items", "Length", "Properties", "Contains"))
# More steps than any reasonable schema needs.
MOST_STEPS = 100


class UnsatisfiableError(ValueError):
    """No value was found that is valid for the schema."""


def flatten(schema: Any, references: References, rng: Random, depth: int, budget: Budget) -> Any:
    """``schema`` without ``$ref``, ``anyOf``, ``oneOf``, ``if`` and ``allOf``; a boolean stays one.

    Raises ValueError when a reference leads nowhere, or in a circle.
    """
    for _ in range(MOST_STEPS):
        key = next((key for key in STEPS if isinstance(schema, Mapping) and key in schema), None)
        if key is None:
            return _normalize(schema)
        budget.take_steps(len(schema))
        rest = {name: value for name, value in schema.items() if name != key}
        schema = STEPS[key](schema, rest, _Place(references, rng, depth, budget))
    raise UnsatisfiableError("the schema refers to itself without end")


def _normalize(schema: Any) -> Any:
    """The schema with its counts as integers: draft 2020-12 allows 2.0 for 2."""
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, Mapping):
        raise UnsatisfiableError(f"a schema is an object or a boolean, not {type(schema).__name__}")
    floats = {key: int(schema[key]) for key in COUNTS if isinstance(schema.get(key), float)}
    return {**schema, **floats} if floats else schema


class _Place(Struct, frozen=True):
    references: References
    rng: Random
    depth: int
    budget: Budget


def _follow_reference(schema: Mapping[str, Any], rest: Mapping[str, Any], place: _Place) -> Any:
    reference = schema["$ref"] if "$ref" in schema else schema["$dynamicRef"]
    return merge(rest, place.references.find(reference, place.budget), place.budget)


def _choose_from(key: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], _Place], Any]:
    def choose(schema: Mapping[str, Any], rest: Mapping[str, Any], place: _Place) -> Any:
        return merge(rest, _pick_branch(schema[key], place), place.budget)

    return choose


def _pick_branch(branches: Sequence[Any], place: _Place) -> Any:
    place.budget.take_steps(len(branches))
    useful = [each for each in branches if each is not False and not _is_null(each)] or list(branches)
    if not useful:
        raise UnsatisfiableError("no branch to choose from")
    if place.depth >= DEEP:
        return min(branches, key=_estimate_size)
    return place.rng.choice(useful)


def _is_null(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _estimate_size(schema: Any) -> int:
    """An estimate of the size of a value for this schema: references are large, plain values small."""
    if not isinstance(schema, Mapping):
        return 0
    nested = ("$ref", "anyOf", "oneOf", "allOf", "items", "properties")
    return sum(4 if key == "$ref" else 2 for key in nested if key in schema) + (not _is_null(schema))


def _apply_condition(schema: Mapping[str, Any], rest: Mapping[str, Any], place: _Place) -> Any:
    plain = {key: value for key, value in rest.items() if key not in ("then", "else")}
    if place.rng.random() < 0.5:
        return merge(merge(plain, schema["if"], place.budget), schema.get("then", True), place.budget)
    return merge(plain, schema.get("else", True), place.budget)


def _merge_all(schema: Mapping[str, Any], rest: Any, place: _Place) -> Any:
    for each in schema["allOf"]:
        rest = merge(rest, each, place.budget)
    return rest


Step = Callable[[Mapping[str, Any], Mapping[str, Any], _Place], Any]
# In this order: allOf comes last, as the others may add to it.
STEPS: Mapping[str, Step] = MappingProxyType(
    {
        "$ref": _follow_reference,
        "$dynamicRef": _follow_reference,
        "anyOf": _choose_from("anyOf"),
        "oneOf": _choose_from("oneOf"),
        "if": _apply_condition,
        "allOf": _merge_all,
    }
)
