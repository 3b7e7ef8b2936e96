"""What the writer of the journal on an engine promises where answers are lost, entries are large, and many wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
import valkey

from mockserver.records.settings import Settings
from mockserver.store.calls import Departure
from mockserver.store.errors import StoreFailedError, StoreGoneError
from mockserver.store.valkey import ValkeyStore, bridge, journal, open_store, sender, writer
from tests.store.conformance.subject import record

LEFT = Departure(duration_ms=1.0)


class Replicas:
    """Opens replicas of one store, and looks at its keys."""

    def __init__(self, engine: str) -> None:
        self.engine, self.name, self.stores = engine, uuid4().hex, list[ValkeyStore]()

    def open(self, **settings: Any) -> ValkeyStore:
        """One more replica."""
        self.stores.append(open_store(f"{self.engine}?name={self.name}", Settings(**settings)))
        return self.stores[-1]

    def sizes(self, pattern: str) -> list[int]:
        """The bytes that the values of keys take, which are whole texts."""
        with valkey.Valkey.from_url(self.engine) as client:
            keys = list(client.scan_iter(f"{{mockserver:{self.name}}}:{pattern}", count=1000))
            return [client.strlen(key) if client.type(key) == b"string" else 0 for key in keys]


@pytest.fixture
def replicas(engine: str) -> Iterator[Replicas]:
    """A name space of its own."""
    made = Replicas(engine)
    yield made
    for store in made.stores:
        store.close()


def append(store: ValkeyStore, body: bytes, departure: Departure | None = LEFT, session: str = "a") -> int:
    """A call of a session is written."""
    store.sessions.begin_call(session)
    return store.journal.append(session, record(body), departure, store.journal.reserve())


def bodies(store: ValkeyStore, session: str | None = None) -> list[bytes]:
    return [entry.record.call.body for entry in store.journal.entries(session)]


def lose_answers(store: ValkeyStore, monkeypatch: pytest.MonkeyPatch, named: str, times: int = 1) -> list[str]:
    """The first operations of that name are done, and the answers lost; returns the names of those."""
    ask, lost = store._data.link.call_all, list[str]()

    def lose(operations: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        answers = ask(operations)
        if len(lost) < times and any(named in (name, *args[2:3]) for name, args in operations):
            lost.append(named)
            raise StoreGoneError("the connection broke")
        return answers

    monkeypatch.setattr(store._data.link, "call_all", lose)
    return lost


@pytest.mark.parametrize("named", ["put_figures", "write_entries", "finish_entries"])
def test_what_was_done_unheard_is_done_once(replicas: Replicas, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    store = replicas.open()
    lost = lose_answers(store, monkeypatch, named, times=2)
    for body in (b"1", b"2", b"3"):
        ticket = append(store, body, None)
        store.journal.writer.flush()
        store.stats.count("a", record(), LEFT)
        store.journal.finish(ticket, LEFT)
    while len(lost) < 2:
        store.journal.writer.flush()
    found = store.journal.entries()
    assert [(entry.number, entry.record.call.body, entry.departure) for entry in found] == [
        (1, b"1", LEFT),
        (2, b"2", LEFT),
        (3, b"3", LEFT),
    ]
    assert (store.stats.read("a").requests, store.stats.read().requests, store.journal.received()) == (3, 3, 3)


def test_event_loop_goes_on_while_the_writer_sends(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    store = replicas.open()
    ask, goes_on = store._data.link.call_all, Event()

    def hold(operations: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        assert goes_on.wait(20), "the event loop waits"
        return ask(operations)

    monkeypatch.setattr(store._data.link, "call_all", hold)

    async def read() -> list[list[bytes]]:
        append(store, b"1")
        asyncio.get_running_loop().call_later(0.05, goes_on.set)
        return list(await asyncio.gather(*(bridge.run(bodies, store) for _ in range(3))))

    assert asyncio.run(read()) == [[b"1"]] * 3


def test_event_loop_goes_on_while_a_place_is_waited_for(replicas: Replicas) -> None:
    reader, other = replicas.open(), replicas.open()

    async def read() -> list[bytes]:
        other.sessions.begin_call("a")
        place = other.journal.reserve()
        # Written by this loop, before the place is given up.
        reading = asyncio.ensure_future(bridge.run(bodies, reader))
        await asyncio.sleep(0)
        await asyncio.to_thread(other.journal.append, "a", record(b"1"), LEFT, place)
        return await reading

    assert asyncio.run(read()) == [b"1"]


def test_large_record_is_kept_in_parts(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "MOST_PART", 50_000)
    store = replicas.open()
    large = bytes(range(256)) * 700
    for body in (b"1", large, b"2"):
        append(store, body)
    assert bodies(store) == [b"1", large, b"2"]
    parts = replicas.sizes("e:*:*")
    assert max(parts) == 50_000
    assert sum(parts) > len(large)
    store.journal.clear("a")
    assert replicas.sizes("e:*") == []


def test_parts_of_an_entry_that_does_not_come_expire(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "MOST_PART", 50_000)
    store = replicas.open()
    store._data.link.call("keep_part", store._data.replica, 1, 0, b"x")
    with valkey.Valkey.from_url(replicas.engine) as client:
        (key,) = client.scan_iter(f"{{mockserver:{replicas.name}}}:e:*")
        assert 0 < client.ttl(key) <= 600


def test_what_found_no_room_while_waiting_is_counted(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MOST_WAITING", 30_000)
    store = replicas.open(journal_bytes=30_000)
    store.sessions.touch("a")

    def fail() -> None:
        raise StoreFailedError("the engine is gone")

    with monkeypatch.context() as patch:
        patch.setattr(store._data.link, "check", fail)
        for number in range(6):
            store.journal.append("a", record(b"%d" % number * 10_000), LEFT)
    kept = bodies(store)
    assert len(kept) + store.journal.dropped("a") == 6 == store.journal.received()
    assert kept[-1] == b"5" * 10_000


def test_long_lists_are_read_and_cleared_in_steps(replicas: Replicas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_MANY", 3)
    monkeypatch.setattr(journal, "_AT_ONCE", 2)
    store = replicas.open()
    tickets = [append(store, b"%d" % number, None if number % 2 else LEFT, "ab"[number % 2]) for number in range(10)]
    assert bodies(store) == [b"%d" % number for number in range(10)]
    assert bodies(store, "b") == [b"%d" % number for number in range(1, 10, 2)]
    news = store.journal.follow(None, 4, (2, 4), 100)
    assert [entry.number for entry in news.entries] == [5, 6, 7, 8, 9, 10]
    assert news.unfinished == (2, 4, 6, 8, 10)
    store.journal.finish(tickets[1], LEFT)
    news = store.journal.follow(None, 10, (2, 4, 6, 8, 10), 100)
    assert ([entry.number for entry in news.entries], news.unfinished) == ([2], (4, 6, 8, 10))
    assert store.journal.clear("a") == 5
    assert store.journal.clear() == 5
    assert store.journal.entries() == ()
    assert store.usage().journal_bytes == 0


def test_figures_of_replicas_that_count_at_once_are_exact(replicas: Replicas) -> None:
    stores = [replicas.open(), replicas.open()]
    for name in "ab":
        stores[0].sessions.touch(name)

    def work(store: ValkeyStore) -> None:
        for number in range(300):
            store.stats.count("ab"[number % 2], record(), LEFT)
            if number % 10 == 0:
                store.journal.writer.flush()

    run_all([lambda store=store: work(store) for store in stores])  # type: ignore[misc]
    for store in stores:
        store.journal.writer.flush()
    read = [store.stats.read(name).requests for store in stores for name in ("a", "b", None)]
    assert read == [300, 300, 600] * 2
    stores[0].reset("a")
    stores[1].stats.count("b", record(), LEFT)
    assert [stores[1].stats.read(name).requests for name in ("a", "b", None)] == [0, 301, 601]
    assert stores[1].stats.clear() == 601
    stores[0].stats.count("a", record(), LEFT)
    stores[0].journal.writer.flush()
    assert (stores[1].stats.read().requests, stores[1].stats.lifetime().requests) == (1, 602)


def run_all(works: Sequence[Callable[[], None]]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
