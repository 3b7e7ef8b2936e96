"""The record of a shorthand, with which scenario files write blocks by hand, and functions shared by its writers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.reply import Block
from mockserver.records.specs import Spec

# Makes the blocks of a shorthand from its value and the mapping that holds it.
Write = Callable[[Any, Mapping[str, Any]], Iterator[Block]]


class Shorthand(Struct, frozen=True, eq=False):
    """A key of scenario files that stands for blocks.

    ``form`` is the form that its value must have, and ``description`` explains it in the docs and to editors. ``write``
    makes the blocks of a value of that form. With ``is_switch``, false is the same as leaving the key out.
    """

    write: Write
    form: Spec
    description: str
    is_switch: bool = False


def as_text(value: Any) -> str:
    """A value where the API has a text: a placeholder may have given a number or an object."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def as_list(value: Any) -> Sequence[Any]:
    """The items of a shorthand that takes one value or a list of them."""
    return value if isinstance(value, list) else [value]
