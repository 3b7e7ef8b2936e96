"""Values that Python code gives, as YAML would give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.records.errors import Place
from mockserver.records.functions import describe_function


class UnusableValueError(ValueError):
    """A value cannot be sent as JSON; the text names its type and says where it stands."""


def to_plain(value: Any, near: Place | None = None, path: str = "") -> Any:
    """The value with mappings, lists, texts, numbers and nothing else; a date becomes the text that would be sent.

    Args:
        value: any value.
        near: where it was given; functions become records then, else they are refused.
        path: where it stands in a larger one.

    Raises:
        UnusableValueError: there is no such form of it.
    """
    try:
        return _to_plain(value, near, path)
    except RecursionError:
        raise UnusableValueError("it is nested too deeply, or holds itself") from None


def _to_plain(value: Any, near: Place | None, path: str) -> Any:
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _to_plain(below, near, f"{path}.{key}" if path else str(key)) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(item, near, f"{path}[{number}]") for number, item in enumerate(value)]
    if callable(value) and near is not None:
        return describe_function(value, near)
    try:
        return orjson.loads(orjson.dumps(value))
    except orjson.JSONEncodeError as error:
        where = f" at {path}" if path else ""
        raise UnusableValueError(
            f"a value of the type {type(value).__name__}{where} cannot be sent as JSON: {error}"
        ) from error
