"""Shorthands without ``content`` become blocks in the order of the API."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.scenarios.answering.blocks import build_blocks
from tests.scenarios.samples import answer as answer_of

SEARCH: dict[str, Any] = {"query": "parrots", "results": []}
TOOL = {"name": "x", "input": {}}
USE, FOUND = "server_tool_use", "web_search_tool_result"


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ({"text": "a", "web_search": SEARCH}, [USE, FOUND, "text"]),
        ({"text": "a", "web_search": {"query": "q"}}, ["text", USE]),
        ({"text": "a", "web_search": [SEARCH, {"query": "q"}]}, [USE, FOUND, "text", USE]),
        ({"text": "a", "web_search": [{"query": "q"}, SEARCH]}, [USE, FOUND, "text", USE]),
        (
            {"text": "a", "web_fetch": {"url": "u"}, "mcp": {"server": "s", "name": "n", "result": "r"}},
            ["mcp_tool_use", "mcp_tool_result", "text", USE],
        ),
        (
            {"text": "a", "code_execution": {"code": "1"}, "container_upload": "file_1"},
            ["container_upload", "text", USE],
        ),
        ({"text": "a", "web_search": {"query": "q", "error": "unavailable"}}, [USE, FOUND, "text"]),
        ({"text": "a", "tool_use": TOOL}, ["text", "tool_use"]),
        ({"text": "a", "tool_use": TOOL, "web_search": SEARCH}, [USE, FOUND, "text", "tool_use"]),
        ({"text": "a", "tool_use": TOOL, "code_execution": {"code": "1"}}, ["text", USE, "tool_use"]),
        ({"text": ["a", "b"], "json": {}, "thinking": "t"}, ["thinking", "text", "text", "text"]),
        (
            {
                "json": 1,
                "redacted_thinking": "x",
                "thinking": "t",
                "bash_code_execution": {"command": "ls", "stdout": ""},
            },
            ["thinking", "redacted_thinking", USE, "bash_code_execution_tool_result", "text"],
        ),
        ({"text": "a", "web_fetch": {"url": "u", "text": "t"}}, [USE, "web_fetch_tool_result", "text"]),
        (
            {"text": "a", "mcp": {"server": "s", "name": "n", "result": "r"}},
            ["mcp_tool_use", "mcp_tool_result", "text"],
        ),
        ({"text": "a", "mcp": {"server": "s", "name": "n"}}, ["text", "mcp_tool_use"]),
        ({"text": "a", "container_upload": "file_1"}, ["container_upload", "text"]),
        ({"text": "a", "tool_search": {"query": "q", "tools": []}}, [USE, "tool_search_tool_result", "text"]),
        ({"type": "text", "text": "a"}, ["text"]),
    ],
)
def test_texts_come_behind_results_and_before_open_calls(answer: dict[str, Any], kinds: list[str]) -> None:
    assert [block["type"] for block in build_blocks(answer)] == kinds


def test_content_keeps_its_order() -> None:
    content = [{"text": "I'll look."}, {"web_search": SEARCH}, {"text": "Found."}]
    answer = answer_of({"content": content})
    assert [block["type"] for block in answer.content] == ["text", USE, FOUND, "text"]
