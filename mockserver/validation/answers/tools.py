"""Checks of the tools that an answer calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.records.offers import OUTER
from mockserver.records.reply import Block
from mockserver.validation.answers.exchange import Exchange, Flaw, as_mapping
from mockserver.validation.answers.schemas import describe_breach
from mockserver.validation.texts import excerpt

# The tools that the API runs, by the beginning of their types; all others are run by the caller.
SERVER_TOOLS = ("advisor_", "code_execution_", "tool_search_tool_", "web_fetch_", "web_search_")
USES = ("tool_use", "server_tool_use", "mcp_tool_use")
# Tools that run code of their own to filter their results.
RUN_CODE = ("web_search_2026", "web_fetch_2026")


def tools_are_offered(exchange: Exchange) -> Iterator[Flaw]:
    """Every tool that is called was offered: in ``tools``, by a message, in a toolset or by an MCP server; to code, if
    code calls it (models also call directly what ``allowed_callers`` leaves to code: recorded twice).
    """
    for path, use in exchange.find("tool_use"):
        tool = find_tool(exchange, use)
        caller = _find_caller(use)
        if tool is not None and caller not in ("direct", *_list_callers(tool)):
            yield f"{path}.caller", f"allowed_callers of the tool {_quote(use)} does not name {caller}"
        if tool is None:
            known = [excerpt(tool["name"]) for tool in exchange.offered if tool.get("name") and not is_server(tool)]
            yield f"{path}.name", f"the request offers no tool {_quote(use)}; it offers {', '.join(known) or 'none'}"
    for path, use in exchange.find("server_tool_use"):
        if not _runs(exchange, str(use.get("name"))):
            yield f"{path}.name", f"the request offers no server tool {_quote(use)}"
    for path, use in exchange.find("mcp_tool_use"):
        if str(use.get("server_name")) not in exchange.servers:
            yield f"{path}.server_name", f"the request names no MCP server '{excerpt(use.get('server_name'))}'"


def choice_is_kept(exchange: Exchange) -> Iterator[Flaw]:
    """``tool_choice`` is obeyed: ``none`` brings no call, ``tool`` that tool first (others may follow, recorded
    2025-12), ``any`` and ``tool`` some call; ``disable_parallel_tool_use`` no second one.
    """
    choice = as_mapping(exchange.prompt.body.get("tool_choice"))
    kind, uses = choice.get("type"), [*exchange.find(*USES)]
    if kind == "none" and uses:
        yield f"{uses[0][0]}.name", f"tool_choice is none, but the answer calls {_quote(uses[0][1])}"
    if kind in ("any", "tool") and not uses and exchange.message.get("stop_reason") == "end_turn":
        yield "content", f"tool_choice is {kind}, but the answer calls no tool"
    if kind == "tool" and uses and choice.get("name") not in (name := uses[0][1].get("name"), OUTER.get(str(name))):
        path, use = uses[0]
        yield f"{path}.name", f"tool_choice asks for '{excerpt(choice.get('name'))}', not for {_quote(use)}"
    own = [path for path, _ in exchange.find("tool_use")]
    if choice.get("disable_parallel_tool_use") is True and len(own) > 1:
        yield own[1], f"tool_choice forbids parallel calls, but the answer makes {len(own)}"


def inputs_fit(exchange: Exchange) -> Iterator[Flaw]:
    """The input of every call is valid for the ``input_schema`` of its tool, but for the last one of a torn answer."""
    for path, use in exchange.find("tool_use"):
        if exchange.is_torn and path == exchange.blocks[-1][0]:
            continue
        schema = as_mapping(find_tool(exchange, use)).get("input_schema")
        if isinstance(schema, Mapping) and (found := describe_breach(schema, use.get("input"))):
            yield f"{path}.input{found[0]}", f"the input_schema of {_quote(use)}: {found[1]}"


def pauses_have_a_server_tool(exchange: Exchange) -> Iterator[Flaw]:
    """Only a turn with a tool that the API runs is paused."""
    if exchange.message.get("stop_reason") == "pause_turn" and not (
        exchange.servers or any(map(is_server, exchange.offered)) or _runs(exchange, "code_execution")
    ):
        yield "stop_reason", "is pause_turn, but the request offers no server tool whose turn could be paused"


def find_tool(exchange: Exchange, use: Block) -> Mapping[str, Any] | None:
    """The caller's tool that a block calls, or the toolset that holds it; None when none is offered."""
    name, toolset = use.get("name"), use.get("toolset_name")
    for tool in exchange.offered:
        if toolset is not None and str(tool.get("type")).startswith(f"{toolset}_toolset"):
            return tool
        if toolset is None and tool.get("name") == name and not is_server(tool):
            return tool
    return None


def is_server(tool: Mapping[str, Any]) -> bool:
    """Whether the API runs the tool itself."""
    return str(tool.get("type") or "").startswith(SERVER_TOOLS)


def _runs(exchange: Exchange, name: str) -> bool:
    """Whether a server tool is offered; what code may call, and the newer web tools, imply code (recorded 2026-02)."""
    start = OUTER.get(name, name)
    starts = (start, *RUN_CODE) if start == "code_execution" else (start,)
    return any(
        (is_server(tool) and str(tool.get("type")).startswith(starts)) or start in _list_callers(tool)
        for tool in exchange.offered
    )


def _list_callers(tool: Mapping[str, Any]) -> set[str]:
    """Who may call a tool: ``direct``, ``code_execution``."""
    callers = tool.get("allowed_callers")
    return {_find_stem(str(caller)) for caller in callers} if isinstance(callers, list) else set()


def _find_caller(use: Block) -> str:
    return _find_stem(str(as_mapping(use.get("caller")).get("type") or "direct"))


def _find_stem(caller: str) -> str:
    """The caller without the version of its tool."""
    return caller.rpartition("_")[0] or caller


def _quote(use: Block) -> str:
    return f"'{excerpt(use.get('name'))}'"
