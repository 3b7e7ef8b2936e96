"""Sessions in Python: scripting in the words of YAML, looking at requests, claims and what they say when broken."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import anthropic
import httpx2
import pytest

from mockserver import Entry, MockServer, MockSession, MockTransport, ScenarioError, asgi_transport
from mockserver.delivery import FAULTS
from mockserver.testing import words

ROOT = Path(__file__).parent.parent.parent
FORMAT = json.loads((ROOT / "schemas" / "mock" / "scenarios.json").read_text("utf-8"))["$defs"]
MODEL = "claude-opus-4-8"
TOOL: Any = {
    "name": "get_weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
Ask = Callable[..., Any]


@pytest.fixture
def api() -> MockSession:
    return asgi_transport(unmatched="error").session("sk-mock-session-under-test")


@pytest.fixture
def ask(api: MockSession) -> Iterator[Ask]:
    """Asks for a message, and gives it or the error's class."""

    def create(text: str = "Hello", **more: Any) -> Any:
        asked = {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}], **more}
        try:
            return client.messages.create(**asked)
        except anthropic.APIError as error:
            return type(error).__name__

    http_client = httpx2.Client(transport=api.transport)
    with anthropic.Anthropic(api_key=api.api_key, max_retries=0, http_client=http_client) as client:
        yield create


def text(message: Any) -> Any:
    return message if isinstance(message, str) else message.content[0].text


# Words


def keys_of(schema: Any) -> set[str]:
    """The keys of the object among the alternatives of a schema."""
    return {key for each in (schema, *schema.get("anyOf", ())) for key in each.get("properties", {})}


@pytest.mark.parametrize(
    ("typed", "schema"),
    [
        (words.AnswerWords, FORMAT["answer"]),
        (words.WhenWords, FORMAT["when"]),
        (words.TextTests, FORMAT["text_tests"]),
        (words.NumberTests, FORMAT["number_test"]),
        (words.ToolResultTests, FORMAT["when"]["properties"]["tool_result"]),
        (words.ToolsTests, FORMAT["when"]["properties"]["tools"]),
        (words.MediaTests, FORMAT["when"]["properties"]["images"]),
        (words.MediaTests, FORMAT["when"]["properties"]["documents"]),
        (words.ErrorObject, FORMAT["error"]),
        (words.RawWords, FORMAT["raw"]),
        (words.PaceWords, FORMAT["pace"]),
        (words.GenerateWords, FORMAT["generate"]),
        # What follows "if then is disconnect": all places, and no options.
        (words.FaultWords, FORMAT["fault"]["anyOf"][1]["allOf"][0]["then"]),
        (words.ToolUse, FORMAT["shorthands"]["properties"]["tool_use"]["anyOf"][0]),
    ],
)
def test_words_are_those_of_the_format(typed: Any, schema: Any) -> None:
    assert typed.__required_keys__ | typed.__optional_keys__ == keys_of(schema)


def test_names_are_those_of_the_format() -> None:
    assert set(get_args(words.ErrorType)) == set(FORMAT["error_type"]["enum"])
    assert set(get_args(words.FaultName)) == set(FAULTS)
    responses = json.loads((ROOT / "schemas" / "responses.json").read_text("utf-8"))
    known = {reason for found in _enums(responses, "end_turn") for reason in found if reason}
    assert set(get_args(words.StopReason)) == known


def _enums(value: Any, member: str) -> Iterator[list[Any]]:
    if isinstance(value, dict):
        if member in value.get("enum", ()):
            yield value["enum"]
        for below in value.values():
            yield from _enums(below, member)
    elif isinstance(value, list):
        for below in value:
            yield from _enums(below, member)


# Scripting


def test_reply_answers_always(api: MockSession, ask: Ask) -> None:
    api.reply("Hi.")
    assert [text(ask()), text(ask())] == ["Hi.", "Hi."]


