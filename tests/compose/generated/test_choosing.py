"""Which tools a generated answer calls: those the text names come first, in turns, one at a time when that is asked."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.validation import Checker
from tests.compose.generated.test_asking import BASH, EDITOR, FETCH, MCP, MEMORY, REGEX, SEARCH, used
from tests.compose.generated.test_server_tools import BETAS, VERSION
from tests.compose.generated.test_tool_calls import call
from tests.composing import message
from tests.generating import CLOCK, WEATHER, kinds, reply

ANY = {"type": "any"}
OWN = {"name": "x", "input_schema": {"type": "object"}}
TEA = "Remember that I like tea and run the command `ls`, then open /src/main.py"
CODE = {"type": "code_execution_20260120", "name": "code_execution"}
BY_CODE = {**WEATHER, "allowed_callers": ["code_execution_20260120"]}


@pytest.mark.parametrize("tools", [[MEMORY, BASH], [EDITOR, MEMORY], [BASH, EDITOR, MEMORY]])
def test_parallel_calls_can_be_switched_off(tools: list[dict[str, Any]]) -> None:
    assert len(used(TEA, tools)) == len(tools)
    assert len(used(TEA, tools, tool_choice={"type": "auto", "disable_parallel_tool_use": True})) == 1


def test_server_tools_stay_beside_the_one_call() -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    asked = "Remember that I like tea, run the command `ls`, and search the web for tea."
    assert used(asked, [MEMORY, BASH, SEARCH], tool_choice=choice) == ["web_search", "memory"]


@pytest.mark.parametrize(
    ("asked", "tools", "name"),
    [
        ("Use web_search to find parrots", [SEARCH, OWN], "web_search"),
        ("Search the web for parrots", [CLOCK, WEATHER, SEARCH], "web_search"),
        ("Fetch https://b.org/x", [OWN, FETCH], "web_fetch"),
        ("Remember that I like tea", [OWN, MEMORY], "memory"),
        ("Use deep-wiki to find it", [OWN, MCP], "ask_question"),
        ("Find a tool", [REGEX, OWN], "tool_search_tool_regex"),
        # Its verbs are those of a search, its name is the caller's.
        ("Use get_weather to look up the weather", [SEARCH, CLOCK, WEATHER], "get_weather"),
        ("Don't use get_weather, use get_time", [WEATHER, CLOCK], "get_time"),
        ("Use get_time, then get_weather", [WEATHER, CLOCK], "get_time"),
        ("Call get_time now", [SEARCH, WEATHER, CLOCK], "get_time"),
    ],
)
def test_any_takes_the_tool_that_the_text_names(asked: str, tools: list[dict[str, Any]], name: str) -> None:
    assert used(asked, tools, tool_choice=ANY) == [name]


def test_note_is_written_under_any_when_asked_for() -> None:
    (asked,) = reply("Remember that I like tea", tools=[MEMORY], tool_choice=ANY).content
    (forced,) = reply("Hello", tools=[MEMORY], tool_choice=ANY).content
    assert (asked["input"]["command"], forced["input"]["command"]) == ("create", "view")


def test_any_takes_each_tool_in_turn() -> None:
    asked: list[Any] = [{"role": "user", "content": "Go on."}]
    names = []
    for turn in range(6):
        (use,) = reply(asked, tools=[OWN, CLOCK, WEATHER], tool_choice=ANY).content
        names.append(use["name"])
        asked += call(use["name"], id=f"toolu_{turn}")
    assert len(set(names[:3])) == 3
    assert names[3:] == names[:3]


def test_any_comes_to_the_server_tool() -> None:
    asked = [{"role": "user", "content": "Hello"}, *call("x")]
    assert kinds(reply(asked, tools=[SEARCH, OWN], tool_choice=ANY)) == [
        "server_tool_use",
        "web_search_tool_result",
        "text",
        "text",
    ]


def answer_tools(*beside: str) -> list[Any]:
    """A call of x, and its result with texts beside it."""
    use, result = call("x")
    texts = [{"type": "text", "text": said} for said in beside]
    return [{"role": "user", "content": "Hello"}, use, {**result, "content": [*result["content"], *texts]}]


def test_text_beside_a_result_asks_for_tools() -> None:
    assert used(answer_tools("Now search the web for parrots"), [SEARCH, OWN]) == ["web_search"]
    reminder = "<system-reminder>search the web</system-reminder>"
    assert used(answer_tools(reminder), [SEARCH, OWN]) == []
    assert used(answer_tools(), [SEARCH, OWN]) == []


def test_text_beside_a_result_begins_the_round_anew() -> None:
    assert used(answer_tools("Once more, please."), [OWN, CLOCK], tool_choice=ANY) == ["x"]
    assert used(answer_tools(), [OWN, CLOCK], tool_choice=ANY) == ["get_time"]


@pytest.mark.parametrize("kind", ["code_execution_20250825", "code_execution_20260120"])
def test_code_calls_the_tool_that_only_it_may_call(kind: str) -> None:
    """As recorded 2026-02: the code, the call that names it, and no result."""
    tools = [{**CODE, "type": kind}, {**WEATHER, "allowed_callers": [kind]}]
    asked: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    body = {"model": "claude-opus-4-5", "max_tokens": 500, "messages": asked, "tools": tools, "tool_choice": ANY}
    answer = reply(asked, tools=tools, tool_choice=ANY)
    said = message(*answer.content, request=body, container=answer.container)
    code, use = said["content"]
    assert (code["name"], use["name"], said["stop_reason"]) == ("code_execution", "get_weather", "tool_use")
    assert "await get_weather(" in code["input"]["code"]
    assert use["caller"] == {"type": kind, "tool_id": code["id"]}
    result = {"type": "tool_result", "tool_use_id": use["id"], "content": "18"}
    back = [*asked, {"role": "assistant", "content": said["content"]}, {"role": "user", "content": [result]}]
    container = said["container"]["id"]
    again = {**body, "messages": back, "container": container}
    assert Checker("anthropic").check_parsed(again, "messages", VERSION, BETAS) is None
    ended = reply(back, tools=tools, tool_choice=ANY)
    assert kinds(ended) == ["code_execution_tool_result", "text"]
    assert ended.content[0]["content"]["stdout"] == "18\n"


def test_code_calls_no_tool_unasked() -> None:
    assert used("Calculate 3 * 4", [CODE, BY_CODE]) == ["code_execution"]
    assert used("Hello", [CODE, OWN], tool_choice=ANY) == ["x"]
    both = {**WEATHER, "allowed_callers": ["direct", "code_execution_20260120"]}
    assert used("Hello", [CODE, both], tool_choice={"type": "tool", "name": "code_execution"}) == ["code_execution"]


def test_search_beside_a_call_is_finished() -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "gold"}}
    _, use, result = answer_tools()
    asked = [{"role": "user", "content": "Hello"}, {**use, "content": [search, *use["content"]]}, result]
    answer = reply(asked, tools=[SEARCH, OWN])
    assert kinds(answer) == ["web_search_tool_result", "text"]
    assert answer.content[0]["tool_use_id"] == "srvtoolu_1"


@pytest.mark.parametrize("content", ["Remember that I like tea", "Say hello"])
def test_thought_that_was_asked_for_stays(content: str) -> None:
    asked: Any = {"tools": [MEMORY], "max_tokens": 25}
    for_it = {"type": "enabled", "budget_tokens": 1024}
    assert kinds(reply(content, thinking=for_it, **asked))[0] == "thinking"
    assert "thinking" not in kinds(reply(content, thinking={"type": "adaptive"}, model="claude-opus-4-6", **asked))
