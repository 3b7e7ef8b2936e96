"""The journal: bounds, secrets, retries, and what an entry shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import Finding, Place
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Failure, Fault, Raw, Value, Written
from mockserver.records.settings import Settings
from mockserver.store import Entry, Miss, State, Thread

KEY = "sk-ant-api03-" + "k" * 40 + "-last"
BODY = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
MESSAGE = {"id": "msg_1", "content": [], "usage": {"input_tokens": 3, "output_tokens": 5}}


def make_call(body: Any = None, **headers: str) -> Call:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call("POST", "/v1/messages", {"x-api-key": KEY, **named}, orjson.dumps(body or BODY), at=7.0)


def make_state(**changes: Any) -> State:
    return State(Settings(**changes))


def test_numbers_count_over_the_whole_server() -> None:
    state = make_state()
    numbers = [state.session(name, 1.0).journal.add(Entry(make_call())).number for name in ("a", "b", "a")]
    assert numbers == [1, 2, 3]


def test_oldest_entries_leave_first() -> None:
    journal = make_state(journal_entries=3).session("a", 1.0).journal
    for _ in range(5):
        journal.add(Entry(make_call()))
    assert [entry.number for entry in journal.entries()] == [3, 4, 5]
    assert journal.get(2) is None
    assert len(journal) == 3


def test_bytes_are_bounded_over_all_sessions() -> None:
    state = make_state(journal_bytes=100_000)
    big = make_call({"text": "x" * 40_000})
    for name in ("a", "b", "c"):
        state.session(name, 1.0).journal.add(Entry(big))
    assert [entry.number for entry in state.entries()] == [2, 3]


def test_headers_and_queries_count_for_the_bound_too() -> None:
    state = make_state(journal_bytes=100_000)
    for name in ("a", "b", "c"):
        state.session(name, 1.0).journal.add(Entry(make_call(x_junk="x" * 60_000)))
    assert [entry.number for entry in state.entries()] == [3]
    state.session("d", 1.0).journal.add(Entry(replace(make_call(), query="x" * 60_000)))
    assert [entry.number for entry in state.entries()] == [4]
    state.reset()
    assert state._shelf.bytes == 0


def test_answers_count_for_the_bound_too() -> None:
    journal = make_state(journal_bytes=100_000).session("a", 1.0).journal
    for _ in range(3):
        journal.add(Entry(make_call(), size=60_000))
    assert len(journal) == 1


def test_one_entry_is_always_kept() -> None:
    journal = make_state(journal_bytes=10).session("a", 1.0).journal
    journal.add(Entry(make_call()))
    assert len(journal) == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50_000), st.booleans()), max_size=30))
@settings(max_examples=30, deadline=None)
def test_bounds_hold_for_any_traffic(traffic: list[tuple[str, int, bool]]) -> None:
    state = make_state(journal_bytes=150_000, journal_entries=4)
    for name, size, clears in traffic:
        journal = state.session(name, 1.0).journal
        journal.add(Entry(make_call(), size=size))
        if clears:
            journal.clear()
    entries = state.entries()
    assert sum(entry.size for entry in entries) <= 150_000
    assert all(len(session.journal) <= 4 for session in state.sessions())
    assert len(entries) == sum(len(session.journal) for session in state.sessions())


def test_finishing_replaces_the_entry() -> None:
    journal = make_state().session("a", 1.0).journal
    begun = journal.add(Entry(make_call(), events_total=9))
    journal.finish(begun.number, events_sent=4, hung_up=True, duration_ms=12.5)
    ended = journal.get(begun.number)
    assert ended is not None
    assert (begun.finished, begun.hung_up, begun.events_sent) == (False, None, 0)
    assert (ended.finished, ended.hung_up, ended.events_sent, ended.duration_ms) == (True, True, 4, 12.5)
    assert (ended.number, ended.events_total) == (begun.number, 9)


def test_finishing_a_dropped_entry_is_harmless() -> None:
    journal = make_state().session("a", 1.0).journal
    entry = journal.add(Entry(make_call()))
    journal.clear()
    journal.finish(entry.number)
    assert journal.entries() == ()


def test_waiting_ends_when_answers_have_left() -> None:
    journal = make_state().session("a", 1.0).journal
    entry = journal.add(Entry(make_call()))
    assert not journal.wait(timeout=0)
    finisher = threading.Thread(target=journal.finish, args=(entry.number,))
    finisher.start()
    assert journal.wait(timeout=10)
    finisher.join()


def test_retry_is_linked_to_the_same_body() -> None:
    journal = make_state().session("a", 1.0).journal
    first = journal.add(Entry(make_call()))
    other = journal.add(Entry(make_call({"model": "other"})))
    second = journal.add(Entry(make_call(x_stainless_retry_count="1")))
    third = journal.add(Entry(make_call(x_stainless_retry_count="2")))
    strange = journal.add(Entry(make_call({"model": "new"}, x_stainless_retry_count="1")))
    linked = [entry.retry_of for entry in (first, other, second, third, strange)]
    assert linked == [None, None, first.number, second.number, None]
    journal.finish(second.number)
    assert [entry.retry_of for entry in journal.entries()] == linked


def test_same_body_without_retry_header_is_no_retry() -> None:
    journal = make_state().session("a", 1.0).journal
    journal.add(Entry(make_call()))
    assert journal.add(Entry(make_call(x_stainless_retry_count="0"))).retry_of is None


def test_entry_tells_what_came() -> None:
    entry = Entry(make_call(anthropic_version="2026-10-21", anthropic_beta="b-2,a-1", x_mock_session="mine"))
    assert (entry.method, entry.path, entry.at, entry.session) == ("POST", "/v1/messages", 7.0, "mine")
    assert (entry.version, entry.betas, entry.model) == ("2026-10-21", ("a-1", "b-2"), "claude-opus-5-5")
    assert entry.json == BODY
    prompt = entry.prompt
    assert prompt is not None
    assert prompt.user == "Hello"


def test_thread_gives_the_effective_conversation() -> None:
    history = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"})
    entry = Entry(make_call(), Thread({"system": "Be short"}, history))
    prompt = entry.prompt
    assert prompt is not None
    assert [message["content"] for message in prompt.messages] == ["Hi", "Yes?", "Hello"]
    assert prompt.system == "Be short"
    assert len(entry.as_dict()["messages"]) == 3


def test_body_that_is_no_json_is_shown_as_text() -> None:
    entry = Entry(replace(make_call(), body=b"{broken \xff"))
    assert (entry.json, entry.prompt, entry.model) == (None, None, None)
    assert entry.as_dict()["body"] == "{broken �"
    assert entry.differences(lambda _: ("no",)) == ("the body is too broken to be understood",)


OUTCOMES: list[tuple[Written | Failure | Raw | Value | None, Any]] = [
    (None, None),
    (Written(orjson.dumps(MESSAGE)), MESSAGE),
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
    entry = Entry(make_call(), request_id="req_1", outcome=outcome)
    assert entry.answer == shown
    assert json.loads(json.dumps(entry.as_dict()))["answer"] == shown


def test_usage_and_faults_come_from_the_answer() -> None:
    entry = Entry(make_call(), outcome=Written(orjson.dumps(MESSAGE), faults=(Fault("stall"), Fault("disconnect"))))
    assert entry.usage == MESSAGE["usage"]
    assert entry.faults == ("stall", "disconnect")


def test_findings_are_shown_with_rule_and_source() -> None:
    finding = Finding("max_tokens: Field required", "schema", "SDK", path="max_tokens")
    assert Entry(make_call(), findings=(finding,)).as_dict()["findings"] == [
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


def test_misses_are_computed_when_read() -> None:
    asked: list[str] = []

    def explain(prompt: Prompt) -> Iterable[FoundMiss]:
        asked.append(prompt.user)
        return [FoundMiss("weather", Place("a.yaml", 3), (f"key: expected x, came {prompt.key}",))]

    entry = Entry(make_call(), misses_source=explain)
    assert asked == []
    assert entry.misses == (Miss("weather", "a.yaml:3:1", ("key: expected x, came sk-ant-…last",)),)
    assert asked == ["Hello"]


def test_given_misses_are_scrubbed_as_well() -> None:
    misses = (FoundMiss("a", Place("f"), (f"header x-api-key is {KEY!r}",)),)
    assert KEY not in repr(Entry(make_call(), misses_source=misses).misses)


def test_conditions_see_the_true_key() -> None:
    entry = Entry(make_call())
    assert entry.fits(lambda prompt: prompt.key == KEY)
    assert entry.differences(lambda prompt: (f"was {prompt.key}",)) == ("was sk-ant-…last",)


def test_list_says_what_was_refused_and_how_it_was_asked() -> None:
    finding = Finding("max_tokens: ...", "output_within_cap", "observed")
    refused = Entry(make_call({**BODY, "stream": True}), status=400, findings=(finding,)).summary()
    answered = Entry(make_call()).summary()
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
    state = make_state()
    session = state.session(call.session, 1.0)
    entry = session.journal.add(
        Entry(call, misses_source=lambda p: [FoundMiss("m", Place("f"), (repr(p.body), repr(p.headers)))])
    )
    prompt = entry.prompt
    views = [entry, entry.as_dict(), entry.summary(), entry.headers, entry.body, entry.json, entry.misses]
    views += [session, session.label, prompt, prompt and prompt.key, prompt and prompt.session]
    views += [entry.differences(lambda p: (repr(p.body), str(p.headers)))]
    shown = "\n".join(map(repr, views))
    for secret in (KEY, TOKEN, "other-secret", "cookie-secret", "token-secret", "query-secret"):
        assert secret not in shown
