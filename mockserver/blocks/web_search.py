"""Results of the server's web search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import complete_web_result, write_server_tool


def _write_results(item: Mapping[str, Any]) -> Any:
    if "results" not in item:
        return None
    defaults = {"title": "", "url": "", "encrypted_content": "EncryptedContent", "page_age": None}
    return [{"type": "web_search_result", **defaults, **result} for result in item["results"]]


TYPES = (
    BlockType(
        type="web_search_tool_result",
        shorthands={"web_search": write_server_tool("web_search", "web_search_tool_result", _write_results, ["query"])},
        complete=complete_web_result,
        role="assistant",
        answers="server_tool_use",
    ),
)
