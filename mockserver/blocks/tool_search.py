"""Results of the server's search for tools, by a pattern or by words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks.block import BlockType
from mockserver.blocks.server_tool_use import build_tool_form, complete_result, write_server_tool
from mockserver.blocks.shorthand import Shorthand, as_list
from mockserver.records.reply import Block
from mockserver.records.specs import STRING, ListOf, fields

REGEX, BM25 = "tool_search_tool_regex", "tool_search_tool_bm25"

_FIELDS = fields(pattern=STRING, query=STRING, tools=ListOf(STRING, "a list of tool names"))


def _write_references(item: Mapping[str, Any]) -> Any:
    if "tools" not in item:
        return None
    references = [{"type": "tool_reference", "tool_name": name} for name in item["tools"]]
    return {"type": "tool_search_tool_search_result", "tool_references": references}


_write_regex = write_server_tool(REGEX, "tool_search_tool_result", _write_references, ["pattern"])
_write_bm25 = write_server_tool(BM25, "tool_search_tool_result", _write_references, ["query"])


def write_tool_search(value: Any, beside: Mapping[str, Any]) -> Iterator[Block]:
    """``tool_search: {pattern or query, tools}``, or a list of these."""
    for item in as_list(value):
        yield from (_write_regex if "pattern" in item else _write_bm25)(item, beside)


TYPES = (
    BlockType(
        type="tool_search_tool_result",
        shorthands={
            "tool_search": Shorthand(
                write_tool_search,
                build_tool_form("tool_search", _FIELDS),
                "`{pattern}` or `{query}`, and the names found: `tools: [NAME]`",
            )
        },
        complete=complete_result,
        role="assistant",
        answers="server_tool_use",
        tools=(REGEX, BM25),
    ),
)
