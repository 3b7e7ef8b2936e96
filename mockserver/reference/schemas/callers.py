"""JSON Schemas that a caller sent, for its tools or the format of an answer. No reference is ever downloaded."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jsonschema_rs
import orjson


def is_well_formed(schema: Any) -> bool:
    """Whether the value is a JSON Schema of draft 2020-12, whatever draft it names."""
    return _make_meta_validator().is_valid(schema)


def compiles(schema: Any) -> bool:
    """Whether the value is a JSON Schema whose references stay inside it."""
    return compile_schema(schema) is not None


def is_valid(schema: Any, value: Any) -> bool:
    """Whether the value is valid for the schema, formats included; False for a schema that does not compile."""
    validator = compile_schema(schema)
    return validator is not None and validator.is_valid(value)


def compile_schema(schema: Any, *, formats: bool = True) -> jsonschema_rs.Validator | None:
    """A validator of the schema; None when it cannot be compiled, or refers to a schema elsewhere."""
    return _compile(orjson.dumps(schema), formats)


@lru_cache(maxsize=256)
def _compile(schema: bytes, formats: bool) -> jsonschema_rs.Validator | None:
    try:
        return jsonschema_rs.validator_for(
            orjson.loads(schema), validate_formats=formats, retriever=_refuse_to_retrieve
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
        return None


def _refuse_to_retrieve(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside the schema")


@lru_cache(maxsize=1)
def _make_meta_validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
