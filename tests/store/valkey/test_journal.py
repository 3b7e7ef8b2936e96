"""The journal and the figures on the engine, where replicas write late, are reset meanwhile, or die."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
import valkey

from mockserver.records.settings import Settings
from mockserver.store import CallRecord
from mockserver.store.calls import Departure
from mockserver.store.errors import StoreFailedError
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
    began = monotonic()
    assert bodies(second) == [b"2"]
    assert monotonic() - began < 5
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
