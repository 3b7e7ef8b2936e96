"""Results of the server's web search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import build_tool_form, complete_web_result, write_server_tool
from mockserver.blocks.shorthand import Shorthand
from mockserver.records.specs import BLOCK_LIST, STRING, fields


def _write_results(item: Mapping[str, Any]) -> Any:
    if "results" not in item:
        return None
    defaults = {"title": "", "url": "", "encrypted_content": "EncryptedContent", "page_age": None}
    return [{"type": "web_search_result", **defaults, **result} for result in item["results"]]


TYPES = (
    BlockType(
        type="web_search_tool_result",
        shorthands={
            "web_search": Shorthand(
                write_server_tool("web_search", "web_search_tool_result", _write_results, ["query"]),
                build_tool_form("web_search", fields(query=STRING, results=BLOCK_LIST), "query"),
                "`{query, results: [{url, title, page_age, encrypted_content}]}`",
            )
        },
        complete=complete_web_result,
        role="assistant",
        answers="server_tool_use",
    ),
)
