"""Content written by hand becomes API blocks, by the table of block types; and which headers may be scripted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.records.reply import Block

__all__ = ["SHORTHANDS", "as_text", "blocks_of", "content_of", "is_header_name", "is_header_value", "is_own_header"]

SHORTHANDS: dict[str, Shorthand] = {key: write for row in BLOCKS.values() for key, write in row.shorthands.items()}


def blocks_of(item: Mapping[str, Any]) -> Iterator[Block]:
    """The blocks of a mapping of shorthands, in the order of ``SHORTHANDS``; one with ``type`` is a block itself."""
    if "type" in item:
        yield item
        return
    for key, write in SHORTHANDS.items():
        if key in item:
            yield from write(item[key], item)


def content_of(items: Any) -> tuple[Block, ...]:
    """The blocks of a ``content`` list, whose items are texts, shorthands or verbatim blocks."""
    return tuple(
        block
        for item in as_list(items)
        for block in (blocks_of(item) if isinstance(item, dict) else [{"type": "text", "text": as_text(item)}])
    )


def is_header_name(name: str) -> bool:
    """Whether HTTP takes this as the name of a header."""
    return re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) is not None


def is_header_value(value: str) -> bool:
    """Whether HTTP takes this as the value of a header: no line ends, no control characters."""
    return re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value) is None


def is_own_header(name: str, value: Any) -> bool:
    """Whether the server itself says this header: how long an answer is, and what becomes of the connection."""
    name = name.lower()
    return name in ("content-length", "transfer-encoding") or (
        name == "connection" and str(value).lower() not in ("close", "keep-alive")
    )
