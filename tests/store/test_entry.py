"""Entries: what an entry of the journal shows, and what it hides."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import AnswerFinding, Finding, Place
from mockserver.records.masks import Scrubber
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Failure, Fault, Raw, StoredReply, Value
from mockserver.records.settings import Settings
from mockserver.store import (
    CallRecord,
    Departure,
    Entry,
    JournalEntry,
    JournalReader,
    MemoryStore,
    Mismatch,
    Reasons,
    Thread,
    mask_misses,
)

KEY = "sk-ant-api03-" + "k" * 40 + "-last"
BODY = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
MESSAGE = {"id": "msg_1", "content": [], "usage": {"input_tokens": 3, "output_tokens": 5}}


def make_call(body: Any = None, **headers: str) -> Call:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call("POST", "/v1/messages", {"x-api-key": KEY, **named}, orjson.dumps(body or BODY), at=7.0)


def make_entry(call: Call, thread: Thread | None = None, **more: Any) -> Entry:
    return Entry(JournalEntry(1, CallRecord(call, thread or Thread(), **more)))


@dataclass(frozen=True)
class When:
    """A condition that judges by a function of the prompt; it says that it reads the keys of ``source``."""

    judge: Callable[[Prompt], tuple[str, ...]]
    source: Mapping[str, Any] = field(default_factory=dict)

    def matches(self, prompt: Prompt) -> bool:
        return not self.judge(prompt)

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        return self.judge(prompt)


def test_entry_follows_its_answer() -> None:
    store = MemoryStore(Settings())
    reader = JournalReader(store.journal)
    number = store.journal.append("a", CallRecord(make_call(), events_total=9))
    (begun,) = reader.entries("a")
    store.journal.finish(number, Departure(4, True, 12.5))
    (ended,) = reader.entries("a")
    assert (begun.finished, begun.hung_up, begun.events_sent) == (False, None, 0)
    assert (ended.finished, ended.hung_up, ended.events_sent, ended.duration_ms) == (True, True, 4, 12.5)
    assert (ended.number, ended.events_total, reader.received()) == (begun.number, 9, 1)
    assert (ended == reader.entries()[0], ended == begun) == (True, False)


def test_waiting_ends_when_answers_have_left() -> None:
    store = MemoryStore(Settings())
    reader = JournalReader(store.journal)
    numbers = [store.journal.append("a", CallRecord(make_call())) for _ in range(2)]
    assert reader.wait("nobody", timeout=0)
    assert not reader.wait("a", timeout=0)

    def finish() -> None:
        for number in numbers:
            store.journal.finish(number, Departure())

    finisher = threading.Thread(target=finish)
    finisher.start()
    assert reader.wait("a", timeout=60)
    finisher.join()


def test_entry_tells_what_came() -> None:
    entry = make_entry(make_call(anthropic_version="2026-10-21", anthropic_beta="b-2,a-1", x_mock_session="mine"))
    assert (entry.method, entry.path, entry.at, entry.session) == ("POST", "/v1/messages", 7.0, "mine")
    assert (entry.version, entry.betas, entry.model) == ("2026-10-21", ("a-1", "b-2"), "claude-opus-5-5")
    assert entry.json == BODY
    prompt = entry.prompt
    assert prompt is not None
    assert prompt.user == "Hello"


def test_thread_gives_the_effective_conversation() -> None:
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    entry = make_entry(make_call(), Thread(b'{"system": "Be short"}', (orjson.dumps(history),)))
    prompt = entry.prompt
    assert prompt is not None
    assert [message["content"] for message in prompt.messages] == ["Hi", "Yes?", "Hello"]
    assert prompt.system == "Be short"
    assert len(entry.as_dict()["messages"]) == 3


def test_body_that_is_no_json_is_shown_as_text() -> None:
    entry = make_entry(replace(make_call(), body=b"{broken \xff"))
    assert (entry.json, entry.prompt, entry.model) == (None, None, None)
    assert entry.as_dict()["body"] == "{broken �"
    assert entry.differences(When(lambda _: ("no",))) == ("the body is too broken to be understood",)


OUTCOMES: list[tuple[StoredReply | Failure | Raw | Value | None, Any]] = [
    (None, None),
    (StoredReply(orjson.dumps(MESSAGE)), MESSAGE),
    (
        Failure(529, "overloaded_error", "Overloaded", details={"error_code": "x"}),
        {
            "type": "error",
            "error": {"type": "overloaded_error", "message": "Overloaded", "details": {"error_code": "x"}},
            "request_id": "req_1",
        },
    ),
    (Raw(502, b"<html>"), {"status": 502, "headers": {}, "body": "<html>"}),
    (Value(b'{"input_tokens":3}'), {"input_tokens": 3}),
    (Value(b"id,size", "text/csv"), {"status": 200, "headers": {}, "body": "id,size"}),
]


@pytest.mark.parametrize(("outcome", "shown"), OUTCOMES)
def test_answer_is_shown_as_json(outcome: Any, shown: Any) -> None:
    entry = make_entry(make_call(), request_id="req_1", outcome=outcome)
    assert entry.answer == shown
    assert json.loads(json.dumps(entry.as_dict()))["answer"] == shown


def test_usage_and_faults_come_from_the_answer() -> None:
    entry = make_entry(
        make_call(), outcome=StoredReply(orjson.dumps(MESSAGE), faults=(Fault("stall"), Fault("disconnect")))
    )
    assert entry.usage == MESSAGE["usage"]
    assert entry.faults == ("stall", "disconnect")


def test_findings_are_shown_with_rule_and_source() -> None:
    finding = Finding("max_tokens: Field required", "schema", "SDK", path="max_tokens")
    assert make_entry(make_call(), findings=(finding,)).as_dict()["findings"] == [
        {
            "rule": "schema",
            "path": "max_tokens",
            "source": "SDK",
            "message": "max_tokens: Field required",
            "status": 400,
            "type": "invalid_request_error",
        }
    ]


@dataclass(frozen=True)
class FoundMiss:
    """What the scenario stage returns."""

    name: str
    place: Place
    differences: tuple[str, ...]


@dataclass(frozen=True)
class FoundMet:
    """Likewise."""

    key: str
    expected: str
    got: str | None


def test_misses_are_worked_out_when_read() -> None:
    asked: list[str] = []

    def explain(record: CallRecord, prompt: Prompt, most: int) -> Reasons:
        asked.append(f"{record.status} {prompt.user} {most}")
        misses = [FoundMiss("weather", Place("a.yaml", 3), (f"key: expected x, came {prompt.key}",))]
        return Reasons(misses, 7, [FoundMet("user", "to contain x", f"x {prompt.key}")])

    entry = Entry(JournalEntry(1, CallRecord(make_call())), explain)
    assert asked == []
    assert entry.misses == (Mismatch("weather", "a.yaml:3:1", ("key: expected x, came sk-ant-…last",)),)
    assert asked == ["200 Hello 100"]
    shown = entry.as_dict()
    assert shown["misses_left_out"] == 7
    assert shown["met"] == [{"key": "user", "expected": "to contain x", "got": "x sk-ant-…last"}]


@pytest.mark.parametrize(
    ("changes", "is_inspected"),
    [
        ({"scenario": "weather"}, True),
        ({"fallbacks": (None, "weather")}, True),
        ({"fallbacks": (None,)}, False),
        ({"scenario": "weather", "outcome": Failure(529, "overloaded_error", "Overloaded")}, False),
        ({"scenario": "weather", "call": make_call({**BODY, "tools": 7})}, False),
    ],
)
def test_scripted_answers_alone_are_inspected(changes: dict[str, Any], *, is_inspected: bool) -> None:
    record = CallRecord(**{"call": make_call(), "outcome": StoredReply(orjson.dumps(MESSAGE)), **changes})
    seen: list[Any] = []

    def inspect(prompt: Prompt, message: Any) -> tuple[AnswerFinding, ...]:
        seen.append((prompt.user, message))
        return (AnswerFinding(f"came with {KEY}", "r", "s", "p"),)

    entry = Entry(JournalEntry(1, record), inspect=inspect)
    assert entry.summary()
    assert seen == []
    assert [each.message for each in entry.answer_findings] == ["came with sk-ant-…last"] * is_inspected
    assert seen == [("Hello", MESSAGE)] * is_inspected


def test_misses_without_a_call_in_the_journal_are_masked_too() -> None:
    misses = (FoundMiss("a", Place("f"), (f"header x-api-key is {KEY!r}",)),)
    assert KEY not in repr(mask_misses(Scrubber(make_call()), misses))


def test_conditions_see_the_true_key() -> None:
    entry = make_entry(make_call())
    assert entry.fits(When(lambda prompt: () if prompt.key == KEY else ("another",)))
    assert entry.differences(When(lambda prompt: (f"was {prompt.key}",))) == ("was sk-ant-…last",)


def test_condition_is_not_asked_about_what_it_cannot_read() -> None:
    """A fault of ours in a condition is not swallowed with the body's own."""

    def fail(_: Prompt) -> tuple[str, ...]:
        raise AttributeError

    entry = make_entry(make_call({**BODY, "messages": [[]]}))
    assert not entry.fits(When(fail, {"user": "x"}))
    assert entry.differences(When(fail, {"user": "x"})) == ("the body is too broken to be understood",)
    for read in (entry.fits, entry.differences):
        with pytest.raises(AttributeError):
            read(When(fail, {"model": "x"}))


