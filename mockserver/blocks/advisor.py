"""Results of the advisor, a server tool without a shorthand."""

from __future__ import annotations

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import complete_result

TYPES = (
    BlockType(
        type="advisor_tool_result",
        complete=complete_result,
        role="assistant",
        answers="server_tool_use",
    ),
)
