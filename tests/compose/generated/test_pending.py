"""An answer that continues a paused one begins with the results that it left open."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.validation import Checker
from tests.compose.generated.test_server_tools import BETAS, READY, VERSION, tool
from tests.composing import message
from tests.generating import kinds, reply

CASES = [
    (tool("web_search_20250305"), "web_search", {"query": "gold"}),
    (tool("web_search_20260318", allowed_callers=["direct"]), "web_search", {"query": "gold"}),
    (tool("web_fetch_20250910"), "web_fetch", {"url": "https://example.com/gold"}),
    (tool("code_execution_20250522"), "code_execution", {"code": "print(1)"}),
    (tool("code_execution_20260521"), "bash_code_execution", {"command": "echo 1"}),
]


def pause(name: str, given: Any) -> list[Any]:
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": given}
    return [{"role": "user", "content": "Go on, please."}, {"role": "assistant", "content": [use]}]


@pytest.mark.parametrize(("offered", "name", "given"), CASES)
def test_result_comes_first(offered: dict[str, Any], name: str, given: dict[str, Any]) -> None:
    asked = pause(name, given)
    answer = reply(asked, tools=[offered, READY])
    if "code" in given:
        assert answer.content[0]["content"]["stdout"] == "1\n"
    assert kinds(answer) == [f"{name}_tool_result", "text"]
    body = {"model": "claude-sonnet-4-6", "max_tokens": 500, "messages": asked, "tools": [offered, READY]}
    said = message(*answer.content, request=body)
    assert said["content"][0]["tool_use_id"] == "srvtoolu_1"
    ended = [*asked[0:1], {"role": "assistant", "content": [*asked[1]["content"], *said["content"]]}]
    back = {**body, "messages": [*ended, {"role": "user", "content": "Thanks."}]}
    assert Checker("anthropic").check_parsed(back, "messages", VERSION, BETAS) is None


@pytest.mark.parametrize(("offered", "name", "given"), CASES)
def test_only_results_of_web_tools_name_their_caller(offered: dict[str, Any], name: str, given: dict[str, Any]) -> None:
    asked = pause(name, given)
    asked[1]["content"][0]["caller"] = {"type": "direct"}
    first = reply(asked, tools=[offered, READY]).content[0]
    assert ("caller" in first) is name.startswith("web_")


@pytest.mark.parametrize("name", ["tool_search_tool_bm25", "advisor", "unheard_of"])
def test_other_tools_are_left_open(name: str) -> None:
    assert kinds(reply(pause(name, {}), tools=[READY])) == ["text"]


@pytest.mark.parametrize("use_id", [{}, [], None, 7])
def test_use_with_any_id_is_answered(use_id: Any) -> None:
    asked = pause("code_execution", {"code": "print(1)"})
    asked[1]["content"][0]["id"] = use_id
    call = {"type": "tool_use", "id": use_id, "name": "x", "input": {}, "caller": {"tool_id": use_id}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "Done."}
    asked[1]["content"].append(call)
    assert "text" in kinds(reply([*asked, {"role": "user", "content": [result]}], tools=[READY]))


@pytest.mark.parametrize("given", [{"url": "https://["}, {"url": 7}, {}, None, "x"])
def test_any_input_is_answered(given: Any) -> None:
    assert kinds(reply(pause("web_fetch", given), tools=[READY])) == ["web_fetch_tool_result", "text"]
