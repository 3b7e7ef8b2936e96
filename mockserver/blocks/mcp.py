"""Tools of MCP servers: their uses, their results, and the listing of what a server offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType
from mockserver.blocks.completion import DIRECT, Completion, ToolUse, arrange
from mockserver.blocks.server_tool_use import build_tool_form
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.blocks.text import CITATION_INTEGERS
from mockserver.blocks.tool_use import USE_FORM, count_result, count_use_input, count_use_output, unfold_use
from mockserver.records.reply import Block
from mockserver.records.specs import LONG, STRING, Anything, Either, Flag, fields

USE_ORDER = ("type", "id", "name", "input", "server_name")
RESULT_ORDER = ("type", "tool_use_id", "is_error", "content")

_FIELDS = fields(server=STRING, name=STRING, result=Either((LONG, Anything()), "anything"), is_error=Flag())


def write_mcp(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``mcp: {server, name, input, result}``, or a list of these: a use, and its result when there is one."""
    for item in as_list(value):
        use = {"name": item["name"], "server_name": item["server"], "input": item.get("input") or {}}
        yield {"type": "mcp_tool_use", **use}
        if "result" in item:
            result = item["result"]
            content = result if isinstance(result, list) else [{"type": "text", "text": as_text(result)}]
            yield {"type": "mcp_tool_result", "is_error": item.get("is_error", False), "content": content}


def _complete_use(block: Block, completion: Completion) -> Block:
    defaults: dict[str, Any] = {"id": block.get("id") or completion.next_id("mcptoolu"), "input": {}, "server_name": ""}
    completion.waiting.append(ToolUse("mcp", defaults["id"], DIRECT))
    return arrange({**defaults, **block}, USE_ORDER)


def _complete_result(block: Block, completion: Completion) -> Block:
    use = completion.take_use("mcp", block.get("tool_use_id"))
    return arrange({"tool_use_id": use.id, "is_error": False, **block}, RESULT_ORDER)


TYPES = (
    BlockType(
        type="mcp_tool_use",
        form=USE_FORM,
        shorthands={
            "mcp": Shorthand(
                write_mcp,
                build_tool_form("mcp", _FIELDS, "server", "name"),
                "`{server, name, input, result, is_error}`",
            )
        },
        complete=_complete_use,
        unfold=unfold_use,
        torn_field="input",
        count_input=count_use_input,
        count_output=count_use_output,
        role="assistant",
    ),
    BlockType(
        type="mcp_tool_result",
        complete=_complete_result,
        count_input=count_result,
        shape={"content": shapes.TEXT_OR_BLOCKS},
        role="assistant",
        answers="mcp_tool_use",
        integers=CITATION_INTEGERS,
    ),
    BlockType(type="mcp_tool_listing"),
)
