"""Makes API blocks of content written by hand, by the shorthands of the block types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.blocks.shorthand import as_list, as_text
from mockserver.records.reply import Block
from mockserver.scenarios.format.shorthands import SHORTHANDS

_TEXTS = frozenset(BLOCKS["text"].shorthands)
_USES = ("server_tool_use", "mcp_tool_use", "tool_use")


def build_blocks(item: Mapping[str, Any]) -> Sequence[Block]:
    """The blocks of a mapping of shorthands, in the order of ``SHORTHANDS``; one with ``type`` is a block itself.

    The texts come behind the results of the API's own tools, and before the calls whose results are still to come
    (source: recorded 2025-05 to 2026-08, all 74 answers with such tools that ended their turn; both API versions).
    """
    if "type" in item:
        return (item,)
    texts, others = list[Block](), list[Block]()
    for key, shorthand in SHORTHANDS.items():
        if key in item:
            (texts if key in _TEXTS else others).extend(shorthand.write(item[key], item))
    marked = [(block, _waits(block, after)) for block, after in zip(others, [*others[1:], {}], strict=False)]
    done, waiting = ([block for block, waits in marked if waits is wanted] for wanted in (False, True))
    return (*done, *texts, *waiting)


def _waits(block: Block, after: Block) -> bool:
    """Whether the result of a call is still to come: a shorthand writes a result right behind its call."""
    return block["type"] in _USES and not after.get("type", "").endswith("_result")


def build_content(items: Any) -> tuple[Block, ...]:
    """The blocks of a ``content`` list, whose items are texts, shorthands or verbatim blocks."""
    return tuple(
        block
        for item in as_list(items)
        for block in (build_blocks(item) if isinstance(item, dict) else [{"type": "text", "text": as_text(item)}])
    )
