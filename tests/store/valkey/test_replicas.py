"""Replicas know of each other, by the clock of the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from uuid import uuid4

import pytest
import valkey

from mockserver.records.settings import Settings
from mockserver.store.valkey import ValkeyStore, open_store, replicas

SILENCE = 10.0


@pytest.fixture
def url(engine: str) -> str:
    """A name space of its own."""
    return f"{engine}?name={uuid4().hex}"


@pytest.fixture
def opening(url: str) -> Iterator[Callable[[], ValkeyStore]]:
    """Opens one more replica."""
    opened: list[ValkeyStore] = []

    def open_one() -> ValkeyStore:
        opened.append(open_store(url, Settings()))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


def ids(store: ValkeyStore) -> set[str]:
    return {each.id for each in store.replicas()}


def let_be_silent(url: str, replica: str, seconds: float) -> None:
    """As if a replica had told nothing for so long."""
    with valkey.Valkey.from_url(url.partition("?")[0]) as client:
        key = f"{{mockserver:{url.partition('name=')[2]}}}:replicas"
        client.zincrby(key, -seconds, replica)


def test_replicas_that_are_open_are_listed(opening: Callable[[], ValkeyStore]) -> None:
    first, second = opening(), opening()
    found = second.replicas()
    assert ids(first) == ids(second) == {first._data.replica, second._data.replica}
    assert all(each.home.endswith(f"/{os.getpid()}") and each.silent < 5 for each in found)
    second.close()
    assert ids(first) == {first._data.replica}


def test_replica_that_opens_again_is_another_one(opening: Callable[[], ValkeyStore]) -> None:
    first, second = opening(), opening()
    before = second._data.replica
    second.close()
    second.open()
    assert second._data.replica != before
    assert ids(first) == {first._data.replica, second._data.replica}


def test_silent_replica_is_gone(url: str, opening: Callable[[], ValkeyStore]) -> None:
    first, second = opening(), opening()
    let_be_silent(url, second._data.replica, SILENCE - 4)
    assert second._data.replica in ids(first)
    let_be_silent(url, second._data.replica, SILENCE)
    assert ids(first) == {first._data.replica}


def test_replica_that_is_heard_again_is_there(
    url: str, opening: Callable[[], ValkeyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "PAUSE", 0.05)
    first, second = opening(), opening()
    let_be_silent(url, second._data.replica, 2 * SILENCE)
    deadline = monotonic() + 20
    while second._data.replica not in ids(first):
        assert monotonic() < deadline
        sleep(0.01)


def test_nothing_is_known_for_long_of_what_is_gone(url: str, opening: Callable[[], ValkeyStore]) -> None:
    first, second = opening(), opening()
    let_be_silent(url, second._data.replica, 4000)
    first._heart.beat()
    with valkey.Valkey.from_url(url.partition("?")[0]) as client:
        homes = client.hkeys(f"{{mockserver:{url.partition('name=')[2]}}}:homes")
    assert homes == [first._data.replica.encode()]