def test_reply_says_all_an_answer_may_say(api: MockSession, ask: Ask) -> None:
    api.reply(thinking="Hm.", tool_use={"name": "get_weather", "input": {"city": "Oslo"}}, usage={"output_tokens": 7})
    message = ask(tools=[TOOL])
    assert [block.type for block in message.content] == ["thinking", "tool_use"]
    assert (message.stop_reason, message.usage.output_tokens) == ("tool_use", 7)


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


def test_fault_strikes_those_that_fit(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    api.when(user="weather").fault("html_page", calls=1)
    assert [api.requests[-1].faults for user in ("Hi", "weather", "weather") if ask(user)] == [(), ("html_page",), ()]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (lambda api: api.reply(txet="Hi"), r'"txet" is no key of .*did you mean "text"\?'),
        (lambda api: api.when(usr="x").reply("Hi"), r'"usr" is no key of when: did you mean "user"\?'),
        (lambda api: api.error("overloaded"), "error"),
        (lambda api: api.reply("Hi", pace={"first": "soon"}), "first"),
        (lambda api: api.calls([]), "calls: expected a list of answers"),
        (lambda api: api.when(user="x").fault("disconect"), "did you mean 'disconnect'"),
        (lambda api: api.configure(pace={"frist": 1}), "frist"),
        (lambda api: api.load("nowhere.yaml"), "nowhere.yaml:1:1: "),
        (
            lambda api: api.calls("At last."),
            r'calls: expected a list of answers, such as \["At last."\], got "At last."',
        ),
        (lambda api: api.turns({"text": "Hi"}), "turns: expected a list of answers, got {"),
        (lambda api: api.turns(7), "turns: expected a list of answers, got 7"),
        (lambda api: api.error("529"), 'expected a type, or a status without quotes, got "529"'),
        (lambda api: api.error(), "error: expected an error type, a status or a mapping, got nothing"),
        (lambda api: api.assert_called(when={"usr": "x"}), '"usr" is no key of when'),
    ],
)
def test_misspelled_word_is_told(api: MockSession, script: Callable[[MockSession], None], told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        script(api)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda api: api.fault("disconect"), "did you mean 'disconnect'"),
        (lambda api: api.fault("disconnect", calls=0), "calls: expected a whole number from 1"),
        (lambda api: api.configure(unmatched="maybe"), "unmatched: expected generate or error, got 'maybe'"),
        (lambda api: api.configure(validation="lax"), "validation: expected strict or warn or off"),
        (lambda api: api.configure(pace="slow"), "pace: expected none, realtime or a mapping"),
        (lambda api: api.check_at_end("al"), "there is no check 'al'; there are unmatched, valid, used"),
        (
            lambda api: api.assert_called(0, endpoint="count_tokens"),
            "endpoint: expected messages or messages/count_tokens or models or models/{id}, got 'count_tokens'",
        ),
        (
            lambda api: api.assert_called(1, at_least=2),
            "expected either times, or at_least and at_most, got times=1, at_least=2",
        ),
        (
            lambda api: api.assert_called(at_least=3, at_most=1),
            "expected at_least to be no more than at_most, got at_least=3, at_most=1",
        ),
        (lambda api: api.assert_called("2"), "times: expected a whole number from 0, got '2'"),
    ],
)
def test_wrong_value_is_told(api: MockSession, change: Callable[[MockSession], None], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        change(api)


@pytest.mark.parametrize(
    "script",
    [
        lambda api: api.reply(txet="Hi"),
        lambda api: api.configure(pace={"frist": 1}),
        lambda api: api.assert_called(when={"usr": "x"}),
    ],
)
def test_mistake_is_placed_where_it_was_made(api: MockSession, script: Callable[[MockSession], None]) -> None:
    """And the trace leads through none of our lines but one, which is hidden."""
    line = f"{Path(__file__).name}:{script.__code__.co_firstlineno}:1: "
    with pytest.raises(ScenarioError) as caught:
        script(api)
    assert str(caught.value).startswith(line) or f"/{line}" in str(caught.value)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].filename.endswith("calling.py")


