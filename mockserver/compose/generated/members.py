"""The properties of a generated JSON object: their names and their schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from mockserver.compose.generated import patterns
from mockserver.compose.generated.merging import merge
from mockserver.compose.generated.strings import WORDS
from mockserver.records.budget import Budget
from mockserver.reference.schemas.callers import matches
from mockserver.reference.schemas.searches import count_steps

Schema = Mapping[str, Any]
# Makes a property name that is valid for a schema.
Namer = Callable[[Any], str]


def choose_names(schema: Schema, rng: Random, share: float, name: Namer, budget: Budget) -> list[str]:
    """The names of an object's properties, in the schema's order, with about ``share`` of the optional ones."""
    known = schema.get("properties") or {}
    required = dict.fromkeys(schema.get("required") or ())
    budget.take_steps(len(known) + len(required))
    optional = [each for each in known if each not in required and known[each] is not False]
    taken = dict.fromkeys(each for each in optional if rng.random() < share)
    low, high = schema.get("minProperties", 0), schema.get("maxProperties", len(known) + len(required))
    missing = [each for each in optional if each not in taken][: max(0, low - len(required) - len(taken))]
    chosen = {*required, *[*taken, *missing][: max(0, high - len(required))]}
    for each, needed in (schema.get("dependentRequired") or {}).items():
        budget.take_steps(len(needed))
        chosen |= set(needed) if each in chosen else set()
    ordered = [each for each in (*known, *required) if each in chosen]
    ordered += sorted(chosen.difference(ordered))
    found = list(dict.fromkeys(ordered))
    return [*found, *_invent_names(schema, found, rng, name, budget, is_filled=share > 0)]


def find_schema(schema: Schema, name: str, budget: Budget) -> Any:
    """The schema of the property ``name``: all constraints on it together."""
    found = [schema["properties"][name]] if name in (schema.get("properties") or {}) else []
    for pattern, each in (schema.get("patternProperties") or {}).items():
        budget.take_steps(10 + len(pattern) + len(name) + count_steps(pattern, name))
        # A pattern in another dialect matches nothing; the complete value is checked at the end.
        found += [each] if matches(pattern, name) else []
    if not found:
        return schema.get("additionalProperties", True)
    return found[0] if len(found) == 1 else {"allOf": found}


def _invent_names(
    schema: Schema, known: list[str], rng: Random, name: Namer, budget: Budget, *, is_filled: bool
) -> list[str]:
    """Names of additional properties: as many as are missing, and one or two in an object used as a map."""
    is_map = not schema.get("properties") and isinstance(schema.get("additionalProperties"), Mapping)
    wanted = rng.randint(1, 2) if is_map and is_filled and not known else 0
    missing = max(schema.get("minProperties", 0) - len(known), wanted)
    taken, found = set(known), dict[str, None]()
    for _ in range(20 * missing):
        if len(found) >= missing:
            break
        budget.take_steps()
        each = _invent_name(schema, rng, name, budget)
        if each not in taken:
            found[each] = None
    return [*found]


def _invent_name(schema: Schema, rng: Random, name: Namer, budget: Budget) -> str:
    pattern = next(iter(schema.get("patternProperties") or ()), None)
    if pattern is not None and schema.get("additionalProperties") is not True:
        return patterns.make_match(pattern, rng, 0, budget)
    if "propertyNames" in schema:
        return name(merge({"type": "string"}, schema["propertyNames"], budget))
    return rng.choice(WORDS)
