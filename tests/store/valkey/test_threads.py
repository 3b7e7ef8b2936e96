"""Counters, threads and prefixes on the engine: what a call knows of them, and what stays of replicas that are gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from mockserver.store import Thread, Turn
from mockserver.store.valkey import ValkeyStore, threads
from tests.store.valkey.test_scripts import sent_bytes
from tests.store.valkey.test_secrets import read_all
from tests.store.valkey.test_sessions import Ground

THREAD = Thread(b'{"model": "m"}', (b'[{"role": "user", "content": "one"}]',))


@pytest.fixture
def ground(engine: str) -> Iterator[Ground]:
    """A name space of its own."""
    made = Ground(engine)
    yield made
    made.close()


def test_turn_of_a_replica_that_is_gone_is_finished(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    second.threads.add("a", "msg_1", THREAD)
    second.threads.finish("a", "msg_1")
    first.threads.add("a", "msg_2", THREAD, "msg_1")
    assert second.threads.get("a", "msg_1") == Turn(THREAD, is_continued=True, is_busy=True)
    first.close()
    assert second.threads.get("a", "msg_1") == Turn(THREAD, is_continued=True, is_busy=False)


def test_finishing_waits_for_nothing_and_is_seen_by_the_next_call(ground: Ground) -> None:
    store = ground.open()
    store.threads.add("a", "msg_1", THREAD)
    store.threads.add("a", "msg_2", THREAD, "msg_1")

    async def finish_then_get() -> Turn | None:
        store.threads.finish("a", "msg_2")
        # Nothing could be sent yet: the event loop was not left.
        assert len(store._data.link._pipeline()._waiting) == 1
        return await store.runner(store.threads.get, "a", "msg_1")

    assert ground.loop.run_until_complete(finish_then_get()) == Turn(THREAD, is_continued=True)


def test_turns_of_all_are_cleared_in_steps(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_AT_ONCE", 3)
    store = ground.open()
    for number in range(8):
        store.threads.add("ab"[number % 2], f"msg_{number}", THREAD)
    assert ground.operations(store.threads.clear) == 1 + 3
    assert [store.threads.get("ab"[number % 2], f"msg_{number}") for number in range(8)] == [None] * 8
    assert store._data.link.call("usage")[3] == 0


def test_sessions_that_end_leave_nothing(ground: Ground) -> None:
    store = ground.open()
    empty = store._data.link.call("usage")
    ends: list[Callable[[], None]] = [store.reset, lambda: store.reset("a"), lambda: store.forget("a")]
    for end in ends:
        fill(store)
        assert len([key for key in ground.list_keys() if ":i:" in key]) >= 8
        end()
        assert [key for key in ground.list_keys() if ":i:" in key or key.endswith(":turns")] == []
    assert store._data.link.call("usage")[:4] == empty[:4]


def test_keys_go_by_themselves(ground: Ground) -> None:
    store = ground.open(keep="10s")
    fill(store)
    assert {key for key in ground.list_keys() if not 0 < ground.client.ttl(key) <= 20} == set()


def test_weights_are_given_back(ground: Ground) -> None:
    """Prefixes and fingerprints that make room for others weigh no more."""
    store = ground.open()
    for number in range(200):
        store.fingerprints.exchange("a", f"msg_{number}", b"x" * 100, None, 0.0)
    for number in range(5_000):
        store.prompt_cache.consult("a", [], [(b"%d" % number, 300.0)], 0.0)
    held = store._data.link.call("usage")[1]
    assert held - (64 * 228 + 4096 * 128) == 2049


def test_counts_of_many_scripts_are_asked_for_once(ground: Ground) -> None:
    store = ground.open()
    for number in range(150):
        store.counters.take("a", f"script {number}", None)

    def call() -> None:
        store.sessions.begin_call("a")
        for _ in range(3):
            assert len(store.counters.counts("a")) == 150
        store.counters.take("a", "script 1", None)
        assert store.counters.counts("a")["script 1"] > 1

    assert ground.operations(lambda: ground.call(store, call)) == 3


def test_call_knows_of_a_session_that_it_makes_and_of_a_reset(ground: Ground) -> None:
    store = ground.open()

    def call() -> None:
        assert not store.sessions.exists("a")
        assert store.counters.take("a", "x", None) == 0
        assert (store.sessions.exists("a"), store.counters.counts("a")) == (True, {"x": 1})
        era = store.counters.era("a")
        store.reset("a")
        assert (store.counters.era("a") != era, store.counters.counts("a")) == (True, {})
        store.counters.take("a", "x", 1)
        store.counters.put_back("a", "x", 0, era)
        assert store.counters.take("a", "x", 1) is None

    ground.call(store, call)


def fill(store: ValkeyStore) -> None:
    """Something of each kind."""
    store.counters.take("a", "x", 3)
    store.counters.put_back("a", "x", 0, store.counters.era("a"))
    store.threads.add("a", "msg_1", THREAD)
    store.prompt_cache.consult("a", [], [(b"x", 300.0)], 1.0)
    store.fingerprints.exchange("a", "msg_1", b"x", None, 1.0)


def test_turns_that_the_engine_let_go_weigh_nothing_when_their_session_ends(ground: Ground) -> None:
    store = ground.open()
    for number in range(3):
        store.threads.add("a", f"msg {number}", THREAD)
    for key in ground.list_keys():
        if ":turn:" in key:
            ground.client.delete(key)
    assert store.threads.get("a", "msg 0") is None
    assert store.threads.add("a", "msg 0", THREAD, "msg 1")
    store.reset("a")
    assert store._data.link.call("usage")[3] == 0


def test_secrets_of_a_conversation_are_not_kept(ground: Ground) -> None:
    store = ground.open()
    secret = "my-own-secret-value-123"
    told = b'[{"role": "user", "content": "It is %s."}]' % secret.encode()
    store.threads.add("a", "msg_1", Thread(b"{}", (told,), (secret,)))
    store.counters.take(secret, "x", None)
    assert store.threads.get("a", "msg_1") is not None
    assert [each for each in read_all(ground.url) if secret.encode() in each] == []


def test_conversation_is_not_sent_again_to_who_knows_it(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    large = Thread(b"{}", (b'"%s"' % (b"x" * 1_000_000),))
    first.threads.add("a", "msg_1", large)
    assert second.threads.get("a", "msg_1") == Turn(large)
    for store in (first, second):
        assert sent_bytes(ground, partial(store.threads.get, "a", "msg_1")) < 20_000
    # Another one in its place is.
    second.threads.add("a", "msg_1", THREAD)
    assert first.threads.get("a", "msg_1") == Turn(THREAD)
    second.reset("a")
    assert first.threads.get("a", "msg_1") is None


def test_turns_known_by_heart_are_bounded(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_MOST_KNOWN", 5_000)
    store = ground.open()
    for number in range(20):
        store.threads.add("a", f"msg_{number}", THREAD)
    assert len(store.threads._known) <= 5
    assert store.threads.get("a", "msg_0") == Turn(THREAD)
