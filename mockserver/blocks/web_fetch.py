"""Results of the server's web fetch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import complete_web_result, write_server_tool
from mockserver.blocks.shorthand import as_text
from mockserver.blocks.text import CITATION_INTEGERS


def _write_page(item: Mapping[str, Any]) -> Any:
    if "text" not in item and "data" not in item:
        return None
    source = (
        {"type": "base64", "media_type": "application/pdf", "data": item["data"]}
        if "data" in item
        else {"type": "text", "media_type": "text/plain", "data": as_text(item["text"])}
    )
    document = {"type": "document", "source": source, "title": item.get("title"), "citations": item.get("citations")}
    retrieved = item.get("retrieved_at")
    return {"type": "web_fetch_result", "url": item.get("url", ""), "content": document, "retrieved_at": retrieved}


TYPES = (
    BlockType(
        type="web_fetch_tool_result",
        shorthands={"web_fetch": write_server_tool("web_fetch", "web_fetch_tool_result", _write_page, ["url"])},
        complete=complete_web_result,
        role="assistant",
        answers="server_tool_use",
        integers=CITATION_INTEGERS,
    ),
)
