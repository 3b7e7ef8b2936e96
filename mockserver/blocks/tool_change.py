"""Tools that a system message adds or removes in the middle of a conversation."""

from __future__ import annotations

from mockserver.blocks.block import BlockType

# The integers in the definitions of tools.
TOOL_INTEGERS = (
    "display_height_px",
    "display_number",
    "display_width_px",
    "max_characters",
    "max_content_tokens",
    "max_tokens",
    "max_uses",
)

TYPES = (
    BlockType(type="tool_addition", role="system", integers=TOOL_INTEGERS),
    BlockType(type="tool_removal", role="system"),
)
