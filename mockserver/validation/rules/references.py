"""Rules of references: tools and MCP servers that messages or other tools name are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt

Tool = Mapping[str, Any]
_UNRESOLVED = {"error_code": "tool_reference_unresolved"}


def references_resolved(facts: Facts) -> Finding | None:
    """A tool_reference, in a tool result or in a web tool's url_sources, names a tool of the request.

    Source: observed 2026-08; those of MCP servers or added on the way are not known here.
    """
    if "tool_addition" in facts.survey.kinds or any(tool.get("type") == "mcp_toolset" for tool in facts.tools):
        return None
    names = {tool.get("name") for tool in facts.tools}
    for at, name in _referenced(facts):
        if name not in names:
            return refuse(f"Tool reference '{excerpt(name)}' not found in available tools", path=at)
    return None


def _referenced(facts: Facts) -> Iterator[tuple[str, str]]:
    """Where a tool is referred to, and its name."""
    for index, tool in enumerate(facts.tools):
        for key, source in (tool.get("url_sources") or {}).items():
            at = f"tools.{index}.{tool.get('type')}.url_sources.{key}"
            yield from ((at, str(listed.get("name"))) for listed in source.get("tools") or ())
    yield from ((ref.path, str(ref.block.get("tool_name"))) for ref in facts.survey.of("tool_reference"))


def changes_resolved(facts: Facts) -> Finding | None:
    """A tool_addition or tool_removal names a tool of the request, or one defined in an earlier message.

    Source: error code tool_reference_unresolved of the official SDK; text inferred.
    """
    names = {("", str(tool.get("name"))) for tool in facts.tools} | {_server(tool) for tool in facts.tools}
    refs = sorted(facts.survey.of("tool_addition", "tool_removal"), key=lambda ref: ref.indices)
    for ref in refs:
        change = ref.block.get("tool") or {}
        defined = change.get("definition")
        if defined:
            names |= {("", str(defined.get("name"))), _server(defined)}
        elif _named(change) not in names:
            name = excerpt(change.get("name") or change.get("server_name"))
            return refuse(f"{ref.path}: Tool reference '{name}' is not defined at this position", details=_UNRESOLVED)
    return None


def _server(tool: Tool) -> tuple[str, str]:
    return "server", str(tool.get("mcp_server_name"))


def _named(change: Mapping[str, Any]) -> tuple[str, str]:
    """What a change refers to: a tool by its name, an MCP tool by its server, whose tools are not known here."""
    if change.get("type") == "tool_reference":
        return "", str(change.get("name"))
    return "server", str(change.get("server_name"))
