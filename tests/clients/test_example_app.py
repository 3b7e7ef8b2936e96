"""The example application, tested end to end by the plugin as a user would test theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockSession
from tests.example_app.assistant import Assistant, RefusedError

TEMPERATURES = {"Oslo": -3, "Rome": 21, "Cairo": 34}


def get_weather(city: str) -> str:
    return json.dumps({"temp": TEMPERATURES[city]})


@pytest.fixture(scope="session")
def connections() -> Iterator[httpx2.Client]:
    """For all tests: making a client loads certificates, which takes longer than a test does."""
    with anthropic.DefaultHttpxClient() as connections:
        yield connections


@pytest.fixture
def assistant(messages_api: MockSession, connections: httpx2.Client) -> Assistant:
    """Its client is made after ``messages_api``, and so finds the server."""
    assert messages_api.url
    return Assistant(anthropic.Anthropic(http_client=connections), {"get_weather": get_weather})


def test_answer_is_what_the_model_says(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply("Hello yourself.")
    assert assistant.ask("Hello") == "Hello yourself."
    messages_api.assert_called(1, when={"system": "briefly", "stream": True, "thinking": "adaptive"})


def test_words_are_shown_as_they_come(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply("One two three four five six seven.")
    words: list[str] = []
    assistant.ask("Count.", words.append)
    assert len(words) > 1
    assert "".join(words) == "One two three four five six seven."


@pytest.mark.messages_scenarios("../example_app/weather.yaml")
@pytest.mark.parametrize(("city", "temperature"), TEMPERATURES.items())
def test_tool_is_asked(assistant: Assistant, messages_api: MockSession, city: str, temperature: int) -> None:
    assert assistant.ask(f"What is the weather in {city}") == f"It is {temperature} degrees there."
    messages_api.assert_called(2)
    messages_api.assert_thinking_returned()
    messages_api.assert_valid()


def test_tools_are_asked_side_by_side(assistant: Assistant, messages_api: MockSession) -> None:
    calls: Any = [{"name": "get_weather", "input": {"city": city}} for city in ("Oslo", "Rome")]
    messages_api.turns([{"tool_use": calls}, "Rome is warmer."])
    assert assistant.ask("Where is it warmer?") == "Rome is warmer."
    prompt = messages_api.last_request.prompt
    assert prompt is not None
    assert [result["content"] for result in prompt.tool_results] == ['{"temp": -3}', '{"temp": 21}']


def test_failed_tool_is_told_to_the_model(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.when(tool_result={"is_error": True, "contains": "KeyError"}).reply("I do not know that city.")
    messages_api.when(turn=0).reply(tool_use={"name": "get_weather", "input": {"city": "Atlantis"}})
    assert assistant.ask("Weather in Atlantis?") == "I do not know that city."
    messages_api.assert_all_used()


def test_overload_is_tried_again(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply("At last.")
    messages_api.error("overloaded_error", retry_after=0, times=2)
    assert assistant.ask("Hello") == "At last."
    assert [request.status for request in messages_api.requests] == [529, 529, 200]
    assert messages_api.last_request.retry_of is not None


def test_lasting_overload_is_raised(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.error("overloaded_error", retry_after=0)
    with pytest.raises(anthropic.OverloadedError):
        assistant.ask("Hello")
    messages_api.assert_called(3)


@pytest.mark.parametrize("after_events", [0, 1, 4, 7])
def test_broken_stream_is_tried_again(assistant: Assistant, messages_api: MockSession, after_events: int) -> None:
    messages_api.reply("The whole answer, all of it.")
    messages_api.fault("disconnect", after_events=after_events)
    assert assistant.ask("Hello") == "The whole answer, all of it."
    messages_api.assert_called(2)


def test_stream_that_always_breaks_is_raised(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply("Never to be heard.", fault={"then": "disconnect", "after_events": 4})
    with pytest.raises(httpx2.RemoteProtocolError):
        assistant.ask("Hello")
    messages_api.assert_called(3)


def test_refusal_is_no_answer(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply(refusal={"category": "cyber"})
    with pytest.raises(RefusedError):
        assistant.ask("How do I break in?")


def test_endless_tool_use_ends(assistant: Assistant, messages_api: MockSession) -> None:
    messages_api.reply(tool_use={"name": "get_weather", "input": {"city": "Oslo"}})
    with pytest.raises(RuntimeError, match="after 5 rounds"):
        assistant.ask("Hello")


def test_system_prompt_is_cached(
    assistant: Assistant, messages_api: MockSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.example_app.assistant.SYSTEM", "Be brief. " * 4000)
    messages_api.reply("Fine.")
    assistant.ask("One?")
    assistant.ask("Two?")
    messages_api.assert_cached()


@pytest.mark.parametrize("number", range(10))
def test_tests_run_side_by_side(assistant: Assistant, messages_api: MockSession, number: int) -> None:
    messages_api.reply(f"Answer {number}.")
    assert assistant.ask("Same question") == f"Answer {number}."
    messages_api.assert_called(1)


def test_no_socket_is_needed(messages_api: MockSession) -> None:
    """The same session, the same claims; the official SDK takes the transport's client."""
    messages_api.reply("Hello yourself.")
    with anthropic.Anthropic(http_client=httpx2.Client(transport=messages_api.transport)) as client:
        assert Assistant(client, {}).ask("Hello") == "Hello yourself."
    messages_api.assert_called(1)
