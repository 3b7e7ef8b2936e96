"""Functions that answer, scripted in Python."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import Answer, MockServer, MockSession, Prompt, ScenarioError, asgi_transport
from mockserver.testing.words import AnswerFunction
from tests.testing.asking import MODEL, TOOL, Ask, text


def echo(prompt: Prompt) -> Answer:
    return f"You said {prompt.user}"


async def wait(prompt: Prompt) -> Answer:
    await asyncio.sleep(0)
    return {"text": f"You said {prompt.user}"}


class Echo:
    def __call__(self, prompt: Prompt) -> Answer:
        return echo(prompt)

    def method(self, prompt: Prompt) -> Answer:
        return echo(prompt)


def fail(_: object, prompt: Prompt) -> Answer:
    raise ValueError(f"no {prompt.user}")


@pytest.mark.parametrize(
    "function", [echo, wait, Echo(), Echo().method, partial(lambda _, prompt: echo(prompt), 1), lambda each: wait(each)]
)
def test_function_answers_whatever_kind_it_is(function: AnswerFunction, api: MockSession, ask: Ask) -> None:
    api.reply(function)
    assert text(ask("Hi")) == "You said Hi"
    assert api.last_request.scenario == "script 1"


def test_function_is_asked_for_each_answer_of_a_list(api: MockSession, ask: Ask) -> None:
    api.when(user="calls").calls([echo, "scripted", {"function": wait, "times": 2}])
    assert [text(ask("calls")) for _ in range(5)] == [
        *("You said calls", "scripted", "You said calls", "You said calls", "NotFoundError")
    ]
    api.when(user="turns").turns([echo, wait])
    assert text(ask("turns")) == "You said turns"


def test_function_sees_the_conversation(api: MockSession, ask: Ask) -> None:
    seen: list[Any] = []

    def look(prompt: Prompt) -> Answer:
        seen.append((prompt.model, prompt.tools, prompt.turn, prompt.system, len(prompt.messages), prompt.session))
        if not prompt.tool_results:
            return {"tool_use": {"name": "get_weather", "input": {"city": "Oslo"}}}
        return f"{prompt.tool_results[0]['name']} says {prompt.tool_results[0]['content']}"

    api.reply(look)
    first = ask("Weather?", tools=[TOOL], system="Be brief.")
    (use,) = first.content
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "4 degrees"}
    messages: Any = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [use.model_dump(mode="json")]},
        {"role": "user", "content": [result]},
    ]
    assert text(ask(messages=messages, tools=[TOOL], system="Be brief.")) == "get_weather says 4 degrees"
    assert seen[0] == (MODEL, ("get_weather",), 0, "Be brief.", 1, api.api_key)
    assert seen[1] == (MODEL, ("get_weather",), 1, "Be brief.", 3, api.api_key)


def test_function_cannot_change_the_request(api: MockSession, ask: Ask) -> None:
    def change(prompt: Any) -> Answer:
        prompt.body["messages"][0]["content"] = "changed"
        prompt.body["max_tokens"] = 1
        prompt.headers.clear()
        return "A long answer, which is longer than a token."

    api.reply(change)
    assert ask("Hello").stop_reason == "end_turn"
    assert api.last_request.json["messages"][0]["content"] == "Hello"


def test_answer_is_composed_like_any_other(api: MockSession, ask: Ask) -> None:
    api.reply(lambda _: "one two three four five six seven eight nine ten", usage={"cache_read_input_tokens": 7})
    cut = ask("Hi", max_tokens=3)
    assert (cut.stop_reason, cut.usage.output_tokens, cut.usage.cache_read_input_tokens) == ("max_tokens", 3, 7)
    stopped = ask("Hi", stop_sequences=["three"])
    assert (text(stopped), stopped.stop_sequence) == ("one two ", "three")


def test_stream_is_that_of_the_message(api: MockSession) -> None:
    api.reply(echo)
    with anthropic.Anthropic(api_key=api.api_key, http_client=httpx2.Client(transport=api.transport)) as client:
        asked: Any = {"model": MODEL, "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
        with client.messages.stream(**asked) as stream:
            assert "".join(stream.text_stream) == "You said Hi"


def test_faults_and_errors_may_be_returned(api: MockSession, ask: Ask) -> None:
    api.reply(lambda _: {"error": "overloaded_error"}, usage={"output_tokens": 3})
    assert ask() == "OverloadedError"
    api.reply(lambda _: {"text": "x", "fault": "disconnect"})
    assert ask() == "APIConnectionError"
    api.reply(lambda _: {"generate": {"words": 3}})
    assert text(ask())


def test_placeholders_are_texts_in_what_a_function_returns(api: MockSession, ask: Ask) -> None:
    api.reply(lambda _: {"text": "{{ prompt.user }}", "tool_use": {"name": "x", "input": {"a": "{% if %}"}}})
    first, second = ask().content
    assert (first.text, second.input) == ("{{ prompt.user }}", {"a": "{% if %}"})


@pytest.mark.parametrize(
    ("returned", "complaint"),
    [
        (None, "returned nothing: expected a text, or a mapping of what is said"),
        (7, "returned 7: expected a text"),
        (["a"], 'returned ["a"]: expected a text'),
        ({"txt": "x"}, 'returned txt: "txt" is no key of an answer: did you mean "text"?'),
        ({"text": "x", "usage": "{{ y }}"}, "returned usage: expected a mapping"),
        ({"text": "x", "times": 2}, "returned times: how often it is asked is said beside it"),
        ({"text": "x", "fault": "nope"}, "returned fault"),
        ({"text": "x", "pace": "fast"}, "returned pace"),
        ({"text": "x", "usage": None}, "returned usage: expected a mapping, got nothing"),
        ({"generate": {"locale": "xx_XX"}}, "returned generate.locale"),
        ({"text": {"file": "a.md"}}, "returned text.file: file works in fixture files only"),
        ({"raw": {"body_file": "/etc/passwd"}}, "returned raw.body_file: body_file works in fixture files only"),
        ({"json": object()}, "returned no answer: a value of the type object at json cannot be sent as JSON"),
        ({"json": 1 << 70}, "returned no answer: a value of the type int at json cannot be sent as JSON"),
        ({"text": "\ud800"}, "returned this cannot be written as JSON"),
        (lambda: 1, "returned no answer: a value of the type function"),
    ],
)
def test_what_is_no_answer_is_told(returned: Any, complaint: str) -> None:
    def give(_: Prompt) -> Any:
        return returned

    line = give.__code__.co_firstlineno
    session = asgi_transport().session("k")
    session.reply(give)
    with httpx2.Client(transport=session.transport, base_url="http://mock") as client:
        body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        answer = client.post("/v1/messages", headers={"x-api-key": "k"}, json=body)
    message = answer.json()["error"]["message"]
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "api_error")
    assert f"test_functions.py:{line}:1: the function give {complaint}" in message
    assert "indented" not in message


def test_exception_is_told_at_its_line(api: MockSession, ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    api.reply(partial(fail, None))
    assert ask("luck") == "InternalServerError"
    line = fail.__code__.co_firstlineno + 1
    assert f"test_functions.py:{line}:1: the function fail raised ValueError: no luck" in api.summary()
    (record,) = caplog.records
    assert record.getMessage().startswith("the function fail failed\nTraceback (most recent call last):\n")
    with pytest.raises(AssertionError, match="the function fail raised ValueError: no luck"):
        api.finish()
    api.check_at_end()
    api.finish()


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class UnreadableAnswer(dict[str, str]):
    def items(self) -> Any:
        raise LookupError("no items")


def test_answer_that_cannot_be_read_is_told(api: MockSession, ask: Ask) -> None:
    api.reply(lambda _: UnreadableAnswer(text="x"))  # type: ignore[arg-type,return-value]
    assert ask() == "InternalServerError"
    assert "the function <lambda> raised LookupError: no items" in api.summary()


@pytest.mark.parametrize(
    "error",
    [SystemExit(3), KeyboardInterrupt(), pytest.fail.Exception("x"), TimeoutError("own"), UnprintableError()],
)
def test_whatever_is_raised_ends_in_an_answer(error: BaseException, api: MockSession, ask: Ask) -> None:
    def give(_: Prompt) -> Answer:
        raise error

    api.reply(give)
    assert ask() == "InternalServerError"
    assert f"raised {type(error).__name__}" in api.summary()


def test_answer_that_failed_is_not_used_up(api: MockSession, ask: Ask) -> None:
    answers: list[Any] = [None, "At last."]
    api.calls([lambda _: answers.pop(0)])
    assert [text(ask()) for _ in range(3)] == ["InternalServerError", "At last.", "NotFoundError"]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (lambda api: api.reply(echo, tims=2), '"tims" is no key of an answer'),
        (lambda api: api.reply(echo, times=0), "expected a number from 1, or always"),
        (lambda api: api.reply(echo, fault="nope"), "nope"),
        (lambda api: api.reply(echo, pace="fast"), "none, or a mapping"),
        (lambda api: api.calls([{"function": "echo"}]), '"function" is no key of an answer'),
        (lambda api: api.reply(text=["a", echo]), "cannot be sent as JSON"),
        (lambda api: api.when(user=echo).reply("x"), "cannot be sent as JSON"),
    ],
)
def test_words_beside_a_function_are_checked(script: Callable[[Any], None], complaint: str, api: MockSession) -> None:
    with pytest.raises(ScenarioError, match=complaint):
        script(api)


def test_function_for_all_sessions() -> None:
    transport = asgi_transport()
    transport.scripts.when(user="Hi").reply(echo)
    for key in "ab":
        with anthropic.Anthropic(api_key=key, http_client=httpx2.Client(transport=transport)) as client:
            hello: Any = [{"role": "user", "content": "Hi"}]
            assert text(client.messages.create(model=MODEL, max_tokens=9, messages=hello)) == "You said Hi"


def test_functions_are_forgotten_with_their_session() -> None:
    server = MockServer()
    known = server.mock.compiler.functions._known
    first, second = server.session("a"), server.session("b")
    for session in (first, second):
        session.reply(echo)
    server.scripts.reply(echo)
    assert [owner for owner, _ in known.values()] == ["a", "b", None]
    first.close()
    second.reset()
    server.scripts.clear()
    assert server.mock.compiler.functions._known == {}


def test_function_answers_other_paths_and_fallback_models(api: MockSession) -> None:
    api.when(path="/v1/files").reply(lambda prompt: {"raw": {"json": {"path": prompt.path}}})
    with httpx2.Client(transport=api.transport, base_url="http://mock") as client:
        answer = client.get("/v1/files", headers={"x-api-key": api.api_key, "anthropic-version": "2023-06-01"})
        assert answer.json() == {"path": "/v1/files"}
    api.when(model="claude-fable-5").reply(refusal=True)
    api.when(model="claude-opus-4-8").reply(lambda prompt: f"{prompt.model} helps")
    with anthropic.Anthropic(api_key=api.api_key, http_client=httpx2.Client(transport=api.transport)) as sdk:
        message = sdk.beta.messages.create(
            model="claude-fable-5",
            max_tokens=99,
            messages=[{"role": "user", "content": "Hi"}],
            betas=["server-side-fallback-2026-07-01"],
            extra_body={"fallbacks": [{"model": "claude-opus-4-8"}]},
        )
    assert message.content[-1].text == "claude-opus-4-8 helps"  # type: ignore[union-attr]