def test_mistake_at_run_time_is_placed_where_it_was_made(api: MockSession, ask: Ask) -> None:
    api.reply("{{ prompt.nothing.at_all }}")
    ask()
    line = test_mistake_at_run_time_is_placed_where_it_was_made.__code__.co_firstlineno + 1
    assert f"{Path(__file__).name}:{line}:1: " in api.last_request.answer["error"]["message"]  # type: ignore[index]


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


def test_mistake_is_told_once(api: MockSession) -> None:
    with pytest.raises(ScenarioError) as caught:
        api.error({"type": 529})  # type: ignore[arg-type]
    assert len(caught.value.problems) == 1


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


# Looking


def test_requests_are_records(api: MockSession, ask: Ask) -> None:
    api.when(system="pirate").reply("Arr.")
    ask("Who are you?", system="You are a pirate.")
    request = api.last_request
    assert isinstance(request, Entry)
    assert request.json["model"] == request.model == MODEL
    assert request.headers["authorization"] == "Bearer sk-…test"
    assert request.prompt is not None
    assert (request.prompt.user, request.prompt.system) == ("Who are you?", "You are a pirate.")
    assert (request.scenario, request.status, request.endpoint) == ("script 1", 200, "messages")
    assert request.answer is not None
    assert request.answer["content"][0]["text"] == "Arr."
    assert request.usage is not None
    assert Path(str(request.place).partition(":")[0]).name == "test_testing.py"
    assert repr(api) == "<MockSession without a socket with 1 requests>"


def test_summary_is_a_line_a_request(api: MockSession, ask: Ask) -> None:
    assert api.summary() == ""
    api.reply("Fine.", times=1)
    ask("One", max_tokens=-1)
    ask("Two")
    lines = api.summary().splitlines()
    assert lines[0].startswith(
        f"  requests[0], POST /v1/messages {MODEL} 'One', answered 400: max_tokens: must be greater than or equal to 0"
    )
    assert lines[1] == f"  requests[1], POST /v1/messages {MODEL} 'Two', answered 200 by script 1"


# Claiming


def complaint(claim: Callable[[], object]) -> str:
    with pytest.raises(AssertionError) as caught:
        claim()
    return str(caught.value)


@pytest.mark.parametrize("count", [{}, {"times": 3}, {"at_least": 2}, {"at_most": 3}, {"at_least": 3, "at_most": 3}])
def test_number_of_requests_is_claimed(api: MockSession, ask: Ask, count: Any) -> None:
    api.reply("Fine.")
    for user in ("One", "Two", "Three"):
        ask(user)
    api.assert_called(**count)
    api.assert_called(1, when={"user": "two"})
    api.assert_called(0, when={"user": "four"})


@pytest.mark.parametrize(
    ("count", "told"),
    [
        ({"times": 1}, "expected exactly 1 request, but 2 of the 2 requests made fit"),
        ({"times": 3}, "expected exactly 3 requests, but 2 of the 2 requests made fit"),
        ({"at_least": 3}, "expected at least 3 request(s), but 2 of the 2 requests made fit"),
        ({"at_most": 1}, "expected at most 1 request(s), but 2 of the 2 requests made fit"),
        (
            {"at_least": 3, "at_most": 4},
            "expected at least 3 and at most 4 request(s), but 2 of the 2 requests made fit",
        ),
    ],
)
def test_wrong_number_is_told_with_the_requests(api: MockSession, ask: Ask, count: Any, told: str) -> None:
    api.reply("Fine.")
    ask("One"), ask("Two")
    assert complaint(lambda: api.assert_called(**count)) == (
        f"{told}\nrequests made:\n"
        f"  requests[0], POST /v1/messages {MODEL} 'One', answered 200 by script 1\n"
        f"  requests[1], POST /v1/messages {MODEL} 'Two', answered 200 by script 1"
    )


