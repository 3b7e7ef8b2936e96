"""Whether a value is valid for a JSON Schema that a caller sent."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson


def is_schema(schema: Any) -> bool:
    """Whether ``schema`` is a JSON Schema whose references stay inside."""
    return _validator(orjson.dumps(schema)) is not None


def is_valid(schema: Any, value: Any) -> bool:
    """Whether ``value`` is valid for ``schema``, formats included; a schema that cannot be compiled refuses all."""
    validator = _validator(orjson.dumps(schema))
    return validator is not None and bool(validator.is_valid(value))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(orjson.loads(schema), validate_formats=True, retriever=_refuse)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return None


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside the schema")
