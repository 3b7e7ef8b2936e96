"""Scripted answers take up what the answer before left open, and code makes the calls that name it."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.prompt import Prompt
from mockserver.records.reply import Block
from mockserver.validation import Checker
from tests.composing import CALL, FOUND, HELLO, SEARCH, body, message

CODE_TOOL: dict[str, Any] = {"type": "code_execution_20250825", "name": "code_execution"}
WEATHER: dict[str, Any] = {"name": "get_weather", "input_schema": {"type": "object"}}
BY_CODE: dict[str, Any] = {**WEATHER, "allowed_callers": ["code_execution_20260120"]}
CALLED: Block = {**CALL, "caller": "code_execution"}
RUN: Block = {"type": "server_tool_use", "name": "code_execution", "input": {"code": "x = await get_weather()"}}
RESULT: dict[str, Any] = {"type": "code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []}


def kinds(said: dict[str, Any]) -> list[str]:
    return [block["type"] for block in said["content"]]


def go_on(request: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The next request: the answer sent back, with the results of its calls and its container."""
    sent = [*request["messages"], {"role": "assistant", "content": said["content"]}]
    uses = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": each, "content": f"{at} degrees"} for at, each in enumerate(uses)]
    container = {"container": said["container"]["id"]} if "container" in said else {}
    return {**request, "messages": [*sent, *([{"role": "user", "content": results}] if results else [])], **container}


@pytest.mark.parametrize(
    ("tools", "kind"),
    [
        ([BY_CODE], "code_execution_20260120"),
        ([CODE_TOOL, WEATHER], "code_execution_20250825"),
        ([CODE_TOOL, BY_CODE], "code_execution_20260120"),
        ([], "code_execution_20260120"),
    ],
)
def test_code_calls_waits_and_calls_again(tools: list[dict[str, Any]], kind: str) -> None:
    """As recorded 2026-02: text, code, the call; then the second call of the same code alone; then its result."""
    first = body(tools=tools)
    said = message(HELLO, CALLED, request=first)
    assert (kinds(said), said["stop_reason"]) == (["text", "server_tool_use", "tool_use"], "tool_use")
    code, use = said["content"][1:]
    assert code["input"] == {"code": 'print(await get_weather({"city":"Oslo"}))'}
    assert use["caller"] == {"type": kind, "tool_id": code["id"]}
    second = go_on(first, said)
    again = message(CALLED, request=second)
    assert (kinds(again), again["content"][0]["caller"]) == (["tool_use"], use["caller"])
    assert again["container"]["id"] == said["container"]["id"]
    third = go_on(second, again)
    ended = message(HELLO, request=third)
    assert kinds(ended) == ["code_execution_tool_result", "text"]
    assert ended["content"][0]["tool_use_id"] == code["id"]
    assert ended["content"][0]["content"]["stdout"] == "0 degrees\n0 degrees\n"
    whole = go_on(third, ended)
    last = {**whole, "messages": [*whole["messages"], {"role": "user", "content": "Thanks."}]}
    for request in (second, third, last):
        assert not tools or Checker("anthropic").check_parsed(request, "messages", "2023-06-01") is None


def test_code_makes_parallel_calls() -> None:
    said = message(CALLED, {**CALLED, "input": {"city": "Rome"}}, request=body(tools=[BY_CODE]))
    code, *uses = said["content"]
    assert code["input"]["code"].count("await get_weather(") == 2
    assert {use["caller"]["tool_id"] for use in uses} == {code["id"]}


def test_code_of_the_script_makes_the_call() -> None:
    said = message(RUN, CALLED, request=body(tools=[BY_CODE]))
    assert kinds(said) == ["server_tool_use", "tool_use"]
    assert said["content"][0]["input"] == RUN["input"]
    done: Block = {"type": "code_execution_tool_result", "content": RESULT}
    # That code has ended: another one calls.
    assert kinds(message(RUN, done, CALLED)) == ["server_tool_use", "code_execution_tool_result", *kinds(said)]


def test_call_needs_no_caller_where_only_code_may_call() -> None:
    first = body(tools=[BY_CODE])
    said = message(RUN, CALL, request=first)
    again = message(CALL, request=go_on(first, {**said, "container": {"id": "c"}}))
    assert again["content"][0]["caller"] == said["content"][1]["caller"]
    assert again["container"]["id"] == "c"


