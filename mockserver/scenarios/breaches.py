"""Says what a value breaks of its JSON Schema, without the secrets in either."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mockserver.records.masks import is_secret_field, mask_value


def word_breach(error: Any, whole: Any) -> str:
    """The words for a mistake that jsonschema found in ``whole``: its own, unless they would show a secret."""
    path = (*error.absolute_path, *error.absolute_schema_path)
    is_open = not any(is_secret_field(str(key)) for key in path)
    if not is_open or _has_secret(error, whole):
        at = ".".join(map(str, error.absolute_path)) or "the value"
        return f'{at} does not fit "{error.validator}" of its schema'
    message = str(error.message)
    for value in (error.instance, error.validator_value):
        shown = mask_value(value)
        if shown != value:
            message = message.replace(repr(value), repr(shown))
    return message


def _has_secret(error: Any, whole: Any) -> bool:
    """Whether the value stands beside a secret name: as ``value`` of an object, or behind an option in a list."""
    is_scalar = not isinstance(error.instance, dict | list)
    return is_scalar and _find(mask_value(whole), error.absolute_path) != error.instance


def _find(value: Any, path: Iterable[Any]) -> Any:
    for key in path:
        if not isinstance(value, list) and key not in value:
            return None  # a name that is masked itself
        value = value[key]
    return value
