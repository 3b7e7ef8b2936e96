"""JSON Schemas that a caller sent, for its tools or the format of an answer. No reference is ever downloaded.

Patterns are searched in linear time; those with lookarounds or back references, for which that is impossible, with a
bounded number of steps back: a value for which these do not suffice counts as not valid, on every machine. How large
patterns become is counted before they are compiled, how long searches with them take before a value is checked.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson
from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.reference.schemas.costs import Searches, is_affordable, make_budget
from mockserver.reference.schemas.searches import count_positions, list_patterns, measure_size

_ENGINES = (
    jsonschema_rs.RegexOptions(),
    jsonschema_rs.FancyRegexOptions(backtrack_limit=LIMITS.schema_backtracks),
)
# A schema of fewer bytes is visited at most some thousand times for each part of a value.
_SMALL = 20_000
# References and patterns, by which a small schema can cost much; so can a text that must be a pattern.
_COSTLY = (b'ef"', b'"pattern', b'"regex"')


class CallersSchema(Struct, frozen=True):
    """A schema that compiles.

    ``is_simple`` says that checking is cheap: it is small, has no patterns, and no part refers to another.
    """

    schema: Any
    validator: jsonschema_rs.Validator
    is_simple: bool
    searches: Searches

    def is_affordable(self, value: Any, budget: Budget | None = None) -> bool:
        """Whether checking a value with it takes few enough visits; these and counting them take from the budget."""
        return self.is_simple or is_affordable(self.schema, value, budget or make_budget(), self.searches)


def is_well_formed(schema: Any) -> bool:
    """Whether the value is a JSON Schema of draft 2020-12, whatever draft it names."""
    return _make_meta_validator().is_valid(schema)


def is_valid(schema: Any, value: Any, budget: Budget | None = None) -> bool:
    """Whether the value is valid for the schema, formats included; False for a schema that does not compile.

    False too when telling it costs too much: of the budget, which several values may share, else of one for it alone.
    """
    compiled = compile_schema(schema)
    return compiled is not None and compiled.is_affordable(value, budget) and compiled.validator.is_valid(value)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern of a schema is found in a text; False for one that is none."""
    return is_valid({"pattern": pattern}, text)


def compile_schema(schema: Any, *, formats: bool = True, budget: Budget | None = None) -> CallersSchema | None:
    """The compiled schema; None when it cannot be compiled, is too large, or refers to a schema elsewhere.

    Args:
        schema: the schema, whatever it is.
        formats: whether texts must have the ``format`` of their schema.
        budget: the size of compiled patterns is spent from it; None too when it does not suffice.
    """
    try:
        written = orjson.dumps(schema)
    except orjson.JSONEncodeError:  # a number of too many bits
        return None
    if len(written) > LIMITS.schema_bytes or (size := _measure(written)) > LIMITS.schema_patterns:
        return None
    if budget is not None and not _spend(budget, size):
        return None
    return _compile(written, formats)


def _spend(budget: Budget, size: int) -> bool:
    try:
        budget.spend(size)
    except OverBudgetError:
        return False
    return True


@lru_cache(maxsize=256)
def _measure(written: bytes) -> int:
    """The size of the patterns of a schema, compiled; any number over the limit when these are too large."""
    if b'"pattern' not in written:
        return 0
    size = 0
    for pattern in dict.fromkeys(list_patterns(orjson.loads(written))):
        size += measure_size(pattern)
        if size > LIMITS.schema_patterns:
            break
    return size


@lru_cache(maxsize=256)
def _compile(written: bytes, formats: bool) -> CallersSchema | None:
    schema = orjson.loads(written)
    for engine in _ENGINES:
        try:
            validator = jsonschema_rs.validator_for(
                schema, validate_formats=formats, retriever=_refuse_to_retrieve, pattern_options=engine
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
            continue
        searches = Searches({each: count_positions(each) for each in list_patterns(schema)}, engine is not _ENGINES[0])
        is_simple = len(written) < _SMALL and not any(mark in written for mark in _COSTLY)
        return CallersSchema(schema, validator, is_simple, searches)
    return None


def _refuse_to_retrieve(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside the schema")


@lru_cache(maxsize=1)
def _make_meta_validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