def test_nearest_request_is_told_with_a_diff(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    ask("Hello", model="claude-haiku-4-5")
    ask("Translate:\nOne\nTwo\nThree")
    wanted: Any = {"user": {"equals": "Translate:\nOne\nThree\nFour"}, "model": "claude-opus-*"}
    assert complaint(lambda: api.assert_called(when=wanted)).splitlines()[:11] == [
        'expected at least 1 request(s) with {"user": {"equals": "Translate:\\nOne\\nThree\\nFour"}, '
        '"model": "claude-opus-*"}, but 0 of the 2 requests made fit',
        f"the nearest is requests[1], POST /v1/messages {MODEL} 'Translate:\\nOne\\nTwo\\nThree', answered 200",
        "  user: expected to be 'Translate:\\nOne\\nThree\\nFour', got 'Translate:\\nOne\\nTwo\\nThree'",
        "  user: - wanted, + came",
        "   Translate:",
        "   One",
        "  +Two",
        "   Three",
        "  -Four",
        "requests made:",
        "  requests[0], POST /v1/messages claude-haiku-4-5 'Hello', answered 200 by script 1",
    ]


def test_broken_request_is_never_the_nearest(api: MockSession) -> None:
    messages: tuple[Any, Any] = ([], {"role": "user", "content": "Hello"})
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        for message in messages:
            client.post("http://mock/v1/messages", json={"model": "gpt", "messages": [message]})
    told = complaint(lambda: api.assert_called(when={"user": "weather", "model": "claude-*"}))
    assert "the nearest is requests[1]" in told


def test_diff_of_long_texts_is_cut(api: MockSession, ask: Ask) -> None:
    """It shows where they differ; comparing thousands of similar lines would take minutes."""
    api.reply("Fine.")
    lines = [f"line {number} of many that are alike" for number in range(3000)]
    ask("\n".join([*lines[:2000], "another", *lines[2001:]]))
    told = complaint(lambda: api.assert_called(when={"user": "\n".join(lines)}))
    assert len(told) < 6000
    assert "  -line 2000 of many that are alike\n  +another\n" in told
    api.reset()
    api.reply("Fine.")
    ask("x" * 50_000 + "came")
    told = complaint(lambda: api.assert_called(when={"user": "x" * 50_000 + "wanted"}))
    assert len(told) < 6000
    assert "xxxwanted\n" in told
    assert "xxxcame\n" in told


def test_requests_without_a_body_are_counted(api: MockSession) -> None:
    headers = {"x-api-key": api.api_key, "x-app": "mine"}
    with httpx2.Client(transport=api.transport, headers=headers, base_url="http://mock") as client:
        client.get("/v1/models")
        api.assert_called(1, endpoint="models")
        api.assert_called(1, endpoint="models", when={"headers": {"x-app": "mine"}})
        api.assert_called(0, endpoint="models", when={"headers": {"x-app": "theirs"}})
        api.assert_called(0, endpoint="models", when={"user": "x"})
    told = complaint(lambda: api.assert_called(1))
    assert told.splitlines()[0] == "expected exactly 1 request to messages, but none was made there"
    assert "requests[0], GET /v1/models" in told


def test_retry_names_the_request_it_repeats(api: MockSession) -> None:
    api.reply("Fine.")
    api.error("overloaded_error", retry_after=0, times=1)
    httpx2_client = httpx2.Client(transport=api.transport)
    with anthropic.Anthropic(api_key="another", http_client=httpx2_client, max_retries=0) as other:
        with pytest.raises(anthropic.NotFoundError):
            other.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
        with other.with_options(api_key=api.api_key, max_retries=1) as client:
            client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
    assert "requests[1], POST /v1/messages" in api.summary()
    assert ", retry of requests[0]" in api.summary()


def test_request_with_another_key_does_not_escape(api: MockSession) -> None:
    """What no scenario fitted counts, unless something was scripted for its key, or it came before."""
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}

    def post(key: str) -> Any:
        with httpx2.Client(transport=api.transport, headers={"x-api-key": key}) as client:
            return client.post("http://mock/v1/messages", json=body).json()

    post("sk-before-the-session")
    assert isinstance(api.transport, MockTransport)
    session = api.transport.session("sk-the-test's-own-key")
    session.reply("Hello.")
    assert post("sk-the-test's-own-key")["content"]
    session.finish()
    told = post("sk-of-the-settings")["error"]["message"]
    assert told == (
        "No scenario fits this request: there are none. None was added for its key (or x-mock-session), but another "
        "session has some: is the client made before the test begins, or with a key of its own?"
    )
    assert complaint(session.finish).splitlines() == [
        f"no scenario fits POST /v1/messages {MODEL} 'Hi', answered 404",
        "1 request came with another key than this session's (sk-…ings): "
        "is the client made before the test begins, or with a key of its own?",
    ]
    session.reset()
    session.finish()


