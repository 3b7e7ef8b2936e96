"""Rules of tools that a message defines on the way: they are judged as those of ``tools``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.errors import Finding
from mockserver.validation.facts import BlockRef, Facts, refuse
from mockserver.validation.rules import advisors, grammar, searches, tools
from mockserver.validation.texts import excerpt

_PLACE = ".tool_addition.tool.tool_definition.definition"
_CONFLICT = {"error_code": "tool_name_conflict"}
# The rules of one tool; those of all tools together count these definitions themselves.
_RULES = (
    tools.schemas_plain,
    tools.schemas_valid,
    tools.types_supported,
    advisors.advisor_capable,
    advisors.advice_within_cap,
    tools.code_may_call,
    tools.strict_called_directly,
    tools.deferred_uncached,
    tools.examples_valid,
    tools.domains_one_way,
    searches.place_named,
    searches.country_supported,
    searches.domains_accessible,
    grammar.strict_tools_compile,
    grammar.strict_tools_simple,
)


def names_kept(facts: Facts) -> Finding | None:
    """A tool that a message defines does not take the name of an available one of another kind.

    A later version of a tool of the API is of its kind, and a removed tool's name is free: both inferred. The tools of
    MCP servers are not known here.
    Source: error code tool_name_conflict of the official SDK (2.14), both API versions; text inferred.
    """
    kinds = {tool["name"]: _read_kind(tool) for tool in facts.tools if "name" in tool}
    for ref in _list_changes(facts):
        change = ref.block.get("tool") or {}
        if ref.block["type"] == "tool_removal":
            kinds.pop(change.get("name"), None)
            continue
        tool = change.get("definition") or {}
        if "name" in tool and kinds.setdefault(tool["name"], _read_kind(tool)) != _read_kind(tool):
            text = f"Tool name '{excerpt(tool['name'])}' is already held by an available tool of another kind"
            return refuse(f"{ref.path}{_PLACE}: {text}", details=_CONFLICT)
    return None


def definitions_valid(facts: Facts) -> Finding | None:
    """The definition of a tool in a message keeps the rules of a tool offered from the start.

    Source: by analogy with those (observed 2026), their texts with another place; both API versions.
    """
    for path, tool in _list_definitions(facts):
        alone = replace(facts, body={**facts.body, "tools": [tool]})
        found = next((found for rule in _RULES if (found := rule(alone))), None)
        if found:
            message, at = (_move(text, path) for text in (found.message, found.path))
            return refuse(message, path=at if at != "tools" else path, details=found.details)
    return None


def _list_definitions(facts: Facts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The tools that messages define, each with its place."""
    for ref in _list_changes(facts):
        definition = (ref.block.get("tool") or {}).get("definition")
        if definition:
            yield ref.path + _PLACE, definition


def _list_changes(facts: Facts) -> list[BlockRef]:
    """The blocks that add or remove tools, in their order."""
    return sorted(facts.survey.of("tool_addition", "tool_removal"), key=lambda ref: ref.indices)


def _move(text: str, path: str) -> str:
    """What is said of the only tool, said of the one at ``path``."""
    return path + text.removeprefix("tools.0") if text.startswith("tools.0") else text


def _read_kind(tool: Mapping[str, Any]) -> str:
    """The type of a tool without its version."""
    return str(tool.get("type") or "custom").rstrip("0123456789")
