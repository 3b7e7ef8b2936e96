"""Rules of references: the tools and MCP servers that messages or other tools name must exist."""

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
    for at, name in _find_references(facts):
        if name not in names:
            return refuse(f"Tool reference '{excerpt(name)}' not found in available tools", path=at)
    return None


def _find_references(facts: Facts) -> Iterator[tuple[str, str]]:
    """The path of each reference to a tool, and the tool's name."""
    for index, tool in enumerate(facts.tools):
        for key, source in (tool.get("url_sources") or {}).items():
            at = f"tools.{index}.{tool.get('type')}.url_sources.{key}"
            yield from ((at, str(listing.get("name"))) for listing in source.get("tools") or ())
    yield from ((ref.path, str(ref.block.get("tool_name"))) for ref in facts.survey.of("tool_reference"))


def changes_resolved(facts: Facts) -> Finding | None:
    """A tool_addition or tool_removal names a tool of the request, or one defined in an earlier message.

    Source: error code tool_reference_unresolved of the official SDK; text inferred.
    """
    names = {("", str(tool.get("name"))) for tool in facts.tools} | {_server_name(tool) for tool in facts.tools}
    refs = sorted(facts.survey.of("tool_addition", "tool_removal"), key=lambda ref: ref.indices)
    for ref in refs:
        change = ref.block.get("tool") or {}
        defined = change.get("definition")
        if defined:
            names |= {("", str(defined.get("name"))), _server_name(defined)}
        elif _read_name(change) not in names:
            name = excerpt(change.get("name") or change.get("server_name"))
            return refuse(f"{ref.path}: Tool reference '{name}' is not defined at this position", details=_UNRESOLVED)
    return None


def _server_name(tool: Tool) -> tuple[str, str]:
    return "server", str(tool.get("mcp_server_name"))


def _read_name(change: Mapping[str, Any]) -> tuple[str, str]:
    """The tool that a change names: by its own name, or by its MCP server, whose tools are not known here."""
    if change.get("type") == "tool_reference":
        return "", str(change.get("name"))
    return "server", str(change.get("server_name"))
