"""What a value breaks of a schema that the caller sent, in words that show no secrets."""

from __future__ import annotations

from typing import Any

from mockserver.records.masks import is_secret_field, mask_text, mask_value
from mockserver.reference.schemas.callers import compile_schema

_LONGEST = 300


def describe_breach(schema: Any, value: Any) -> tuple[str, str] | None:
    """The place of the first breach, ``.a.0`` ("" is the whole), and what is wrong there.

    None when the value is valid, when the schema does not compile, and when telling costs too much.
    """
    compiled = compile_schema(schema)
    if compiled is None or not compiled.is_affordable(value):
        return None
    error = next(compiled.validator.iter_errors(value), None)
    if error is None:
        return None
    return "".join(f".{part}" for part in error.instance_path), _word(error)


def _word(error: Any) -> str:
    names = (*error.instance_path, *error.schema_path)
    shown = mask_value(error.instance)
    if shown != error.instance or any(is_secret_field(str(name)) for name in names):
        return f'does not fit "{error.schema_path[-1] if error.schema_path else "false"}" of its schema'
    text = mask_text(str(error.message))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
