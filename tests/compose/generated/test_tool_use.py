"""The option and the setting ``tool_use``: the tools that a generated answer calls, and the text behind them."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.reference.schemas.callers import is_valid
from mockserver.validation import Checker
from tests.compose.generated.test_asking import BASH, SEARCH
from tests.composing import message
from tests.generating import CLOCK, WEATHER, kinds, reply, text

NAMED_ONCE, NAMED_ALL = ({"name": name, "input_schema": {"type": "object"}} for name in ("once", "all"))
LATER = {"name": "later", "input_schema": {"type": "object"}, "defer_loading": True}
BY_CODE = {**CLOCK, "name": "by_code", "allowed_callers": ["code_execution_20260120"]}
OUTPUT = {"name": "final_result", "input_schema": {"type": "object", "properties": {"x": {"type": "integer"}}}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Paris"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "14 degrees and rain"}


def talk(*later: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "Weather?"}, *later]


def say(role: str, *content: Any) -> dict[str, Any]:
    return {"role": role, "content": list(content)}


CALLED = (say("assistant", USE), say("user", RESULT))


@pytest.mark.parametrize(
    ("wish", "tools", "body", "called"),
    [
        ("once", [WEATHER], {}, ["get_weather"]),
        ("once", [CLOCK, WEATHER], {}, ["get_weather"]),  # the text speaks of the weather
        ("once", [SEARCH, CLOCK], {}, ["get_time"]),
        ("once", [LATER, BY_CODE], {}, []),
        ("once", [], {}, []),
        ("once", [WEATHER], {"tool_choice": {"type": "none"}}, []),
        ("once", [WEATHER, CLOCK], {"tool_choice": {"type": "tool", "name": "get_time"}}, ["get_time"]),
        ("once", [NAMED_ALL, NAMED_ONCE], {}, ["once"]),
        ("all", [CLOCK, WEATHER, LATER, BY_CODE], {}, ["get_time", "get_weather"]),
        ("all", [CLOCK, SEARCH, BASH], {}, ["get_time", "bash"]),
        ("all", [CLOCK, WEATHER], {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}}, ["get_time"]),
        ("all", [CLOCK, WEATHER], {"tool_choice": {"type": "any"}}, ["get_time", "get_weather"]),
        ("all", [CLOCK, WEATHER], {"tool_choice": {"type": "tool", "name": "get_time"}}, ["get_time"]),
        ("all", [WEATHER, NAMED_ALL], {}, ["all"]),
        ("asked", [WEATHER], {}, []),
        ("asked", [WEATHER], {"tool_choice": {"type": "any"}}, ["get_weather"]),
        ("none", [WEATHER, SEARCH], {}, []),
        ("none", [WEATHER], {"tool_choice": {"type": "any"}}, ["get_weather"]),
    ],
)
def test_first_answer_calls_what_the_option_says(
    wish: str, tools: list[dict[str, Any]], body: dict[str, Any], called: list[str]
) -> None:
    answer = reply("What is the weather in Paris?", options={"tool_use": wish}, tools=tools, **body)
    uses = [block for block in answer.content if block["type"] == "tool_use"]
    assert [use["name"] for use in uses] == called
    schemas = {tool["name"]: tool.get("input_schema", {}) for tool in tools}
    assert all(is_valid(schemas[use["name"]], use["input"]) for use in uses)


@pytest.mark.parametrize("wish", ["once", "all", True, "get_weather"])
@pytest.mark.parametrize(
    ("conversation", "calls"),
    [
        (talk(*CALLED), False),
        (
            talk(
                *CALLED,
                say("assistant", {"type": "text", "text": "Rain."}),
                say("user", {"type": "text", "text": "And?"}),
            ),
            True,
        ),
        # The answer after the results was paused: it goes on without a second call.
        (
            talk(*CALLED, say("assistant", {"type": "server_tool_use", "id": "srvtoolu_1", "name": "x", "input": {}})),
            False,
        ),
    ],
)
def test_tool_is_called_once_for_a_text(wish: Any, conversation: list[dict[str, Any]], calls: bool) -> None:
    answer = reply(conversation, options={"tool_use": wish}, tools=[WEATHER])
    assert ("tool_use" in kinds(answer)) == calls


def test_text_speaks_of_the_result() -> None:
    assert "14 degrees and rain" in text(reply(talk(*CALLED), options={"tool_use": "once"}, tools=[WEATHER]))


def test_prefill_goes_on_as_text() -> None:
    prefilled = talk(say("assistant", {"type": "text", "text": "{"}))
    assert kinds(reply(prefilled, options={"tool_use": "once"}, tools=[WEATHER])) == ["text"]
    assert kinds(reply(prefilled, options={"tool_use": "get_weather"}, tools=[WEATHER])) == ["tool_use"]


def test_output_tool_comes_after_the_others() -> None:
    """Frameworks whose output is a tool force some tool in each answer."""
    forced: dict[str, Any] = {
        "tools": [OUTPUT, WEATHER],
        "tool_choice": {"type": "any"},
        "options": {"tool_use": "once"},
    }
    (first,) = reply("Use get_weather for Paris.", **forced).content
    (second,) = reply(talk(*CALLED), **forced).content
    assert (first["name"], second["name"]) == ("get_weather", "final_result")


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21"])
@pytest.mark.parametrize("wish", ["once", "all"])
def test_calls_are_taken_back(wish: str, version: str) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 900, "tools": [{**WEATHER, "strict": True}, CLOCK]}
    messages: list[dict[str, Any]] = talk()
    said = message(request={**body, "messages": messages}, kind="generate", generate={"tool_use": wish})
    assert said["stop_reason"] == "tool_use"
    ids = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
    results = say("user", *({"type": "tool_result", "tool_use_id": each, "content": "ok"} for each in ids))
    again = {**body, "messages": [*messages, say("assistant", *said["content"]), results]}
    assert Checker().check_parsed(again, "messages", version) is None
