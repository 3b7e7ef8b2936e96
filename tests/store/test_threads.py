"""Message threads: what the server holds for a caller, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import anthropic
import anthropic.types
import orjson
import pytest

from mockserver import journey
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.sending import Sent
from mockserver.serving.service import Service
from mockserver.store import Document, MemoryStore, Thread
from mockserver.store.threads import UNSUPPORTED, remember, resolve
from mockserver.testing.server import MockServer

TOOLS = [{"name": "look", "input_schema": {"type": "object"}}]
SYSTEM = "Be short."


def say(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def answer(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "content": [{"type": "text", "text": text}]}


def create(**more: Any) -> dict[str, Any]:
    body = {"model": "m", "max_tokens": 5, "system": SYSTEM, "tools": TOOLS, "messages": [say("one")]}
    return {**body, "thread": {"type": "create"}, **more}


def proceed(previous: str, *texts: str, **more: Any) -> dict[str, Any]:
    thread = {"type": "continue", "previous_message_id": previous}
    return {"model": "m", "max_tokens": 5, "messages": [say(text) for text in texts], "thread": thread, **more}


class Caller:
    """A session of a store, by the rules of threads."""

    def __init__(self) -> None:
        self.turns = MemoryStore(Settings()).threads

    def resolve(self, body: dict[str, Any]) -> Thread:
        return resolve(self.turns, "s", body)

    def remember(self, body: dict[str, Any], message: dict[str, Any], *, finished: bool = True) -> None:
        remember(self.turns, "s", body, message)
        if finished:
            self.turns.finish("s", message["id"])


@pytest.fixture
def threads() -> Caller:
    started = Caller()
    started.remember(create(), answer("msg_1", "first"))
    return started


def refusal(threads: Caller, body: dict[str, Any]) -> tuple[int, dict[str, Any], str]:
    with pytest.raises(ApiError) as caught:
        threads.resolve(body)
    finding = caught.value.finding
    return finding.status, dict(finding.details or {}), finding.message


def test_continuing_restores_the_conversation(threads: Caller) -> None:
    thread = threads.resolve(proceed("msg_1", "two"))
    assert thread.history() == (
        say("one"),
        {"role": "assistant", "content": [{"type": "text", "text": "first"}]},
    )
    assert thread.inherited() == {"system": SYSTEM, "tools": TOOLS}


def test_conversation_grows_turn_by_turn(threads: Caller) -> None:
    threads.remember(proceed("msg_1", "two"), answer("msg_2", "second"))
    thread = threads.resolve(proceed("msg_2", "three"))
    assert [message["role"] for message in thread.history()] == ["user", "assistant", "user", "assistant"]
    assert thread.inherited()["system"] == SYSTEM


def test_paused_turn_continues_without_messages(threads: Caller) -> None:
    threads.remember(proceed("msg_1"), answer("msg_2", "more"))
    assert [m["role"] for m in threads.resolve(proceed("msg_2")).history()] == ["user", "assistant", "assistant"]


@pytest.mark.parametrize("body", [create(), {"messages": []}, {"messages": [], "thread": None}])
def test_other_requests_resolve_to_nothing(threads: Caller, body: dict[str, Any]) -> None:
    thread = threads.resolve(body)
    assert (thread.inherited(), thread.history()) == ({}, ())


def test_only_threads_are_remembered() -> None:
    threads = Caller()
    remember(threads.turns, "s", {"messages": [say("one")]}, answer("msg_1", "first"))
    assert threads.turns.get("s", "msg_1") is None


def test_messages_of_no_use_are_not_remembered() -> None:
    threads = Caller()
    threads.remember(create(messages="hello"), answer("msg_1", "first"))
    assert [message["role"] for message in threads.resolve(proceed("msg_1", "two")).history()] == ["assistant"]


def test_unknown_response_is_not_found(threads: Caller) -> None:
    status, details, message = refusal(threads, proceed("msg_9", "two"))
    assert (status, details) == (404, {"error_code": "thread_not_found"})
    assert "msg_9" in message


def test_response_is_continued_only_once(threads: Caller) -> None:
    threads.remember(proceed("msg_1", "two"), answer("msg_2", "second"))
    status, details, _ = refusal(threads, proceed("msg_1", "again"))
    assert (status, details) == (400, {"error_code": "thread_already_continued"})


def test_refused_or_failed_turn_may_be_sent_again(threads: Caller) -> None:
    threads.resolve(proceed("msg_1", "two"))
    assert threads.resolve(proceed("msg_1", "two")).history() != ()


def test_slower_of_two_continuations_is_refused(threads: Caller) -> None:
    """Both were read before the other was answered."""
    threads.remember(proceed("msg_1", "two"), answer("msg_2", "second"), finished=False)
    with pytest.raises(ApiError) as caught:
        threads.remember(proceed("msg_1", "two"), answer("msg_3", "third"))
    assert (caught.value.finding.details or {})["error_code"] == "thread_continue_in_flight"


def test_continuing_while_in_flight_is_refused(threads: Caller) -> None:
    threads.remember(proceed("msg_1", "two"), answer("msg_2", "second"), finished=False)
    _, details, _ = refusal(threads, proceed("msg_1", "two"))
    assert details == {"error_code": "thread_continue_in_flight"}
    threads.turns.finish("s", "msg_2")
    _, details, _ = refusal(threads, proceed("msg_1", "two"))
    assert details == {"error_code": "thread_already_continued"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": "other"}, "`model`"),
        ({"system": "Other"}, "`system`"),
        ({"model": "other", "tools": []}, "`model`, `tools`"),
    ],
)
def test_changed_fields_are_named(threads: Caller, change: dict[str, Any], named: str) -> None:
    status, details, message = refusal(threads, proceed("msg_1", "two", **change))
    assert (status, details) == (400, {"error_code": "thread_fingerprint_mismatch"})
    assert f"thread: {named} differs" in message


def test_fields_the_thread_holds_are_not_repeated(threads: Caller) -> None:
    status, details, message = refusal(threads, proceed("msg_1", "two", system=SYSTEM))
    assert (status, details) == (400, {})
    assert message.startswith("system: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cache_control", {"type": "ephemeral"}),
        ("context_management", {"edits": []}),
        ("fallbacks", [{"model": "x"}]),
        ("fallbacks", "default"),
    ],
)
def test_unsupported_fields_are_listed(threads: Caller, field: str, value: Any) -> None:
    for body in (create(), proceed("msg_1", "two")):
        status, details, _ = refusal(threads, {**body, field: value})
        assert (status, details) == (400, {"error_code": "thread_unsupported_request", "unsupported": [field]})


def test_all_unsupported_fields_are_listed_together(threads: Caller) -> None:
    body = create(cache_control={"type": "ephemeral"}, context_management={"edits": []}, fallbacks="default")
    assert refusal(threads, body)[1]["unsupported"] == list(UNSUPPORTED)


def test_absent_fields_are_no_obstacle(threads: Caller) -> None:
    assert threads.resolve(create(cache_control=None, context_management=None, fallbacks=None)).history() == ()


def test_long_thread_lives_on_after_its_first_turns_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.store.memory.threads.MOST", 2)
    threads = Caller()
    threads.remember(create(), answer("msg_0", "x"))
    for number in range(5):
        threads.remember(proceed(f"msg_{number}", "go on"), answer(f"msg_{number + 1}", "x"))
    assert len(threads.resolve(proceed("msg_5", "end")).history()) == 12


SCRIPT = """
scenarios:
  - name: weather
    when: {user: weather}
    turns: [{tool_use: {name: look, input: {city: Oslo}}}, {text: "It is {{ tool_result.temp }} degrees."}]
  - {name: count, reply: {text: "{{ prompt.messages | length }} messages, {{ prompt.system }}"}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    path = tmp_path_factory.mktemp("threads") / "weather.yaml"
    path.write_text(SCRIPT, "utf-8")
    with MockServer(path, profile="anthropic") as running:
        yield running


@pytest.fixture
def client(server: MockServer) -> Iterator[anthropic.Anthropic]:
    server.reset()
    with anthropic.Anthropic(base_url=server.url, api_key="sk-test", max_retries=0) as made:
        yield made


def test_tool_runner_of_the_sdk_continues_its_thread(server: MockServer, client: anthropic.Anthropic) -> None:
    @anthropic.beta_tool
    def look(city: str) -> str:
        """The weather of a city."""
        return json.dumps({"temp": len(city)})

    runner = client.beta.messages.tool_runner(
        model="claude-opus-4-5", max_tokens=100, tools=[look], messages=[{"role": "user", "content": "weather"}]
    )
    assert [message.content[0].type for message in runner] == ["tool_use", "text"]
    first, second = server.mock.journal.entries()
    assert first.json["thread"] == {"type": "create"}
    assert "tools" not in second.json
    assert second.json["thread"]["previous_message_id"] == (first.answer or {})["id"]
    prompt = second.prompt
    assert prompt is not None
    assert (prompt.user, prompt.turn, prompt.tools) == ("weather", 1, ("look",))


def test_thread_of_the_sdk_starts_anew_when_it_is_lost(server: MockServer, client: anthropic.Anthropic) -> None:
    thread = client.beta.messages.thread(model="claude-opus-4-5", max_tokens=100, system="sys")
    assert text_of(thread.send({"role": "user", "content": "one"})) == "1 messages, sys"
    assert text_of(thread.send({"role": "user", "content": "two"})) == "3 messages, sys"
    server.mock.store.threads.clear()
    assert text_of(thread.send({"role": "user", "content": "three"})) == "5 messages, sys"
    assert [entry.status for entry in server.mock.journal.entries()] == [200, 200, 404, 200]


def test_refused_turn_leaves_the_thread_as_it_was(client: anthropic.Anthropic) -> None:
    create_message: Any = partial(client.beta.messages.create, max_tokens=9, betas=["message-threads-2026-08-12"])
    first = create_message(model="claude-opus-4-5", messages=[say("one")], thread={"type": "create"})
    more = {"messages": [say("two")], "thread": {"type": "continue", "previous_message_id": first.id}}
    with pytest.raises(anthropic.types.ThreadFingerprintMismatchError):
        create_message(model="claude-haiku-4-5", **more)
    assert text_of(create_message(model="claude-opus-4-5", **more)).startswith("3 messages")
    with pytest.raises(anthropic.types.ThreadAlreadyContinuedError):
        create_message(model="claude-opus-4-5", **more)


def text_of(message: Any) -> str:
    return str(message.content[0].text)


def test_key_written_with_escapes_is_a_thread_all_the_same() -> None:
    """The answer to a tool is checked against the thread's history, however its key is spelled."""
    mock = assembly.build(Settings())
    headers = {"anthropic-beta": "message-threads-2026-08-12", "anthropic-version": "2023-06-01", "x-api-key": "k"}
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
    asked = {"model": "claude-opus-4-8", "max_tokens": 99, "thread": {"type": "create"}, "tools": [tool]}
    asked |= {"messages": [{"role": "user", "content": "hi"}], "tool_choice": {"type": "tool", "name": "look"}}

    def send(body: bytes) -> tuple[int, Any]:
        answered = Service(mock).answer(Call("POST", "/v1/messages", headers, body, at=1.0))
        answered.finish(Sent())
        return answered.delivery.status, orjson.loads(answered.delivery.pieces[0].data)

    status, first = send(orjson.dumps(asked))
    assert status == 200, first
    result = {"type": "tool_result", "tool_use_id": first["content"][-1]["id"], "content": "x"}
    more = {"model": "claude-opus-4-8", "max_tokens": 99, "messages": [{"role": "user", "content": [result]}]}
    thread = {"type": "continue", "previous_message_id": first["id"]}
    body = orjson.dumps({**more, "thread": thread}).replace(b'"thread"', b'"\\u0074hread"')
    assert b"thread" not in body
    status, second = send(body)
    assert status == 200, second


def test_answer_to_the_slower_continuation_is_not_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    mock = assembly.build(Settings())
    document = Document("words", '{"name": "a", "calls": ["First.", "Second."]}', "test.py")
    mock.store.scripts.add("k", mock.compiler.scripts(document))
    headers = {"anthropic-beta": "message-threads-2026-08-12", "anthropic-version": "2023-06-01", "x-api-key": "k"}
    body = {"model": "claude-opus-4-8", "max_tokens": 99, "messages": [say("hi")], "thread": {"type": "create"}}
    call = Call("POST", "/v1/messages", headers, orjson.dumps(body), at=1.0)
    with monkeypatch.context() as patch:
        patch.setattr(type(mock.store.threads), "add", lambda *_: False)
        assert journey.answer(call, mock).delivery.status == 400
    assert b"First." in journey.answer(call, mock).delivery.pieces[0].data