def test_client_of_another_key_is_suspected(api: MockSession) -> None:
    assert complaint(api.assert_called).startswith("expected at least 1 request(s), but none came with the key of this")
    assert "ANTHROPIC_BASE_URL" in complaint(api.assert_called)
    with httpx2.Client(transport=api.transport, headers={"x-api-key": "sk-made-too-early"}) as client:
        client.post("http://mock/v1/messages", json={})
    assert "another key than this session's (sk-…arly): is the client made before the" in complaint(api.assert_called)
    assert api.summary().startswith("1 request came with another key than this session's (sk-…arly): ")
    assert complaint(lambda: api.last_request).startswith("expected a request, but none came")
    api.assert_called(0)


def test_unmatched_request_is_told_with_what_differed(api: MockSession, ask: Ask) -> None:
    api.assert_no_unmatched()
    api.when(user="weather").reply("Sunny.")
    ask("Hello")
    told = complaint(api.assert_no_unmatched)
    assert told.startswith(f"no scenario fits requests[0], POST /v1/messages {MODEL} 'Hello', answered 404\n")
    assert 'user: expected to contain "weather", got "Hello"' in told
    assert complaint(api.finish) == told


def test_generated_answer_is_unmatched_too(api: MockSession, ask: Ask) -> None:
    """But nothing to fail a test for that did not ask."""
    api.configure(unmatched="generate")
    api.when(user="weather").reply("Sunny.")
    ask("Hello")
    assert 'user: expected to contain "weather", got "Hello"' in complaint(api.assert_no_unmatched)
    api.finish()


def test_refused_request_is_not_unmatched(api: MockSession, ask: Ask) -> None:
    assert ask(max_tokens=-1) == "BadRequestError"
    api.finish()
    told = complaint(api.assert_valid)
    assert told.splitlines()[0] == f"the API refuses requests[0], POST /v1/messages {MODEL} 'Hello', answered 400"
    assert told.splitlines()[1] == "  max_tokens: must be greater than or equal to 0"
    api.check_at_end("valid")
    assert complaint(api.finish) == told


def test_unused_script_is_told(api: MockSession, ask: Ask) -> None:
    api.when(user="weather").reply("Sunny.")
    api.calls(["One", "Two"])
    ask("Hello")
    told = complaint(api.assert_all_used)
    assert "script 1 (" in told
    assert "test_testing.py:" in told
    assert "gave 0 of 1 answers\nthe nearest is requests[0], " in told
    assert 'user: expected to contain "weather", got "Hello"' in told
    assert "gave 1 of 2 answers" in told
    ask("weather"), ask("Hello")
    api.assert_all_used()


def test_lost_thinking_is_told(api: MockSession, ask: Ask) -> None:
    assert "nothing to send back" in complaint(api.assert_thinking_returned)
    api.configure(validation="warn")
    api.turns([{"thinking": "Hm.", "tool_use": "get_weather"}, "Done."])
    first = ask(tools=[TOOL])
    assert complaint(api.assert_thinking_returned).startswith("no request sent back a tool use that came with thinking")
    (use,) = [block for block in first.content if block.type == "tool_use"]
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "21"}]}
    spoken = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": [use]}, result]
    ask(messages=spoken, tools=[TOOL])
    told = complaint(api.assert_thinking_returned)
    assert f"sends back tool use {use.id} without 1 of the 1 thinking block(s) that came with it" in told


