"""The tools that a request offers to the generator: what they are, and what was called or found before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.records.offers import OUTER
from mockserver.records.prompt import Prompt, blocks_of, text_of
from mockserver.records.reply import Block
from mockserver.reference import client_tags

Tool = Mapping[str, Any]
USES = ("tool_use", "server_tool_use", "mcp_tool_use")


def parse_kind(tool: Tool) -> str:
    """The type of a tool without its date (``computer_toolset`` for ``computer_toolset_20260801``), "" if custom."""
    kind = str(tool.get("type") or "custom")
    stem, _, date = kind.rpartition("_")
    return "" if kind == "custom" else stem if date.isdigit() else kind


def list_offered(prompt: Prompt) -> Sequence[Tool]:
    """The tools in force, and a toolset for each MCP server that has none (before mcp-client-2025-11-20)."""
    servers = prompt.body.get("mcp_servers")
    if not servers:
        return prompt.offered
    known = {str(tool.get("mcp_server_name")) for tool in prompt.offered}
    toolsets = [
        {"type": "mcp_toolset", "mcp_server_name": str(server.get("name"))}
        for server in servers
        if str(server.get("name")) not in known
    ]
    return [*prompt.offered, *toolsets]


def list_members(toolset: Tool, prompt: Prompt) -> list[str]:
    """The names of an MCP toolset's tools, as far as the request tells them."""
    names = [str(tool.get("name")) for tool in toolset.get("tools") or ()]
    for server in prompt.body.get("mcp_servers") or ():
        if server.get("name") == toolset.get("mcp_server_name"):
            names += map(str, (server.get("tool_configuration") or {}).get("allowed_tools") or ())
    configs = toolset.get("configs") or {}
    default = (toolset.get("default_config") or {}).get("enabled")
    names += configs
    return [name for name in dict.fromkeys(names) if _get(_get(configs, name), "enabled", default) is not False]


def _get(mapping: Any, key: str, default: Any = None) -> Any:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return default if value is None else value


def list_used(prompt: Prompt) -> dict[str, None]:
    """The tools called since the user's last text, the last one first: by name, toolsets and MCP servers by theirs."""
    uses = (block for block in _find_recent(prompt) if block.get("type") in USES)
    return dict.fromkeys(name for use in uses for name in _list_names(use))


def find_new_text(message: Mapping[str, Any]) -> str:
    """The user's text beside the results of tools, without the text that clients add; "" when there is none."""
    return client_tags.remove(text_of(message.get("content") or "")).strip()


def list_fetched(prompt: Prompt) -> set[str]:
    """The URLs of the pages that were fetched in the conversation."""
    uses = (block for message in prompt.messages for block in blocks_of(message) if block.get("name") == "web_fetch")
    return {str(_get(use.get("input"), "url")) for use in uses}


def _find_recent(prompt: Prompt) -> Iterator[Block]:
    """The blocks of the assistant since the user's last text, from the last message on."""
    for message in reversed(prompt.messages):
        blocks = blocks_of(message)
        if message.get("role") == "assistant":
            yield from reversed(blocks)
        elif message.get("role") == "user" and (
            not any(block.get("type") == "tool_result" for block in blocks) or find_new_text(message)
        ):
            return


def _list_names(use: Block) -> Iterator[str]:
    name = str(use.get("name"))
    yield OUTER.get(name, name)
    yield from (str(use[key]) for key in ("toolset_name", "server_name") if use.get(key))


def find_loaded(prompt: Prompt) -> set[str]:
    """The deferred tools that were found by a search for tools, the API's or the caller's own."""
    return {str(each.get("tool_name")) for message in prompt.messages for each in _find_references(message)}


def list_deferred(prompt: Prompt) -> list[Tool]:
    """The tools that a search for tools can find: deferred ones, also those added since (source: recorded 2026-07)."""
    offered = set(prompt.tools)
    sent = prompt.body.get("tools") or ()
    return [tool for tool in sent if tool.get("defer_loading") and tool.get("name") in offered]


def _find_references(message: Mapping[str, Any]) -> Iterator[Block]:
    for block in blocks_of(message):
        content = block.get("content")
        found = content.get("tool_references") if isinstance(content, Mapping) else content
        if block.get("type") in ("tool_result", "tool_search_tool_result") and isinstance(found, list):
            yield from (each for each in found if isinstance(each, Mapping) and "tool_name" in each)


def list_callings(tool: Tool) -> set[str]:
    """The names under which calls of the tool are found in ``list_used``."""
    kind = parse_kind(tool)
    if kind in ("computer_toolset", "browser_toolset"):
        return {kind.partition("_")[0]}
    return {str(tool.get("mcp_server_name") or tool.get("name"))}
