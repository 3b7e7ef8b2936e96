"""Makes API blocks of content written by hand, by the shorthands of the block types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks.shorthand import as_list, as_text
from mockserver.records.reply import Block
from mockserver.scenarios.format.shorthands import SHORTHANDS


def build_blocks(item: Mapping[str, Any]) -> Iterator[Block]:
    """The blocks of a mapping of shorthands, in the order of ``SHORTHANDS``; one with ``type`` is a block itself."""
    if "type" in item:
        yield item
        return
    for key, shorthand in SHORTHANDS.items():
        if key in item:
            yield from shorthand.write(item[key], item)


def build_content(items: Any) -> tuple[Block, ...]:
    """The blocks of a ``content`` list, whose items are texts, shorthands or verbatim blocks."""
    return tuple(
        block
        for item in as_list(items)
        for block in (build_blocks(item) if isinstance(item, dict) else [{"type": "text", "text": as_text(item)}])
    )