def thought(number: int) -> dict[str, Any]:
    return {"thinking": f"Thought {number}."}


def use_of(message: Any) -> Any:
    (use,) = [block for block in message.content if block.type == "tool_use"]
    return use


@pytest.mark.parametrize(
    ("model", "change", "told"),
    [
        (MODEL, lambda first, second: (first, second), ""),
        (MODEL, lambda first, second: (first, second[1:]), "without 1 of the 1 thinking block(s)"),
        (MODEL, lambda first, second: ([first[1], first[0], *first[2:]], second), "came with it in another order"),
        (MODEL, lambda first, second: (first[2:], second), ""),
        (MODEL, lambda first, second: ([first[0], *first[2:]], second), ""),
        (MODEL, lambda first, second: ([first[0], second[0], first[2]], second), ""),
        (
            MODEL,
            lambda first, second: ([{**first[0].model_dump(), "thinking": "Other."}, *first[1:]], second),
            "without 1 of the 2 thinking block(s) that came with it, or with changes",
        ),
        ("claude-opus-5-5", lambda first, second: (first[1:], second), ""),
        ("claude-opus-5-5", lambda first, second: ([first[0], *first[2:]], second), "binds each to all before"),
    ],
)
def test_thinking_of_older_turns_may_be_left_out(
    api: MockSession, ask: Ask, model: str, change: Callable[[Any, Any], tuple[Any, Any]], told: str
) -> None:
    """The first tool loop is over when the second question comes; models that bind thinking keep what stands behind."""
    api.configure(validation="off")
    api.turns([{"content": [thought(3), {"tool_use": "get_weather"}]}, "Done."])
    api.when(user="first").turns([{"content": [thought(1), thought(2), {"tool_use": "get_weather"}]}, "Done."])
    first, second = (ask(text, model=model, tools=[TOOL]) for text in ("The first.", "The next."))

    def loop(question: str, message: Any, content: Any) -> list[Any]:
        result = {"type": "tool_result", "tool_use_id": use_of(message).id, "content": "21"}
        return [
            {"role": "user", "content": question},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [result]},
        ]

    one, two = change(first.content, second.content)
    done = {"role": "assistant", "content": "Done."}
    ask(messages=[*loop("The first.", first, one), done, *loop("The next.", second, two)], model=model, tools=[TOOL])
    if told:
        assert told in complaint(api.assert_thinking_returned)
    else:
        api.assert_thinking_returned()


def test_cache_is_claimed(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    system = [{"type": "text", "text": "word " * 6000, "cache_control": {"type": "ephemeral"}}]
    ask(system=system)
    told = complaint(api.assert_cached)
    assert told.startswith("no answer was read from the prompt cache (mark a prefix with cache_control, ")
    assert "cache_read_input_tokens 0" in told
    ask(system=system)
    api.assert_cached()


def test_broken_requests_do_not_break_claims(api: MockSession) -> None:
    bodies: list[Any] = [[], "x", None, {"messages": 7}, {"messages": [7, {"role": "assistant", "content": [7]}]}]
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        for body in bodies:
            client.post("http://mock/v1/messages", json=body)
    for claim in (api.assert_thinking_returned, api.assert_cached, api.assert_valid):
        assert complaint(claim)
    api.assert_called(0, when={"user": "x"})
    api.assert_no_unmatched()
    assert len(api.summary().splitlines()) == len(bodies)


def test_requests_can_be_waited_for(key: str) -> None:
    with MockServer() as server:
        api = server.session(key)
        api.reply("one two three", pace={"first": "1ms"})
        httpx2.post(f"{server.url}/v1/messages", json={"model": MODEL, "max_tokens": 9, "messages": []})
        body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        httpx2.post(f"{server.url}/v1/messages", json=body, headers={"x-api-key": key})
        assert api.wait()
        assert api.last_request.finished
        api.close()
        assert api.requests == ()
        assert repr(api) == f"<MockSession {server.url} with 0 requests>"
