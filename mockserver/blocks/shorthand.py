"""Shared by the shorthands with which scenario files write blocks by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.records.reply import Block

# From the value of a shorthand, and the mapping it stands in, to the blocks it is short for.
Shorthand = Callable[[Any, Mapping[str, Any]], Iterator[Block]]


def as_text(value: Any) -> str:
    """A value where the API has a text: a placeholder may have given a number or an object."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def as_list(value: Any) -> Sequence[Any]:
    """The items of a shorthand that takes one value or a list of them."""
    return value if isinstance(value, list) else [value]