def test_list_says_what_was_refused_and_how_it_was_asked() -> None:
    finding = Finding("max_tokens: ...", "output_within_cap", "observed")
    refused = make_entry(make_call({**BODY, "stream": True}), status=400, findings=(finding,)).summary()
    answered = make_entry(make_call()).summary()
    assert (refused["stream"], refused["rule"]) == (True, "output_within_cap")
    assert (answered["stream"], answered["rule"]) == (False, None)


TOKEN = "mcp-token-0123456789"
SECRET_BODIES = [
    orjson.dumps({**BODY, "mcp_servers": [{"type": "url", "url": "https://x", "authorization_token": TOKEN}]}),
    json.dumps({"mcp_servers": [{"authorization_token": TOKEN}]}, indent=4).encode(),
    b'{"mcp_servers": [{"\\u0061uthorization\\u005Ftoken": "%b"}]}' % TOKEN.encode(),
    b'{"requests": [{"params": {"mcp_servers": [{"authorization_token": "%b\\""}]}}]}' % TOKEN.encode(),
    b'{"authorization_token": "%b' % TOKEN.encode(),
    b'{"authorization_token": "%b\\x"}' % TOKEN.encode(),
]


@pytest.mark.parametrize("body", SECRET_BODIES)
def test_no_reading_shows_a_secret(body: bytes) -> None:
    headers = {
        "x-api-key": KEY,
        "authorization": "Bearer other-secret-0123",
        "cookie": "id=cookie-secret",
        "x-auth-token": "token-secret-01",
    }
    call = Call("POST", "/v1/messages", headers, body, query="api_key=query-secret-0", at=1.0)
    store = MemoryStore(Settings())
    store.journal.append(call.session, CallRecord(call, scenario="s", outcome=StoredReply(b"{}")))
    reader = JournalReader(
        store.journal,
        lambda _, p, __: Reasons(
            [FoundMiss("m", Place("f"), (repr(p.body), repr(p.headers)))],
            met=[FoundMet("m", repr(p.body), repr(p.headers))],
        ),
        inspect=lambda p, _: (AnswerFinding(f"{p.body} {p.headers}", "r", "s", str(p.body)),),
    )
    (entry,) = reader.entries()
    prompt = entry.prompt
    views = [entry, entry.as_dict(), entry.summary(), entry.headers, entry.body, entry.json, entry.misses]
    views += [
        entry.answer_findings,
        store.sessions.label(call.session),
        prompt,
        prompt and prompt.key,
        prompt and prompt.session,
    ]
    views += [entry.differences(When(lambda p: (repr(p.body), str(p.headers))))]
    shown = "\n".join(map(repr, views))
    for secret in (KEY, TOKEN, "other-secret", "cookie-secret", "token-secret", "query-secret"):
        assert secret not in shown
