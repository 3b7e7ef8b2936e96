"""JSON Schemas that a caller sent, for its tools or the format of an answer. No reference is ever downloaded.

Patterns are searched in linear time; those with lookarounds or back references, for which that is impossible, with a
bounded number of steps back: a value for which these do not suffice counts as not valid, on every machine.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson
from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget
from mockserver.reference.schemas.costs import is_affordable

_ENGINES = (
    jsonschema_rs.RegexOptions(),
    jsonschema_rs.FancyRegexOptions(backtrack_limit=LIMITS.schema_backtracks),
)
# A schema of fewer bytes is visited at most some thousand times for each part of a value.
_SMALL = 20_000


class CallersSchema(Struct, frozen=True):
    """A schema that compiles. ``is_simple`` says that checking is cheap: it is small, and no part refers to another."""

    schema: Any
    validator: jsonschema_rs.Validator
    is_simple: bool

    def is_affordable(self, value: Any, budget: Budget | None = None) -> bool:
        """Whether checking a value with it takes few enough visits; counting them takes steps of the budget."""
        return self.is_simple or is_affordable(self.schema, value, budget or Budget(LIMITS.schema_steps))


def is_well_formed(schema: Any) -> bool:
    """Whether the value is a JSON Schema of draft 2020-12, whatever draft it names."""
    return _make_meta_validator().is_valid(schema)


def is_valid(schema: Any, value: Any) -> bool:
    """Whether the value is valid for the schema, formats included; False for a schema that does not compile."""
    compiled = compile_schema(schema)
    return compiled is not None and compiled.is_affordable(value) and compiled.validator.is_valid(value)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern of a schema is found in a text; False for one that is none."""
    return is_valid({"pattern": pattern}, text)


def compile_schema(schema: Any, *, formats: bool = True) -> CallersSchema | None:
    """The compiled schema; None when it cannot be compiled, is too large, or refers to a schema elsewhere."""
    try:
        written = orjson.dumps(schema)
    except orjson.JSONEncodeError:  # a number of too many bits
        return None
    return _compile(written, formats) if len(written) <= LIMITS.schema_bytes else None


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
        return CallersSchema(schema, validator, len(written) < _SMALL and b'ef"' not in written)
    return None


def _refuse_to_retrieve(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside the schema")


@lru_cache(maxsize=1)
def _make_meta_validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
