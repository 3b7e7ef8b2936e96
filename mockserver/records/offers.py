"""The tools in force: those of the request, as messages on the way have changed them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Tool = Mapping[str, Any]
Key = tuple[str, str]
# Server tools that are part of another one, which is the one offered.
OUTER = {"bash_code_execution": "code_execution", "text_editor_code_execution": "code_execution"}


def find_offered(tools: Sequence[Tool], messages: Iterable[Mapping[str, Any]]) -> Sequence[Tool]:
    """The tools after the last message: what ``tool_addition`` adds is there, what ``tool_removal`` takes away is not.

    A tool that is added by its name is no longer deferred. Source: the SDK's types of tool changes (2026-07, inline
    definitions 2026-09); additions of deferred tools recorded 2026-07. Messages may be of any shape: requests that the
    API refuses are recorded too, and changes in them that cannot be understood are none.
    """
    changes = list(_find_changes(messages))
    if not changes:
        return tools
    known = {_make_key(tool): tool for tool in tools}
    offered = dict(known)
    for kind, tool in changes:
        if kind == "tool_removal":
            _remove(tool, offered)
        else:
            _add(tool, known, offered)
    return tuple(offered.values())


def _find_changes(messages: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Tool]]:
    for message in messages:
        content = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(content, list) and message.get("role") == "system":
            yield from ((str(block["type"]), block["tool"]) for block in content if _is_change(block))


def _is_change(block: Any) -> bool:
    if not isinstance(block, Mapping) or block.get("type") not in ("tool_addition", "tool_removal"):
        return False
    tool = block.get("tool")
    if not isinstance(tool, Mapping):
        return False
    definition = tool.get("definition") or {}
    return isinstance(definition, Mapping) and isinstance(definition.get("name") or "", str)


def _make_key(tool: Tool) -> Key:
    """A tool's name; of a toolset, which has none, its server or its type."""
    if tool.get("type") == "mcp_toolset":
        return "server", str(tool.get("mcp_server_name"))
    return ("name", str(tool["name"])) if tool.get("name") else ("type", str(tool.get("type")))


def _add(tool: Tool, known: dict[Key, Tool], offered: dict[Key, Tool]) -> None:
    definition = tool.get("definition")
    if definition:
        known[_make_key(definition)] = offered[_make_key(definition)] = definition
        return
    key = _make_reference(tool)
    if key in known:
        old = offered.get(key, known[key])
        if tool.get("type") == "mcp_tool_reference":
            offered[key] = _switch(old, str(tool.get("name")), is_on=True)
        else:
            offered[key] = {field: value for field, value in old.items() if field != "defer_loading"}


def _remove(tool: Tool, offered: dict[Key, Tool]) -> None:
    key = _make_reference(tool)
    if key in offered and tool.get("type") == "mcp_tool_reference":
        offered[key] = _switch(offered[key], str(tool.get("name")), is_on=False)
    else:
        offered.pop(key, None)


def _make_reference(tool: Tool) -> Key:
    """The key of the tool that a change names; one tool of an MCP server is changed in its toolset."""
    return ("server", str(tool["server_name"])) if "server_name" in tool else ("name", str(tool.get("name")))


def _switch(toolset: Tool, name: str, *, is_on: bool) -> Tool:
    configs = _as_mapping(toolset.get("configs"))
    config = {**_as_mapping(configs.get(name)), "enabled": is_on, "defer_loading": False}
    return {**toolset, "configs": {**configs, name: config}}


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
