"""The content block types: one record each, in the file of its kind, and the table that holds them all.

A new type is a `BlockType` in a file here and that file's ``TYPES`` in the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

from mockserver.blocks import (
    advisor,
    browser_state,
    code_execution,
    compaction,
    container_upload,
    document,
    fallback,
    image,
    mcp,
    server_tool_use,
    text,
    thinking,
    tool_change,
    tool_search,
    tool_use,
    web_fetch,
    web_search,
)
from mockserver.blocks.block import BlockType

__all__ = ["BLOCKS", "DEFAULT", "BlockType", "block_type"]

# In the order of an answer: a mapping of shorthands becomes blocks in this order.
BLOCKS: dict[str, BlockType] = {
    row.type: row
    for row in chain(
        thinking.TYPES,
        text.TYPES,
        server_tool_use.TYPES,
        web_search.TYPES,
        web_fetch.TYPES,
        code_execution.TYPES,
        tool_search.TYPES,
        advisor.TYPES,
        mcp.TYPES,
        container_upload.TYPES,
        tool_use.TYPES,
        compaction.TYPES,
        fallback.TYPES,
        image.TYPES,
        document.TYPES,
        browser_state.TYPES,
        tool_change.TYPES,
    )
}
DEFAULT = BlockType(type="")


def block_type(block: Mapping[str, Any]) -> BlockType:
    """The row of a block. Blocks of unknown types are served as the script gives them."""
    kind = str(block.get("type"))
    row = BLOCKS.get(kind)
    if row is None:
        return server_tool_use.OTHER_RESULT if kind.endswith("_tool_result") else DEFAULT
    return row
