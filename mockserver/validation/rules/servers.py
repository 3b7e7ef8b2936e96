"""Rules of the parts that run on servers: containers, skills, MCP servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt

_SKILLS = "skills-2025-10-02"
# The first beta of the connector had no toolsets: its servers were configured in place.
_IN_PLACE = "mcp-client-2025-04-04"


def container_plain(facts: Facts) -> Finding | None:
    """Without the beta for skills, a container is named by a string; with code execution the newest SDK takes either.

    Source: observed 2026-08 of a container's id; the SDK of 2026-11; what names nothing, and what names nothing but
    skills, by analogy. Both API versions.
    """
    given = facts.body.get("container")
    if not isinstance(given, Mapping) or facts.has_beta(_SKILLS) or any(map(_runs_code, facts.offered)):
        return None
    return refuse("container: Input should be a valid string")


def container_used(facts: Facts) -> Finding | None:
    """A container, with or without skills, requires code execution.

    Source: observed 2026-09, checked after keys and shapes; tools called by code count as well (recorded 2026-02).
    """
    given = facts.body.get("container")
    named = any(given.values()) if isinstance(given, Mapping) else given
    if not named or any(_runs_code(tool) for tool in facts.offered):
        return None
    return refuse("container: Container identifier can only be provided when using the code execution tool")


def _runs_code(tool: Mapping[str, Any]) -> bool:
    # The newer web tools run code of their own to filter their results.
    kind = str(tool.get("type") or "")
    called = any(str(caller).startswith("code_execution") for caller in tool.get("allowed_callers") or ())
    return called or kind.startswith(("code_execution", "web_search_2026", "web_fetch_2026"))


def servers_encrypted(facts: Facts) -> Finding | None:
    """An MCP server is reached by HTTPS.

    Source: documented, MCP connector; text inferred.
    """
    for index, server in enumerate(facts.body["mcp_servers"] or ()):
        if not str(server.get("url")).lower().startswith("https://"):
            return refuse(f"mcp_servers.{index}.url: URL must start with https://")
    return None


def servers_referenced(facts: Facts) -> Finding | None:
    """Each MCP server has a name of its own and is used by exactly one mcp_toolset, each of which names a server.

    With the connector's first beta, servers are configured in place; a gateway's caller who names no beta may mean it.
    Source: observed 2026 (unreferenced); recorded (without headers); documented, MCP connector; other texts inferred.
    """
    has_toolsets = any(tool.get("type") == "mcp_toolset" for tool in facts.tools)
    if _IN_PLACE in facts.betas or (facts.is_open and not has_toolsets):
        return None
    servers = Counter(excerpt(server.get("name")) for server in facts.body.get("mcp_servers") or ())
    named = Counter(excerpt(tool.get("mcp_server_name")) for tool in facts.offered if tool.get("type") == "mcp_toolset")
    for name, times in servers.items():
        if times > 1:
            return refuse(f"mcp_servers: MCP server names must be unique. Found multiple servers named '{name}'")
        if name not in named:
            text = f"MCP server '{name}' is defined but not referenced by any mcp_toolset in tools"
            return refuse(text, path="mcp_servers")
        if named[name] > 1:
            return refuse(f"MCP server '{name}' is referenced by more than one mcp_toolset in tools", path="tools")
    for name in named:
        if name not in servers:
            text = f"MCP server '{name}' is referenced by an mcp_toolset but not defined in mcp_servers"
            return refuse(text, path="tools")
    return None