def test_direct_call_finishes_the_code() -> None:
    first = body(tools=[CODE_TOOL, WEATHER])
    said = message(CALLED, request=first)
    for call in (CALL, {**CALL, "caller": {"type": "direct"}}):
        assert kinds(message(call, request=go_on(first, said))) == ["code_execution_tool_result", "tool_use"]
    assert kinds(message({**CALL, "caller": said["content"][1]["caller"]}, request=go_on(first, said))) == ["tool_use"]


@pytest.mark.parametrize("name", ["web_search", "web_fetch", "code_execution", "bash_code_execution"])
def test_text_goes_on_with_what_a_pause_left_open(name: str) -> None:
    first = body()
    open_use = {**SEARCH, "name": name, "input": {}}
    said = message(HELLO, open_use, open_use, request=first, stop_reason="pause_turn")
    second = go_on(first, said)
    ended = message(HELLO, request=second)
    assert kinds(ended) == [f"{name}_tool_result", f"{name}_tool_result", "text"]
    assert [each["tool_use_id"] for each in ended["content"][:2]] == [use["id"] for use in said["content"][1:]]
    # Nothing is open any more.
    assert kinds(message(HELLO, request=go_on(second, ended))) == ["text"]


def test_result_of_the_script_comes_instead() -> None:
    first = body()
    said = message(SEARCH, request=first)
    (use,) = said["content"]
    second = go_on(first, said)
    for found in (FOUND, {**FOUND, "tool_use_id": use["id"]}):
        ended = message(found, HELLO, request=second)
        assert (kinds(ended), ended["content"][0]["tool_use_id"]) == (["web_search_tool_result", "text"], use["id"])
        assert ended["content"][0]["content"] == FOUND["content"]
    # A search of its own has its own result.
    both = message(SEARCH, FOUND, request=second)
    assert kinds(both) == ["web_search_tool_result", "server_tool_use", "web_search_tool_result"]
    assert both["content"][0]["content"] != FOUND["content"] == both["content"][2]["content"]


@pytest.mark.parametrize(
    "answer",
    [
        {"content": (HELLO,), "enforce_limits": False},
        {"content": (HELLO,), "stop_reason": "refusal"},
        {"content": (), "stop_reason": "end_turn"},
    ],
)
def test_some_answers_stay_as_they_are(answer: dict[str, Any]) -> None:
    first = body()
    second = go_on(first, message(SEARCH, request=first))
    assert len(message(*answer.pop("content"), request=second, **answer)["content"]) <= 1


def test_nothing_is_open_behind_a_new_text_of_the_user() -> None:
    first = body()
    asked = go_on(first, message(SEARCH, request=first))["messages"]
    later = body(messages=[*asked, {"role": "user", "content": "Forget it."}])
    assert (Prompt(later).open_uses, kinds(message(HELLO, request=later))) == ((), ["text"])


def test_what_was_given_up_stays_open() -> None:
    """The user went on without it: only what the present answer left open is finished."""
    asked = [
        {"role": "user", "content": "Look."},
        {"role": "assistant", "content": [{**SEARCH, "id": "srvtoolu_old"}]},
        {"role": "user", "content": "Look again."},
        {"role": "assistant", "content": [{**SEARCH, "id": "srvtoolu_new"}]},
    ]
    ended = message(HELLO, request=body(messages=asked))
    assert [block.get("tool_use_id") for block in ended["content"]] == ["srvtoolu_new", None]


def test_result_answers_the_use_beside_it_first() -> None:
    asked = [*body()["messages"], {"role": "assistant", "content": [{**SEARCH, "id": "srvtoolu_old"}]}]
    use, found = message(SEARCH, FOUND, request=body(messages=asked), enforce_limits=False)["content"]
    assert found["tool_use_id"] == use["id"] != "srvtoolu_old"


def test_echo_goes_on_too() -> None:
    asked = [*body()["messages"], {"role": "assistant", "content": [{**SEARCH, "id": "srvtoolu_1"}]}]
    said = message(request=body(messages=asked), kind="echo")
    assert (kinds(said), said["content"][1]["text"]) == (["web_search_tool_result", "text"], "Hi")


def test_thought_comes_behind_the_results() -> None:
    """Under manual thinking an answer that goes on to a tool has a thought (see ``compose.leading``)."""
    first = body(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4000, tools=[WEATHER])
    said = message({"type": "thinking", "thinking": "Hm."}, SEARCH, request=first)
    assert kinds(message(CALL, request=go_on(first, said))) == ["web_search_tool_result", "thinking", "tool_use"]
