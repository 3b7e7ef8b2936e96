"""What a script says and a request does not get: answers put off, and calls of tools that are not offered."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest

from mockserver import MockServer, MockSession
from mockserver.records.call import VERSIONS

WARM: Any = {"max_tokens": 0}
WEATHER = {"name": "get_weather", "input_schema": {"type": "object"}}
TIME = {"name": "get_time", "input_schema": {"type": "object"}}
MAC = {"type": "computer_toolset_20260801", "display_width_px": 800, "display_height_px": 600}
CALLED = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "get_time", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "noon"}]},
]


@pytest.fixture
def session(key: str) -> MockSession:
    return MockServer(validation="off").session(key)


def post(
    session: MockSession, path: str = "/v1/messages", version: str = VERSIONS[-1], *, beta: str = "", **more: Any
) -> dict[str, Any]:
    asked = {"model": "claude-opus-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}], **more}
    headers = {"x-api-key": session.api_key, "anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
    with httpx.Client(transport=session.transport, base_url="http://localhost", headers=headers) as client:
        answer: dict[str, Any] = client.post(path, json=asked).raise_for_status().json()
        return answer


def say(session: MockSession, **more: Any) -> str:
    return "".join(block["text"] for block in post(session, **more)["content"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("answers", [["One.", "Two."], [{"text": "One.", "times": 1}, {"text": "Two."}]], ids=str)
def test_filling_the_cache_uses_up_no_answer(session: MockSession, answers: list[Any], version: str) -> None:
    session.calls(answers)
    asked: list[dict[str, Any]] = [WARM, {}, WARM, WARM, {}]
    assert [say(session, version=version, **more) for more in asked] == ["", "One.", "", "", "Two."]
    session.assert_all_used()


@pytest.mark.parametrize("said", [{"text": "Once."}, {"refusal": "cyber"}, {"tool_use": "look"}, {"generate": True}])
def test_whatever_is_put_off_is_given_later(session: MockSession, said: dict[str, Any]) -> None:
    session.reply("Afterwards.")
    session.reply(**said, times=1)
    warm = post(session, **WARM)
    assert (warm["content"], warm["stop_reason"], warm["stop_details"]) == ([], "max_tokens", None)
    assert post(session)["content"] != [{"type": "text", "text": "Afterwards."}]
    assert say(session) == "Afterwards."


def test_answer_put_off_counts_as_not_used(session: MockSession) -> None:
    session.calls(["One.", "Two."])
    post(session, **WARM)
    post(session)
    assert [(entry.scenario is None, entry.position) for entry in session.requests] == [(False, None), (False, "0")]
    with pytest.raises(AssertionError, match="gave 1 of 2 answers"):
        session.assert_all_used()


def list_wishes(session: MockSession) -> list[str]:
    return [text for miss in session.requests[-1].misses for text in miss.differences if "tool_use names" in text]


@pytest.mark.parametrize(
    ("more", "offered"),
    [
        ({}, "none"),
        ({"tools": [TIME]}, "get_time"),
        ({"tools": [TIME, {**TIME, "name": "look"}], "tool_choice": {"type": "auto"}}, "get_time, look"),
        ({"tools": [MAC]}, "none"),
    ],
)
@pytest.mark.parametrize("script", ["reply", "turns", "calls"])
def test_call_of_a_tool_that_is_not_offered_is_told(
    session: MockSession, script: str, more: dict[str, Any], offered: str
) -> None:
    wish: Any = {"generate": {"tool_use": "get_weather"}}
    session.when().reply(**wish) if script == "reply" else getattr(session, script)([wish, "Other."])
    explained = post(session, "/_mock/explain", **more)
    message = post(session, **more)
    assert "tool_use" not in [block["type"] for block in message["content"]]
    (told,) = list_wishes(session)
    assert told == f"generate: tool_use names 'get_weather', which the request does not offer (it offers: {offered})"
    (miss,) = explained["misses"]
    assert (miss["scenario"], miss["differences"]) == (session.requests[-1].scenario, [told])


def test_what_the_answer_could_not_do_is_told_first(session: MockSession) -> None:
    """Of many misses a page shows the first alone."""
    session.reply(generate={"tool_use": "get_weather"})
    session.when(user="elsewhere").reply("Other.")
    explained = post(session, "/_mock/explain")["misses"]
    post(session)
    shown = [miss.as_dict() for miss in session.requests[-1].misses]
    assert [len(shown), *(miss["differences"][0].partition(":")[0] for miss in shown)] == [2, "generate", "user"]
    assert explained == shown


THOUGHT = "Let me see."
OMITTED = {"type": "adaptive", "display": "omitted"}
SHOWN = {"type": "adaptive", "display": "summarized"}
NEWEST, OLDER = "claude-opus-4-8", "claude-sonnet-4-6"
THOUGHTS: list[tuple[Any, str, Any, str]] = [
    ({"thinking": THOUGHT, "text": "a"}, OLDER, OMITTED, "omitted (as the request asks)"),
    ({"thinking": [THOUGHT], "text": "a"}, NEWEST, {"type": "adaptive"}, f"omitted (as {NEWEST} does)"),
    ({"thinking": "{{ turn }}", "text": "a"}, NEWEST, {"type": "adaptive"}, f"omitted (as {NEWEST} does)"),
    ({"content": [{"thinking": THOUGHT}, "a"]}, OLDER, OMITTED, "omitted (as the request asks)"),
    ({"content": [{"type": "thinking", "thinking": THOUGHT}, "a"]}, OLDER, OMITTED, "omitted (as the request asks)"),
    ({"thinking": THOUGHT, "text": "a"}, NEWEST, SHOWN, ""),
    ({"thinking": THOUGHT, "text": "a"}, OLDER, {"type": "adaptive"}, ""),
    ({"thinking": {"thinking": THOUGHT, "signature": "c2ln"}, "text": "a"}, OLDER, OMITTED, ""),
    ({"content": [{"type": "thinking", "thinking": THOUGHT, "signature": "c2ln"}, "a"]}, OLDER, OMITTED, ""),
    ({"thinking": "", "text": "a"}, OLDER, OMITTED, ""),
    ({"text": "a"}, OLDER, OMITTED, ""),
    ({"generate": {"thinking": True}}, OLDER, OMITTED, ""),
]


@pytest.mark.parametrize(("said", "model", "thinking", "display"), THOUGHTS)
def test_a_hidden_thought_is_told(session: MockSession, said: Any, model: str, thinking: Any, display: str) -> None:
    session.reply(**said)
    asked = {"model": model, "thinking": thinking, "max_tokens": 2000}
    explained = post(session, "/_mock/explain", **asked)
    answer = post(session, **asked)
    told = [text for miss in session.requests[-1].misses for text in miss.differences]
    text = f"thinking: the text of this script was hidden: display is {display}, not summarized"
    assert told == ([text] if display else [])
    assert [text for miss in explained["misses"] for text in miss["differences"]] == told
    assert (THOUGHT in str(answer)) <= (not display)


def test_a_thought_hidden_by_a_beta_is_told(session: MockSession) -> None:
    session.reply(lambda _: "a", thinking=THOUGHT)
    post(session, model=OLDER, thinking={"type": "adaptive"}, beta="redact-thinking-2026-02-12", max_tokens=2000)
    ((told,),) = [miss.differences for miss in session.requests[-1].misses]
    assert "display is omitted (redact-thinking-2026-02-12)" in told


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"generate": {"tool_use": "get_weather"}}, {"tools": [TIME, WEATHER]}),
        ({"generate": {"tool_use": "get_weather"}}, {"tools": [TIME], "messages": CALLED}),
        ({"generate": {"tool_use": "get_weather"}}, WARM),
        ({"generate": {"tool_use": True}}, {}),
        ({"generate": {"tool_use": False}}, {"tools": [TIME]}),
        ({"generate": {"words": 9}}, {}),
        ({"tool_use": "get_weather"}, {}),
        ({"text": "Hi"}, {}),
    ],
)
def test_nothing_is_told_where_nothing_is_missed(session: MockSession, said: Any, more: dict[str, Any]) -> None:
    session.reply(**said)
    post(session, **more)
    assert list_wishes(session) == []


def test_generated_answers_miss_nothing(session: MockSession) -> None:
    post(session, tools=[TIME])
    assert list_wishes(session) == []
