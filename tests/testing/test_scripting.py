"""Scripting in the words of YAML, files and settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockSession, MockTransport, ScenarioError, asgi_transport
from tests.testing.asking import MODEL, TOOL, Ask, text

HELLO = [{"role": "user", "content": "Hello"}]


def test_reply_answers_always(api: MockSession, ask: Ask) -> None:
    api.reply("Hi.")
    assert [text(ask()), text(ask())] == ["Hi.", "Hi."]


def test_reply_says_all_an_answer_may_say(api: MockSession, ask: Ask) -> None:
    api.reply(thinking="Hm.", tool_use={"name": "get_weather", "input": {"city": "Oslo"}}, usage={"output_tokens": 7})
    message = ask(tools=[TOOL])
    assert [block.type for block in message.content] == ["thinking", "tool_use"]
    assert (message.stop_reason, message.usage.output_tokens) == ("tool_use", 7)


def test_what_stands_beside_an_error_is_taken(api: MockSession) -> None:
    api.error("overloaded_error", message="{{ z", literal=True, pace={"first": "1ms"}, fault="gzip_mislabel")
    with httpx2.Client(transport=api.transport, base_url="http://mock", headers={"x-api-key": api.api_key}) as client:
        answer = client.build_request("POST", "/v1/messages", json={"model": MODEL, "max_tokens": 9, "messages": HELLO})
        with pytest.raises(httpx2.DecodingError):
            client.send(answer)
    assert (api.last_request.answer or {})["error"]["message"] == "{{ z"


def test_newest_script_answers_first(api: MockSession, ask: Ask) -> None:
    api.reply("old")
    api.reply("new", times=1)
    assert [text(ask()), text(ask())] == ["new", "old"]


def test_script_for_all_does_not_hide_one_for_some(api: MockSession, ask: Ask) -> None:
    """In either order; of two for some, the newer is first."""
    api.reply("first for all")
    api.when(user="weather").reply("Sunny.")
    api.reply("for all")
    api.when(user="weather in Oslo").reply("Snow.")
    told = [text(ask(user)) for user in ("weather in Oslo", "weather in Rome", "Hello")]
    assert told == ["Snow.", "Sunny.", "for all"]


def test_answers_of_any_script_are_counted(api: MockSession, ask: Ask) -> None:
    api.when(user="turn").turns([{"text": "{{ turn }} {{ call }}", "times": "always"}])
    api.when(user="reply").reply("{{ turn }} {{ call }}")
    assert [text(ask(said)) for said in ("turn", "turn", "reply", "reply")] == ["0 0", "0 1"] * 2
    assert [request.position for request in api.requests] == ["0"] * 4


def test_turns_follow_the_conversation(api: MockSession, ask: Ask) -> None:
    api.when(tools=["get_weather"]).turns([{"tool_use": "get_weather", "thinking": "Hm."}, "Done."])
    first = ask(tools=[TOOL])
    (use,) = [block for block in first.content if block.type == "tool_use"]
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "21"}]}
    spoken = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": first.content}]
    assert text(ask(messages=[*spoken, result], tools=[TOOL])) == "Done."
    api.assert_thinking_returned()
    api.assert_valid()


def test_turns_from_the_start_go_on_over_user_texts(api: MockSession, ask: Ask) -> None:
    api.turns(["One.", "Two."], from_start=True)
    spoken: list[Any] = [{"role": "user", "content": "Hello"}]
    assert text(ask(messages=spoken)) == "One."
    spoken += [{"role": "assistant", "content": "One."}, {"role": "user", "content": "And then?"}]
    assert text(ask(messages=spoken)) == "Two."
    api.when(assistant_turns=1).reply("Exactly one came before.")
    assert text(ask(messages=spoken)) == "Exactly one came before."


def test_calls_run_out(api: MockSession, ask: Ask) -> None:
    api.calls([{"error": "overloaded_error", "times": 2}, "At last."])
    assert [text(ask()) for _ in range(4)] == ["OverloadedError", "OverloadedError", "At last.", "NotFoundError"]


def test_error_is_the_api_s_own(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    api.error("rate_limit_error", times=1, retry_after=3, message="Slow down.")
    assert [text(ask()), text(ask())] == ["RateLimitError", "Fine."]
    answer = api.requests[0].answer
    assert answer is not None
    assert answer["error"] == {"type": "rate_limit_error", "message": "Slow down."}


def test_retry_after_nothing_is_at_once(api: MockSession) -> None:
    """The SDK takes a plain 0 for no advice, and waits half a second."""
    api.calls([{"error": {"type": "overloaded_error", "retry_after": 0}}, "At last."])
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        headers = client.post("http://mock/v1/messages", json=body).headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("0", "1")


def test_fault_strikes_the_next_answers(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    api.fault("disconnect", calls=2)
    assert [text(ask()) for _ in range(3)] == ["APIConnectionError", "APIConnectionError", "Fine."]
    assert api.requests[0].faults == ("disconnect",)


@pytest.mark.parametrize("name", ["for_", "duration", "for"])
@pytest.mark.parametrize("when", [{}, {"user": "Hello"}])
def test_time_of_a_fault_has_a_name_that_python_can_say(api: MockSession, ask: Ask, name: str, when: Any) -> None:
    script: Any = api.when(**when) if when else api
    api.reply("Fine.")
    script.fault("stall", **{name: "1ms"})
    assert text(ask())
    outcome: Any = api._mock.store.journal.entries()[-1].record.outcome
    (fault,) = outcome.faults
    assert (fault.then, fault.options) == ("stall", {"for": 0.001})


def test_time_of_a_fault_is_given_once(api: MockSession) -> None:
    for script in (api, api.when(user="x")):
        with pytest.raises(ValueError, match="for_ and duration say the same: give one"):
            script.fault("stall", for_=1, duration=1)


def test_fault_strikes_those_that_fit(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    api.when(user="weather").fault("html_page", calls=1)
    assert [api.requests[-1].faults for user in ("Hi", "weather", "weather") if ask(user)] == [(), ("html_page",), ()]


@pytest.mark.parametrize(
    ("script", "status", "kind"),
    [
        (lambda api: api.error(529), 529, "overloaded_error"),
        (lambda api: api.error(429, message="Slow down."), 429, "rate_limit_error"),
        (lambda api: api.error(status=529), 529, "overloaded_error"),
        (lambda api: api.error("overloaded_error", status=500), 500, "overloaded_error"),
    ],
)
def test_error_is_given_by_type_or_status(
    api: MockSession, ask: Ask, script: Callable[[MockSession], None], status: int, kind: str
) -> None:
    script(api)
    ask()
    assert api.last_request.status == status
    assert api.last_request.answer["error"]["type"] == kind  # type: ignore[index]


def test_files_are_found_where_they_may_be(tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "hi.yaml").write_text("scenarios: [{name: hi, reply: {text: Hi.}}]")
    api = asgi_transport().session("key", tmp_path / "first", tmp_path / "second")
    api.load("hi.yaml")
    with pytest.raises(ScenarioError, match=f"looked in {tmp_path}/first, {tmp_path}/second, "):
        api.load("ho.yaml")


def test_changed_file_is_read_again(api: MockSession, ask: Ask, tmp_path: Path) -> None:
    """Others are read once; also those that a file includes may change."""
    fixture, included = tmp_path / "one.yaml", tmp_path / "two.yaml"
    fixture.write_text("include: two.yaml\nscenarios: [{name: one, when: {user: one}, reply: {text: One.}}]")
    for answer in ("Two.", "Second."):
        included.write_text(f"scenarios: [{{name: two, reply: {{text: {answer}}}}}]")
        api.load(fixture)
        assert [text(ask("one")), text(ask("two"))] == ["One.", answer]
    fixture.write_text("scenarios: [{name: one, reply: {text: Alone.}}]")
    api.load(tmp_path)
    assert text(ask("one")) == "Alone."


def test_settings_change_for_the_session_alone(api: MockSession, ask: Ask) -> None:
    assert isinstance(api.transport, MockTransport)
    other = api.transport.session("other")
    api.configure(unmatched="generate", validation="warn")
    assert ask(max_tokens=4096, extra_body={"temperature": 7}).content
    assert api.last_request.findings
    assert other.last_request is not None if other.requests else True
    api.configure(validation="strict")
    assert ask(extra_body={"temperature": 7}) == "BadRequestError"
    assert ask().content, "what is not named stays"
    api.configure(pace={"first": "1ms"})
    assert ask().content
    api.reset()
    assert api.requests == ()
    assert ask() == "NotFoundError"


@pytest.mark.parametrize("pace", [{"chunk": "word"}, {"chunk": "word", "tokens_per_second": 100_000}])
def test_pace_makes_the_pieces_finer(api: MockSession, ask: Ask, pace: Any) -> None:
    api.configure(pace=pace)
    api.reply(
        thinking="Let me see.", text="One word more.", tool_use={"name": "get_weather", "input": {"city": "Oslo"}}
    )
    thinking = {"type": "adaptive", "display": "summarized"}
    deltas = [event.delta for event in ask(stream=True, tools=[TOOL], thinking=thinking) if "block_delta" in event.type]
    assert [delta.thinking for delta in deltas if delta.type == "thinking_delta"] == ["Let", " me", " see."]
    assert [delta.text for delta in deltas if delta.type == "text_delta"] == ["One", " word", " more."]
    inputs = [delta.partial_json for delta in deltas if delta.type == "input_json_delta"]
    assert inputs == ["", '{"city":', ' "Oslo"}']


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ((1, 2), [1, 2]),
        ({3: "x"}, {"3": "x"}),
        (date(2026, 10, 1), "2026-10-01"),
        (2**53, 2**53),
        (1.5, 1.5),
        ("half \N{COMBINING DIAERESIS}", "half \N{COMBINING DIAERESIS}"),
    ],
)
def test_values_of_python_are_sent_as_json(api: MockSession, ask: Ask, value: Any, sent: Any) -> None:
    api.reply(tool_use={"name": "get_weather", "input": {"city": "Oslo", "value": value}})
    assert ask(tools=[TOOL]).content[0].input == {"city": "Oslo", "value": sent}


def test_value_that_cannot_be_sent_is_told(api: MockSession) -> None:
    with pytest.raises(ScenarioError, match="a value of the type object cannot be sent as JSON"):
        api.reply(tool_use={"name": "get_weather", "input": {"city": object()}})


@pytest.mark.parametrize("name", ["a\0b.yaml", "a" * 300, "pipe"])
def test_file_that_cannot_be_read_is_told(api: MockSession, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ScenarioError, match="this file cannot be read"):
        api.load(tmp_path / name)


def test_template_that_python_cannot_compile_is_told(api: MockSession) -> None:
    with pytest.raises(ScenarioError, match=r"test_scripting.py:\d+:1: .*this placeholder cannot be compiled"):
        api.reply("{{ fake.pyint(min_value=1, min_value=2) }}")
