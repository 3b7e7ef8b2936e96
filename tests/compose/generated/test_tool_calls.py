"""Generated tool calls, and what is said of their results."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from mockserver.compose.generated import language
from tests.generating import CLOCK, WEATHER, kinds, reply, text


def test_offered_tool_is_not_called_unasked() -> None:
    assert kinds(reply(tools=[WEATHER])) == ["text"]


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "get_weather"}])
def test_forced_tool_is_called(choice: dict[str, Any]) -> None:
    answer = reply(tools=[CLOCK, WEATHER], tool_choice=choice)
    (block,) = answer.content
    assert (block["type"], block["name"]) == ("tool_use", "get_weather")
    assert block["input"]["city"] == "Paris"
    jsonschema.validate(block["input"], WEATHER["input_schema"])


def test_null_in_a_schema_counts_as_absent() -> None:
    schema = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": None}
    (block,) = reply(tools=[{**CLOCK, "input_schema": schema}], tool_choice={"type": "any"}).content
    assert list(block["input"]) == ["zone"]


def test_any_spares_tools_that_cannot_be_called() -> None:
    hidden = {**WEATHER, "defer_loading": True}
    indirect = {**WEATHER, "name": "other", "allowed_callers": ["code_execution_20260120"]}
    answer = reply(tools=[hidden, indirect, CLOCK], tool_choice={"type": "any"})
    assert answer.content[0]["name"] == "get_time"


def call(name: str, **more: Any) -> list[dict[str, Any]]:
    use = {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": {}, **more}
    result = {"type": "tool_result", "tool_use_id": f"toolu_{name}", "content": "Done."}
    return [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]


def test_any_prefers_a_tool_not_called_since_the_users_text() -> None:
    asked, offered = [{"role": "user", "content": "The weather, please."}], [CLOCK, WEATHER]
    first = reply(asked, tools=offered, tool_choice={"type": "any"}).content[0]["name"]
    second = reply([*asked, *call(first)], tools=offered, tool_choice={"type": "any"}).content[0]["name"]
    assert [first, second] == ["get_weather", "get_time"]
    both = [*asked, *call(first), *call(second)]
    assert reply(both, tools=offered, tool_choice={"type": "any"}).content[0]["name"] == "get_weather"
    again = [*both, {"role": "assistant", "content": "Fine."}, {"role": "user", "content": "The weather again."}]
    assert reply(again, tools=offered, tool_choice={"type": "any"}).content[0]["name"] == "get_weather"


@pytest.mark.parametrize("kind", ["computer", "browser"])
def test_any_does_not_always_take_a_toolset(kind: str) -> None:
    offered = [{"type": f"{kind}_toolset_20260801"}, CLOCK]
    asked = [{"role": "user", "content": "Go on."}]
    assert reply(asked, tools=offered, tool_choice={"type": "any"}).content[0]["name"] == "get_time"
    assert (
        reply([*asked, *call("get_time")], tools=offered, tool_choice={"type": "any"}).content[0]["name"]
        == "screenshot"
    )
    both = [*asked, *call("get_time"), *call("screenshot", toolset_name=kind)]
    assert reply(both, tools=offered, tool_choice={"type": "any"}).content[0]["name"] == "get_time"


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_found_tool_can_be_called(role: str) -> None:
    hidden = {**WEATHER, "defer_loading": True}
    reference = {"type": "tool_reference", "tool_name": "get_weather"}
    found: dict[str, Any] = {"type": "tool_result", "tool_use_id": "t", "content": [reference]}
    if role == "assistant":
        content = {"type": "tool_search_tool_search_result", "tool_references": [reference]}
        found = {"type": "tool_search_tool_result", "tool_use_id": "t", "content": content}
    asked = [{"role": role, "content": [found]}, {"role": "user", "content": "The weather?"}]
    assert reply(asked, tools=[CLOCK, hidden], tool_choice={"type": "any"}).content[0]["name"] == "get_weather"
    assert reply(tools=[CLOCK, hidden], tool_choice={"type": "any"}).content[0]["name"] == "get_time"


def test_example_of_the_tool_is_used() -> None:
    tool = {**WEATHER, "input_examples": [{"wrong": 1}, {"city": "Rome"}]}
    assert reply(tools=[tool], tool_choice={"type": "any"}).content[0]["input"] == {"city": "Rome"}


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("bash_20250124", "bash", "command"),
        ("text_editor_20250728", "str_replace_based_edit_tool", "path"),
        ("memory_20250818", "memory", "path"),
        ("computer_20251124", "computer", "action"),
    ],
)
def test_tools_of_the_api_get_their_own_input(kind: str, name: str, key: str) -> None:
    block = reply(tools=[{"type": kind, "name": name}], tool_choice={"type": "tool", "name": name}).content[0]
    assert block["name"] == name
    assert key in block["input"]


@pytest.mark.parametrize(
    ("kind", "name", "used", "result"),
    [
        ("web_search_20260318", "web_search", "web_search", "web_search_tool_result"),
        ("web_fetch_20250910", "web_fetch", "web_fetch", "web_fetch_tool_result"),
        ("code_execution_20250522", "code_execution", "code_execution", "code_execution_tool_result"),
        ("code_execution_20260521", "code_execution", "bash_code_execution", "bash_code_execution_tool_result"),
        ("tool_search_tool_regex", "tool_search_tool_regex", "tool_search_tool_regex", "tool_search_tool_result"),
    ],
)
def test_server_tool_comes_with_its_result(kind: str, name: str, used: str, result: str) -> None:
    hidden = {**WEATHER, "defer_loading": True}
    answer = reply(tools=[{"type": kind, "name": name}, hidden], tool_choice={"type": "tool", "name": name})
    assert kinds(answer)[:3] == ["server_tool_use", result, "text"]
    assert answer.content[0]["name"] == used


def test_toolset_is_called_by_its_member() -> None:
    block = reply(tools=[{"type": "computer_toolset_20260801"}], tool_choice={"type": "any"}).content[0]
    assert (block["name"], block["toolset_name"]) == ("screenshot", "computer")


def test_impossible_schema_gets_an_empty_input() -> None:
    tool = {"name": "odd", "input_schema": {"type": "object", "properties": {"a": False}, "required": ["a"]}}
    assert reply(tools=[tool], tool_choice={"type": "any"}).content[0]["input"] == {}


def test_tool_result_is_referred_to() -> None:
    conversation = [
        {"role": "user", "content": "天气怎么样？"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "18 度，多云"}]},
    ]
    said = text(reply(conversation, tools=[WEATHER], options={"tool_use": True}))
    assert "get_weather" in said
    assert "18 度，多云" in said
    assert language.detect(said) == "zh"


def test_long_texts_are_compared_with_tools_at_once() -> None:
    words = " ".join(f"word{number}" for number in range(200_000))
    tools = [{**WEATHER, "name": f"tool_{number}", "description": "d" * 100_000} for number in range(50)]
    assert reply(words, tools=tools, tool_choice={"type": "any"}).content[0]["name"] == "tool_0"
