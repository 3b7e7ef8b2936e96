"""Tools that come and go on the way: which betas they need, for each model and version."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.call import VERSIONS
from mockserver.validation import Checker

INLINE, CHANGES = "inline-tools-2026-09-15", "mid-conversation-tool-changes-2026-07-01"
TOOL = {"name": "lookup", "description": "Looks things up.", "input_schema": {"type": "object", "properties": {}}}
OFFERED = {"name": "ask", "input_schema": {"type": "object"}}
DEFINED = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": TOOL}}
ADDED = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "ask"}}
REMOVED = {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "lookup"}}


def said(block: dict[str, Any], beta: str, model: str = "claude-opus-5", version: str = VERSIONS[-1]) -> str | None:
    """What the API says to a system message with the block, after one that defines its tool if that is allowed."""
    content = [DEFINED, block] if block == REMOVED else [block]
    messages = [{"role": "user", "content": "a"}, {"role": "system", "content": content}]
    body = {"model": model, "max_tokens": 64, "tools": [OFFERED], "messages": messages}
    finding = Checker("anthropic").check_parsed(body, "messages", version, frozenset(filter(None, [beta])))
    return finding.message if finding else None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", ["claude-opus-4-8", "claude-sonnet-5-5", "claude-fable-5-2", "claude-haiku-5-5"])
@pytest.mark.parametrize("block", [DEFINED, ADDED, REMOVED], ids=["defined", "added", "removed"])
def test_inline_tools_need_no_other_beta(block: dict[str, Any], model: str, version: str) -> None:
    assert said(block, INLINE, model, version) is None


@pytest.mark.parametrize("block", [DEFINED, ADDED, REMOVED], ids=["defined", "added", "removed"])
def test_changes_need_a_beta(block: dict[str, Any]) -> None:
    refusal = said(block, "")
    assert refusal is not None
    assert f"Input tag '{block['type'] if block != REMOVED else 'tool_addition'}' found" in refusal


def test_the_older_beta_knows_references_alone() -> None:
    assert said(ADDED, CHANGES) is None
    refusal = said(DEFINED, CHANGES)
    assert refusal is not None
    assert "Input tag 'tool_definition' found" in refusal


SEARCH = {"type": "web_search_20250305", "name": "web_search"}
CODE = {"type": "code_execution_20260120", "name": "code_execution"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "house"}
PENDING = {
    "role": "assistant",
    "content": [{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}],
}


@pytest.mark.parametrize(
    ("tool", "more", "ending"),
    [
        (TOOL, {"tool_choice": {"type": "tool", "name": "lookup"}}, []),
        (TOOL, {"tool_choice": {"type": "any"}}, []),
        (SEARCH, {}, [PENDING]),
        (CODE, {"container": "container_1"}, []),
        (TOOLSET, {"mcp_servers": [{"type": "url", "name": "house", "url": "https://a.example"}]}, []),
    ],
    ids=["tool chosen", "any chosen", "use pending", "container", "server"],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_tools_defined_on_the_way_are_offered(tool: Any, more: dict[str, Any], ending: Any, version: str) -> None:
    betas = frozenset({INLINE, "mcp-client-2026-09-15"})
    addition = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": tool}}
    first = [{"role": "user", "content": "a"}]
    body = {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [*first, *ending], **more}
    assert Checker("anthropic").check_parsed(body, "messages", version, betas) is not None
    messages = [*first, {"role": "system", "content": [addition]}, *ending]
    assert Checker("anthropic").check_parsed({**body, "messages": messages}, "messages", version, betas) is None
