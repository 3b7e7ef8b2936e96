"""The journal and the figures on the engine, where replicas write late, are reset meanwhile, or die."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
import valkey

from mockserver.records.settings import Settings
from mockserver.store import CallRecord
from mockserver.store.calls import Departure
from mockserver.store.errors import StoreFailedError, StoreGoneError
from mockserver.store.valkey import ValkeyStore, open_store
from tests.store.conformance.subject import record

LEFT = Departure(duration_ms=1.0)


class Pair:
    """Two replicas of one store. Their threads write nothing: each writes when it is told to."""

    def __init__(self, engine: str) -> None:
        self.engine, self.name = engine, uuid4().hex
        self.stores = [open_store(f"{engine}?name={self.name}", Settings()) for _ in range(2)]
        for store in self.stores:
            writer = store.journal.writer
            writer._has_ended = True
            writer._awake.set()
            assert writer._thread is not None
            writer._thread.join()

    def call(self, store: ValkeyStore, body: bytes) -> tuple[int, CallRecord]:
        """A call begins, and has a place."""
        store.sessions.begin_call("a")
        return store.journal.reserve(), record(body)

    def silence(self, store: ValkeyStore) -> None:
        """As if a replica had been killed a while ago."""
        client: Any = valkey.Valkey.from_url(self.engine)
        client.zincrby(f"{{mockserver:{self.name}}}:replicas", -60, store._data.replica)
        client.close()


@pytest.fixture
def pair(engine: str) -> Iterator[Pair]:
    """A name space of its own."""
    made = Pair(engine)
    yield made
    for store in made.stores:
        store.close()


def bodies(store: ValkeyStore) -> list[bytes]:
    return [entry.record.call.body for entry in store.journal.entries()]


def test_entries_stand_in_the_order_of_arrival(pair: Pair) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    later, late = pair.call(second, b"2")
    second.journal.append("a", late, LEFT, later)
    second.journal.writer.flush()
    first.journal.append("a", early, LEFT, place)
    first.journal.writer.flush()
    assert bodies(second) == bodies(first) == [b"1", b"2"]


def test_place_kept_too_long_is_given_up(pair: Pair) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    later, late = pair.call(second, b"2")
    second.journal.append("a", late, LEFT, later)
    assert bodies(second) == [b"2"]
    first.journal.append("a", early, LEFT, place)
    assert bodies(first) == [b"2", b"1"]


def test_entry_of_a_session_reset_meanwhile_is_dropped(pair: Pair) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    first.journal.append("a", early, LEFT, place)
    second.sessions.reset("a")
    assert bodies(first) == bodies(second) == []


def test_what_a_dead_replica_left_unfinished_hung_up(pair: Pair) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    first.journal.append("a", early, None, place)
    first.journal.writer.flush()
    assert [entry.departure for entry in second.journal.entries()] == [None]
    pair.silence(first)
    assert [entry.departure for entry in second.journal.entries()] == [Departure(hung_up=True)]


def test_figures_of_all_replicas_are_added_up(pair: Pair) -> None:
    first, second = pair.stores
    first.sessions.begin_call("a")
    for store in (first, second, first):
        store.stats.count("a", record(), LEFT)
        store.journal.writer.flush()
    assert first.stats.read("a").requests == second.stats.read().requests == 3
    second.reset("a")
    assert (first.stats.read("a").requests, first.stats.read().requests) == (0, 3)


def test_departure_waits_while_the_engine_is_gone(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    ticket = first.journal.append("a", early, None, place)
    first.journal.writer.flush()

    def fail() -> None:
        raise StoreFailedError("the engine is gone")

    with monkeypatch.context() as patch:
        patch.setattr(first._data.link, "check", fail)
        patch.setattr(first._data.link, "call_all", lambda _: fail())
        first.journal.finish(ticket, LEFT)
        first.journal.writer.flush()
    first.journal.writer.flush()
    assert [entry.departure for entry in second.journal.entries()] == [LEFT]


def test_followers_miss_nothing_that_is_written_late(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair.stores
    flush, held = first.journal.flush, list[tuple[int, CallRecord]]()

    def begin_two_after() -> int:
        latest = flush()
        held.append(pair.call(first, b"1"))
        place, late = pair.call(second, b"2")
        second.journal.append("a", late, LEFT, place)
        second.journal.writer.flush()
        return latest

    with monkeypatch.context() as patch:
        patch.setattr(first.journal, "flush", begin_two_after)
        news = first.journal.follow("a", 0, (), 10)
    ((place, early),) = held
    first.journal.append("a", early, LEFT, place)
    later = first.journal.follow("a", news.latest, news.unfinished, 10)
    assert [entry.record.call.body for entry in (*news.entries, *later.entries)] == [b"1", b"2"]


def test_key_of_somebody_else_costs_only_what_needs_it(pair: Pair) -> None:
    first, second = pair.stores
    place, _ = pair.call(first, b"0")
    first.sessions.begin_call("b")
    key = f"{{mockserver:{pair.name}}}:i:{first._data.take_owner(place)}:requests"
    with valkey.Valkey.from_url(pair.engine) as client:
        client.set(key, "of somebody else")
    for name, body in (("a", b"1"), ("b", b"2")):
        first.journal.append(name, record(body), LEFT)
    first.journal.writer.flush()
    assert [entry.record.call.body for entry in second.journal.entries("b")] == [b"2"]
    assert bodies(second)[-1:] == [b"2"]


def test_figures_where_somebody_else_has_a_key_hold_up_no_entries(pair: Pair) -> None:
    first, second = pair.stores
    place, early = pair.call(first, b"1")
    with valkey.Valkey.from_url(pair.engine) as client:
        client.set(f"{{mockserver:{pair.name}}}:i:{first._data._owners[place]}:figures", "of somebody else")
    first.journal.append("a", early, LEFT, place)
    first.stats.count("a", early, LEFT)
    first.stats.count("b", early, LEFT)
    first.journal.writer.flush()
    assert bodies(second) == [b"1"]
    assert first.journal.writer._left.is_empty


def test_figures_are_not_added_twice_when_the_engine_goes_away(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair.stores
    first.sessions.begin_call("a")
    call_all = first._data.link.call_all

    def lose_answer(operations: Sequence[tuple[str, Any]]) -> list[Any]:
        found = call_all(operations)
        if operations[0][0] == "once":
            raise StoreGoneError("the connection was closed")
        return found

    first.stats.count("a", record(), LEFT)
    with monkeypatch.context() as patch:
        patch.setattr(first._data.link, "call_all", lose_answer)
        first.journal.writer.flush()
    first.journal.writer.flush()
    assert second.stats.read("a").requests == 1


def test_figures_wait_when_they_cannot_be_read(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair.stores

    def fail(*_: object) -> None:
        raise StoreGoneError("the connection was closed")

    first.stats.count("a", record(), LEFT)
    with monkeypatch.context() as patch:
        patch.setattr(first._data.link, "call_all", fail)
        first.journal.writer.flush()
    first.journal.writer.flush()
    assert second.stats.read().requests == 1


def test_names_may_have_half_characters_and_be_long(pair: Pair) -> None:
    first, second = pair.stores
    for name in ("x\ud800", "n" * 100_000, "a:{b}\0"):
        first.sessions.begin_call(name)
        first.journal.append(name, record(b"\xff\0"), LEFT, first.journal.reserve())
        first.journal.writer.flush()
        assert [entry.record.call.body for entry in second.journal.entries(name)] == [b"\xff\0"]
        second.reset(name)
        assert first.journal.entries(name) == ()
