"""Tools that a system message adds or removes in the middle of a conversation."""

from __future__ import annotations

from mockserver.blocks import shapes
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

# `validation/shape.py` defines what a tool is.
_TOOL = {**shapes.OBJECT, "properties": {"definition": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/tool"}]}}}

TYPES = (
    BlockType(type="tool_addition", role="system", shape={"tool": _TOOL}, integers=TOOL_INTEGERS),
    BlockType(type="tool_removal", role="system"),
)
