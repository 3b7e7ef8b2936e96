"""The state of a browser, inside results of the browser toolset."""

from __future__ import annotations

from mockserver.blocks.block import BlockType

TYPES = (BlockType(type="browser_state", integers=("size_bytes",)),)
