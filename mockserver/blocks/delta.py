"""The deltas that bring a block in pieces, and how pieces become fields again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.records.reply import Block

Delta = dict[str, Any]
ValueType = type
# Puts all deltas of one type in their block.
Fold = Callable[[Block, Sequence[Mapping[str, Any]]], Block]


class DeltaType(Struct, frozen=True, eq=False):
    """A type of delta.

    ``field`` is the field it fills, which its block must have. ``keys`` are the keys it must carry, each with the type
    of its value; the length of strings counts for the pace of a stream. ``fold`` raises ``ValueError`` when the deltas
    do not fit their block. A block that has the field ``ignored_beside`` ignores them.
    """

    type: str
    field: str
    keys: Mapping[str, ValueType]
    fold: Fold
    ignored_beside: str | None = None


def join_pieces(field: str) -> Fold:
    """The fold that appends the pieces of a text to ``field``."""

    def fold(block: Block, deltas: Sequence[Mapping[str, Any]]) -> Block:
        start = block[field]
        if not isinstance(start, str):
            raise ValueError(f"malformed or incomplete: {field} is {start!r}, expected a string")
        return {**block, field: start + "".join([delta[field] for delta in deltas])}

    return fold


def set_fields(block: Block, deltas: Sequence[Mapping[str, Any]]) -> Block:
    """Set the fields that the deltas carry whole."""
    fields = dict(block)
    for delta in deltas:
        fields.update({key: value for key, value in delta.items() if key != "type"})
    return fields
