"""Sessions: made on first use, bounded, reset, and the settings changed at run time."""

from __future__ import annotations

import threading

import pytest
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.masks import is_secret, label, mask, mask_headers, mask_query
from mockserver.records.reply import Fault
from mockserver.records.settings import Settings
from mockserver.store import Entry, FaultPlan, Options, Overrides, Session, State

CALL = Call("POST", "/v1/messages", {"authorization": "sk-one"}, b"{}", at=1.0)


def test_session_is_made_once() -> None:
    state = State(Settings())
    session = state.session("a", 1.0)
    assert state.session("a", 5.0) is session
    assert session.at == 5.0
    assert state.names() == ("a",)


def test_peek_makes_no_session() -> None:
    state = State(Settings())
    assert state.peek("a") is None
    assert state.names() == ()


def test_sessions_never_share_anything() -> None:
    state = State(Settings())
    one, two = state.session("one", 1.0), state.session("two", 1.0)
    one.next_call()
    one.used["flaky"] = 3
    one.cache["k"] = 1
    one.added = ("scenario",)
    one.journal.add(Entry(CALL))
    assert (two.calls, two.used, two.cache, two.added, two.journal.entries()) == (0, {}, {}, (), ())


def test_calls_are_counted_from_one() -> None:
    session = State(Settings()).session("a", 1.0)
    assert [session.next_call() for _ in range(3)] == [1, 2, 3]


def test_idle_sessions_expire_with_their_journal() -> None:
    state = State(Settings(session_idle=60))
    state.session("old", 0.0).journal.add(Entry(CALL))
    state.session("young", 50.0)
    state.session("new", 61.0)
    assert state.names() == ("young", "new")
    assert state.entries() == ()


def test_least_recently_used_session_makes_room() -> None:
    state = State(Settings(max_sessions=2))
    for name in ("a", "b", "a", "c"):
        state.session(name, 1.0)
    assert state.names() == ("a", "c")


def test_clock_set_back_expires_nothing() -> None:
    state = State(Settings(session_idle=60))
    state.session("a", 1000.0)
    state.session("b", 5.0)
    assert state.names() == ("a", "b")


def test_reset_of_one_keeps_the_others() -> None:
    state = State(Settings())
    one, two = state.session("one", 1.0), state.session("two", 1.0)
    for session in (one, two):
        session.next_call()
        session.used["x"] = 1
        session.added = ("s",)
        session.overrides = Overrides(pace="realtime")
        session.journal.add(Entry(CALL))
    state.reset("one")
    assert (one.calls, one.used, one.added, one.overrides, len(one.journal)) == (0, {}, (), Overrides(), 0)
    assert (two.calls, two.used, two.added, len(two.journal)) == (1, {"x": 1}, ("s",), 1)
    assert state.session("one", 2.0) is one


def test_reset_of_unknown_session_is_harmless() -> None:
    state = State(Settings())
    state.reset("nobody")
    assert state.names() == ()


def test_reset_of_all_forgets_everything() -> None:
    state = State(Settings())
    session = state.session("a", 1.0)
    session.journal.add(Entry(CALL))
    state.override(Overrides(unmatched="error"))
    state.reset()
    assert (state.names(), state.entries(), state.overrides) == ((), (), Overrides())


def test_entries_of_all_sessions_in_order() -> None:
    state = State(Settings())
    for name in ("a", "b", "a"):
        state.session(name, 1.0).journal.add(Entry(CALL))
    assert [entry.number for entry in state.entries()] == [1, 2, 3]
    assert [entry.number for entry in state.entries("a")] == [1, 3]
    assert state.entries("nobody") == ()


def test_session_overrides_server_overrides_settings() -> None:
    state = State(Settings(pace="none", unmatched="generate", validation="strict"))
    session = state.session("a", 1.0)
    assert state.options(session) == Options("none", "generate", "strict")
    state.override(Overrides(pace="realtime", unmatched="error"))
    state.override(Overrides(unmatched="generate", validation="warn"), session)
    assert state.options(session) == Options("realtime", "generate", "warn")
    assert state.options(state.session("b", 1.0)) == Options("realtime", "error", "strict")


def test_planned_faults_strike_so_many_calls() -> None:
    state = State(Settings())
    session, other = state.session("a", 1.0), state.session("b", 1.0)
    cut, stall = (Fault("disconnect"),), (Fault("stall"),)
    state.override(Overrides(faults=FaultPlan(stall, calls=1)))
    state.override(Overrides(faults=FaultPlan(cut, calls=2), pace="realtime"), session)
    assert [state.take_faults(session) for _ in range(4)] == [cut, cut, stall, ()]
    assert state.take_faults(other) == ()
    assert session.overrides == Overrides(pace="realtime")


def test_reading_while_the_server_writes_is_safe() -> None:
    state = State(Settings(max_sessions=5, journal_entries=5))
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                [entry.as_dict() for entry in state.entries()]
                [session.label for session in state.sessions()]
        except Exception as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(3000):
        entry = state.session(f"s{number % 8}", float(number)).journal.add(Entry(CALL))
        state.session(f"s{number % 8}", float(number)).journal.finish(entry.number)
    stop.set()
    reader.join()
    assert failures == []


def test_session_label_hides_the_key() -> None:
    state = State(Settings())
    keyed = state.session("sk-ant-api03-verysecret-abcd", 1.0)
    assert keyed.label == "sk-ant-…abcd"
    assert "verysecret" not in repr(keyed)
    named = state.session("my-test", 1.0)
    named.journal.add(Entry(replace(CALL, headers={"x-mock-session": "my-test"})))
    assert named.label == "my-test"
    assert isinstance(named, Session)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sk-ant-api03-0123456789-wxyz", "sk-ant-…wxyz"),
        ("sk-0123456789wxyz", "sk-…wxyz"),
        ("Bearer sk-0123456789wxyz", "Bearer sk-…wxyz"),
        ("0123456789wxyz", "…wxyz"),
        ("sk-any", "***"),
        ("", "***"),
        ("Digest username=a, response=0123456789", "***"),
    ],
)
def test_masked_values_show_four_characters(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_labels_tell_short_keys_apart() -> None:
    labels = {label(key) for key in ("sk-any", "sk-one", "test")}
    assert len(labels) == 3
    assert all(shown.startswith("key-") for shown in labels)
    assert label("sk-0123456789wxyz") == "sk-…wxyz"


@pytest.mark.parametrize(
    "name", ["x-api-key", "authorization", "proxy-authorization", "cookie", "x-goog-api-key", "x-auth-token"]
)
def test_secret_headers_are_masked(name: str) -> None:
    assert mask_headers({name: "secret"}) == {name: "***"}


@pytest.mark.parametrize("name", ["content-type", "anthropic-version", "x-mock-session", "user-agent", "host"])
def test_other_headers_stay(name: str) -> None:
    assert not is_secret(name)
    assert mask_headers({name: "value"}) == {name: "value"}


def test_secrets_in_queries_are_masked() -> None:
    assert mask_query("beta=true&api_key=sk-0123456789&key=x") == "beta=true&api_key=***&key=***"
    assert mask_query("beta=true") == "beta=true"
