"""Figures of calls: of a session and of all, what a reset does to them, and their bounds."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.reply import StoredReply
from mockserver.store import CallRecord, Departure, Store
from mockserver.store.stats import MOST_MODELS, MOST_SCENARIOS, OTHER
from tests.store.conformance.subject import WORKERS, Subject, at_once, record

LEFT = Departure(4, duration_ms=12.5, first_ms=3.0)
REFUSAL = Finding("max_tokens: Field required", "schema", "SDK")


def answered(model: str | None = "claude-a", **more: Any) -> CallRecord:
    """The record of a call for that model."""
    return replace(record(), model=model, **more)


def count(store: Store, session: str, *records: CallRecord) -> None:
    """Calls of a session, each answered."""
    store.sessions.begin_call(session)
    for each in records:
        store.stats.count(session, each, LEFT)


class Figures(Subject):
    """See `mockserver.store.protocols.StatsStore`."""

    def test_calls_are_counted_by_endpoint_and_model(self) -> None:
        store = self.open()
        count(store, "a", answered(), answered(status=529), answered("claude-b"))
        count(store, "b", answered(None, endpoint="models"))
        whole, own = store.stats.read(), store.stats.read("a")
        assert (whole.requests, own.requests) == (4, 3)
        assert whole.series[("messages", "claude-a")].statuses == {200: 1, 529: 1}
        assert whole.series[("models", None)].requests == 1
        assert ("models", None) not in own.series
        assert own.series[("messages", "claude-b")].first.longest == 3.0
        assert own.series[("messages", "claude-b")].whole.longest == 12.5

    def test_kinds_of_calls_are_counted(self) -> None:
        store = self.open()
        tokens = (1, 2, 3, 4)
        count(store, "a", answered(outcome=StoredReply(b"{}"), tokens=tokens, unmatched=True))
        count(store, "a", answered(scenario="one", tokens=tokens, cost=0.25, fallbacks=("two", None)))
        count(store, "a", answered(findings=(REFUSAL,), status=400), answered(unmatched=True, status=404))
        store.stats.count("a", answered(), Departure(hung_up=True))
        found = store.stats.read("a")
        kinds = (found.generated, found.refused, found.unmatched, found.failed, found.hung_up)
        assert kinds == (1, 1, 2, 2, 1)
        assert found.scenarios == {"one": 1, "two": 1}
        series = found.series[("messages", "claude-a")]
        assert (series.tokens, series.cost) == ([2, 4, 6, 8], 0.25)
        assert (series.whole.number, series.first.number) == (5, 4)

    def test_all_keep_what_a_session_loses(self) -> None:
        store = self.open()
        count(store, "a", answered())
        count(store, "b", answered())
        store.reset("a")
        store.forget("b")
        assert [store.stats.read(name).requests for name in ("a", "b", None)] == [0, 0, 2]
        count(store, "a", answered())
        assert store.stats.clear("a") == 1
        assert [store.stats.read(name).requests for name in ("a", None)] == [0, 3]

    def test_all_begin_anew_when_all_is_reset(self) -> None:
        store = self.open()
        count(store, "a", answered())
        store.reset()
        count(store, "b", answered())
        assert store.stats.clear() == 1
        count(store, "b", answered(), answered())
        assert [store.stats.read(name).requests for name in ("a", "b", None)] == [0, 2, 2]
        assert store.stats.lifetime().requests == 4

    def test_figures_of_none_are_cleared(self) -> None:
        store = self.open()
        count(store, "a")
        assert (store.stats.clear("a"), store.stats.clear("nobody"), store.stats.clear()) == (0, 0, 0)

    def test_clearing_leaves_the_rest_of_a_session(self) -> None:
        store = self.open()
        count(store, "a", answered())
        store.journal.append("a", record())
        store.stats.clear("a")
        assert len(store.journal.entries("a")) == 1

    def test_answer_of_a_lost_session_makes_none(self) -> None:
        store = self.open()
        store.stats.count("gone", answered(), LEFT)
        assert store.sessions.names() == ()
        assert store.stats.read().requests == 1

    def test_sessions_that_make_room_are_still_counted(self) -> None:
        store = self.open(max_sessions=2)
        for name in "abcd":
            count(store, name, answered())
        assert len(store.sessions.names()) == 2
        assert store.stats.read().requests == 4

    def test_names_are_bounded(self) -> None:
        store = self.open()
        count(store, "a", *[answered(f"m-{number}", scenario=f"s-{number}") for number in range(MOST_SCENARIOS + 50)])
        found = store.stats.read()
        assert found.requests == MOST_SCENARIOS + 50
        assert len(found.series) == MOST_MODELS + 1
        assert found.series[("messages", OTHER)].requests == MOST_SCENARIOS + 50 - MOST_MODELS
        assert (len(found.scenarios), found.scenarios[OTHER]) == (MOST_SCENARIOS + 1, 50)

    def test_figures_take_room_of_their_session(self) -> None:
        store = self.open()
        count(store, "a", answered())
        before = store.usage().session_bytes
        for number in range(200):
            store.stats.count("a", answered(), Departure(duration_ms=1.1**number, first_ms=1.0))
        between = store.usage().session_bytes
        assert between > before + 100 * 50
        store.stats.clear("a")
        assert store.usage().session_bytes < before

    def test_reading_gives_a_copy(self) -> None:
        store = self.open()
        count(store, "a", answered())
        store.stats.read().series.clear()
        assert store.stats.read().requests == 1

    def test_keys_in_models_are_masked(self) -> None:
        store = self.open()
        key = "a-key-that-has-no-known-form"
        call = Call("POST", "/v1/messages", {"x-api-key": key})
        count(store, "a", CallRecord(call, model=f"model {key}"))
        assert key not in str(store.stats.read())

    def test_calls_at_once_are_all_counted(self) -> None:
        store = self.open()
        store.sessions.begin_call("a")

        def ask(_: int) -> None:
            for _ in range(200):
                store.stats.count("a", answered(), LEFT)

        at_once(ask)
        assert store.stats.read("a").requests == 200 * WORKERS
