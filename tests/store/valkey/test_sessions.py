"""Sessions on the engine: what they cost there, what replicas learn of each other, and for how long keys stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import valkey

from mockserver.records.reply import Fault
from mockserver.records.settings import Settings
from mockserver.store import Document, FaultPlan, Script, Thread
from mockserver.store.clocks import REAL, ClockSetting
from mockserver.store.valkey import ValkeyStore, open_store, sessions
from tests.store.conformance.subject import ManualClock

AHEAD = ClockSetting(60.0, ahead=60.0)
T = TypeVar("T")
# Keys that have nothing to do with sessions.
UNUSED = (":probe", ":replicas", ":homes")


class Ground:
    """An engine, a name space on it, and the stores that use it."""

    def __init__(self, url: str) -> None:
        self.name, self.url = uuid4().hex, url
        self.client: Any = valkey.Valkey.from_url(url, decode_responses=True)
        self.clock = ManualClock()
        self.opened: list[ValkeyStore] = []
        self.loop = asyncio.new_event_loop()

    def open(self, **settings: Any) -> ValkeyStore:
        """One more replica."""
        store = open_store(f"{self.url}?name={self.name}", Settings(**settings), self.clock)
        self.opened.append(store)
        return store

    def close(self) -> None:
        """Close all."""
        self.loop.run_until_complete(self._close())
        self.loop.close()
        self.client.close()

    def call(self, store: ValkeyStore, work: Callable[[], T]) -> T:
        """Do something as a call does it, in the event loop."""

        async def call() -> T:
            return await store.runner(work)

        return self.loop.run_until_complete(call())

    def list_keys(self) -> list[str]:
        """All keys of the mock."""
        found = self.client.scan_iter(f"{{mockserver:{self.name}}}*")
        return sorted(key for key in found if not key.endswith(UNUSED))

    def operations(self, work: Callable[[], object]) -> int:
        """How many operations the engine is asked for by ``work``."""
        before = self._count()
        work()
        return self._count() - before

    async def _close(self) -> None:
        for store in self.opened:
            store.close()
        await asyncio.sleep(0)
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

    def _count(self) -> int:
        return int(self.client.info("commandstats")["cmdstat_evalsha"]["calls"])


@pytest.fixture
def ground(engine: str) -> Iterator[Ground]:
    """A name space of its own."""
    made = Ground(engine)
    yield made
    made.close()


def test_plain_call_asks_the_engine_once(ground: Ground) -> None:
    store = ground.open()
    store.sessions.begin_call("a")

    def plain() -> None:
        assert store.sessions.begin_call("a") > 1
        assert store.overrides.active("a") == store.overrides.active(None)
        assert (store.faults.find("a"), store.clocks.active("a")) == ((), REAL)
        assert not store.sessions.is_lost("a")
        assert store.sessions.exists("a")

    assert ground.operations(lambda: ground.call(store, plain)) == 1


def test_call_sees_its_own_changes(ground: Ground) -> None:
    store = ground.open()

    def change() -> None:
        store.sessions.begin_call("a")
        store.overrides.change("a", {"unmatched": "error"})
        assert store.overrides.active("a").unmatched == "error"
        store.faults.set(None, FaultPlan((Fault("stall"),)))
        assert store.faults.take("a", (Fault("stall"),))
        assert store.faults.find("a") == ()
        store.clocks.change("a", None, AHEAD)
        assert store.clocks.active("a") == AHEAD
        store.reset("a")
        assert store.clocks.active("a") is REAL

    ground.call(store, change)


def test_what_one_replica_changes_the_next_call_of_another_sees(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    for session in ("a", None):
        assert ground.call(second, lambda: (second.sessions.begin_call("a"), second.faults.find("a"))[1]) == ()
        first.faults.set(session, FaultPlan((Fault("stall"),)))
        found = ground.call(second, lambda: (second.sessions.begin_call("a"), second.faults.find("a"))[1])
        assert found == (Fault("stall"),)
        first.reset()


def test_only_what_has_changed_is_sent_again(ground: Ground) -> None:
    store = ground.open()
    traits = store._data.traits("a")
    store.sessions.begin_call("a")
    session, server = store._data._known[traits[0]], store._data._known["server"]
    seen = store._data.link.call("begin_call", *traits, session.stamp, server.stamp)
    assert seen[:5] == [None, None, 0, [], 2]
    store.overrides.change("a", {"unmatched": "error"})
    seen = store._data.link.call("begin_call", *traits, session.stamp, server.stamp)
    assert (seen[0][0], seen[1]) == (str(session.id).encode(), None)


def test_keys_of_an_abandoned_mock_go_by_themselves(ground: Ground) -> None:
    store = ground.open(keep="10s")
    store.sessions.begin_call("a")
    store.overrides.change(None, {"unmatched": "error"})
    assert len(ground.list_keys()) >= 5
    assert all(0 < ground.client.ttl(key) <= 20 for key in ground.list_keys()), ground.list_keys()


def fill(store: ValkeyStore, session: str) -> None:
    """Keep something of most kinds in a session, and for all."""
    store.sessions.begin_call(session)
    store.counters.take(session, "script", None, moves_on=True)
    for name in (session, None):
        store.overrides.change(name, {"unmatched": "error"})
        store.faults.set(name, FaultPlan((Fault("stall"),)))
        store.clocks.change(name, None, AHEAD)
    document = Document("words", "{}", "test.py")
    store.scripts.add(session, [Script("a", document), Script("b", document)])
    store.server_scripts.add([Script("a", document)])
    store.threads.add(session, "msg_1", Thread(b"{}", (b"[]",)))
    store.prompt_cache.consult(session, [], [(b"a", 300.0)], 1.0)
    store.fingerprints.exchange(session, "msg_1", b"print", None, 0.0)
    store.objects.add(session, "file", "f_1", b"{}")


def test_keys_of_every_kind_go_by_themselves(ground: Ground) -> None:
    store = ground.open(keep="1h")
    fill(store, "a")
    assert len(ground.list_keys()) > 15
    assert [key for key in ground.list_keys() if not 0 < ground.client.ttl(key) <= 7200] == []


def test_reset_leaves_no_key_of_sessions(ground: Ground) -> None:
    store = ground.open()
    for name in ("a", "b"):
        fill(store, name)
    store.forget("a")
    store.reset()
    left = {key.partition("}:")[2] for key in ground.list_keys()}
    assert left == {"numbers", "s:server"}


def test_keys_stay_where_all_is_kept(ground: Ground) -> None:
    store = ground.open(keep="always")
    store.sessions.begin_call("a")
    assert {ground.client.ttl(key) for key in ground.list_keys()} == {-1}


def test_keys_in_use_get_their_time_anew(ground: Ground) -> None:
    store = ground.open(keep="100s")
    store.sessions.begin_call("a")
    for key in ground.list_keys():
        ground.client.expire(key, 5)
    ground.clock.now += 1
    store.sessions.begin_call("a")
    assert ground.client.ttl(ground.list_keys()[-1]) <= 5
    ground.clock.now += 20
    store.sessions.begin_call("a")
    short = [key for key in ground.list_keys() if ground.client.ttl(key) <= 5]
    assert short == []


def test_session_that_the_engine_let_go_leaves_no_weight(ground: Ground) -> None:
    store = ground.open()
    empty = store._data.link.call("usage")
    store.sessions.begin_call("a")
    for key in ground.list_keys():
        if ":s:" in key or ":i:" in key:
            ground.client.delete(key)
    store.sessions.drop_idle(store._data.now() + 1)
    assert store.sessions.names() == ()
    assert store._data.link.call("usage")[:2] == empty[:2] == [0, 0]


def test_idle_sessions_expire_on_every_replica(ground: Ground) -> None:
    store, other = ground.open(), ground.open()
    for name in ("old", "young"):
        store.sessions.begin_call(name)
        ground.clock.now += 100
    store.sessions.drop_idle(store._data.now() - 150)
    assert [other.sessions.exists(name) for name in ("old", "young")] == [False, True]


def test_many_sessions_are_listed_and_reset_in_steps(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_AT_ONCE", 4)
    monkeypatch.setattr(sessions, "_MOST_AT_ONCE", 6)
    store = ground.open()
    names = tuple(f"s{number}" for number in range(20))
    for name in names:
        store.sessions.begin_call(name)
    assert store.sessions.names() == names
    # Whether entries are still to come; how much there is, the steps, the rest.
    assert ground.operations(store.reset) == 1 + 1 + 4 + 1
    assert store.sessions.names() == ()
    assert [key for key in ground.list_keys() if ":s:" in key and not key.endswith(":server")] == []


def test_one_call_makes_room_of_so_many_sessions(ground: Ground) -> None:
    """The engine does nothing else meanwhile; the next calls go on."""
    store = ground.open(session_idle=10)
    for number in range(250):
        store.sessions.begin_call(f"s{number}")
    ground.clock.now += 11
    for left in (51, 1, 1):
        store.sessions.begin_call("last")
        assert len(store.sessions.names()) == left


def test_reset_leaves_nothing_of_a_session_but_its_name(ground: Ground) -> None:
    store = ground.open()
    store.sessions.begin_call("a")
    store.overrides.change("a", {"unmatched": "error"})
    store.faults.set("a", FaultPlan((Fault("stall"),)))
    before = store._data.find("a")
    store.reset("a")
    key = next(key for key in ground.list_keys() if ":s:" in key and not key.endswith(":server"))
    left = set(ground.client.hkeys(key))
    assert left == {"id", "stamp", "digest", "shown", "length", "used_at", "kept_at"}
    after = store._data.find("a")
    assert before is not None
    assert after is not None
    assert before.id != after.id
