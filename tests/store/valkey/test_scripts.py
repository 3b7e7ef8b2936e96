"""Scripts on the engine: read once by each replica, and changed by one replica at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import valkey

from mockserver.store import Document, Script
from mockserver.store.valkey import ValkeyStore, scripted
from mockserver.store.valkey.scripted import KnownScripts
from tests.store.valkey.test_sessions import Ground

LARGE = "x" * 2_000_000


@pytest.fixture
def ground(engine: str) -> Iterator[Ground]:
    """A name space of its own."""
    made = Ground(engine)
    yield made
    made.close()


def script(name: str, text: str = "{}", *, length: int | None = 3) -> Script:
    return Script(name, Document("words", text, "test.py", 3), kind="calls", length=length)


def names(store: ValkeyStore) -> list[str]:
    return [each.name for each in store.scripts.active("a").scripts]


def answer(store: ValkeyStore) -> list[str]:
    """What a call with scripts asks for before it takes an answer."""
    store.sessions.begin_call("a")
    found = names(store)
    assert store.counters.counts("a") == store.counters.counts("a")
    assert store.scripts.active("a") is store.scripts.active("a")
    return found


def test_scripted_answer_costs_two_operations(ground: Ground) -> None:
    """The call, with all that it has to know, and the taking."""
    store = ground.open()
    store.server_scripts.add([script("for all")])
    store.scripts.add("a", [script("own")])

    def call() -> None:
        assert answer(store) == ["own", "for all"]
        era = store.counters.era("a")
        before = store.counters.counts("a").get("own", 0)
        assert store.counters.take("a", "own", None, moves_on=True) == before
        assert store.counters.counts("a") == {"own": before + 1}
        assert store.counters.era("a") == era

    ground.call(store, call)
    for _ in range(3):
        assert ground.operations(lambda: ground.call(store, call)) == 2


def test_large_texts_are_read_once_by_a_replica(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    first.scripts.add("a", [script("large", LARGE), script("other", LARGE)])
    assert ground.operations(lambda: ground.call(second, lambda: answer(second))) == 3
    sent = sent_bytes(ground, lambda: [ground.call(second, lambda: answer(second)) for _ in range(5)])
    assert sent < 20_000
    # What changes of the session, or of its list, sends no text again, and none to the engine either.
    changes: list[Callable[[], object]] = [
        lambda: first.overrides.change("a", {"unmatched": "error"}),
        lambda: first.scripts.append("a", script("", "[]", length=1), "large"),
        lambda: first.scripts.remove("a", "other"),
    ]
    for change in changes:
        change()
        assert sent_bytes(ground, lambda: ground.call(second, lambda: answer(second))) < 20_000
    assert names(second) == ["large"]
    (grown,) = second.scripts.current("a").scripts
    assert (grown.document.text, grown.length, [each.text for each in grown.more]) == (LARGE, 4, ["[]"])


def test_appending_sends_only_what_is_new(ground: Ground) -> None:
    store = ground.open()
    store.scripts.add("a", [script("large", LARGE)])
    before = received(ground)
    store.scripts.append("a", script("", "[]", length=1), "large")
    assert received(ground) - before < 20_000


def test_what_one_replica_changes_the_next_call_of_another_sees(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    steps: list[tuple[Callable[[], object], list[str]]] = [
        (lambda: first.scripts.add("a", [script("own")]), ["own"]),
        (lambda: first.server_scripts.add([script("for all")]), ["own", "for all"]),
        (lambda: first.scripts.remove("a"), ["for all"]),
        (lambda: first.reset(), []),
    ]
    for step, expected in steps:
        step()
        assert ground.call(second, lambda: answer(second)) == expected


def test_call_sees_what_it_adds(ground: Ground) -> None:
    store = ground.open()

    def call() -> None:
        assert answer(store) == []
        store.scripts.add("a", [script("own")])
        assert names(store) == ["own"]
        assert store.scripts.remove("a") == ("own",)
        assert names(store) == []

    ground.call(store, call)


def test_list_that_others_change_meanwhile_is_read_again(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ground.open(), ground.open()
    second.scripts.add("a", [script("a", "old")])
    load, disturbances = KnownScripts.load, iter(range(1))

    def disturb(known: KnownScripts, digest: str, epoch: int, ids: Any) -> tuple[Script, ...]:
        if known is first.scripts._known and ids and next(disturbances, None) is not None:
            for number in range(1001):
                second.scripts.add("a", [script("a", f"new {number}")])
        return load(known, digest, epoch, ids)

    monkeypatch.setattr(KnownScripts, "load", disturb)
    # The one that it was about to read is not even among the removed ones any more.
    assert [each.document.text for each in first.scripts.current("a").scripts] == ["new 1000"]


def test_changes_at_the_same_time_are_all_made(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ground.open(), ground.open()
    add, others = KnownScripts.add, iter(["b", "c"])

    def disturb(known: KnownScripts, epoch: int, given: Script) -> Script:
        if known is first.scripts._known and (name := next(others, None)):
            second.scripts.add("a", [script(name)])
        return add(known, epoch, given)

    monkeypatch.setattr(KnownScripts, "add", disturb)
    first.scripts.add("a", [script("a")])
    assert names(second) == names(first) == ["a", "c", "b"]
    assert first.scripts.additions("a") == 3


def test_calls_at_once_change_and_take_what_they_should(ground: Ground) -> None:
    stores = [ground.open() for _ in range(2)]
    stores[0].scripts.add("a", [script("first", length=150)])

    def call(store: ValkeyStore, number: int) -> int | None:
        store.sessions.begin_call("a")
        if number % 10 == 0:
            store.scripts.add("a", [script(f"s{number}", f"{number}")])
            assert f"s{number}" in names(store)
        return store.counters.take("a", "first", 150)

    async def call_all() -> list[int | None]:
        calls = (stores[number % 2].runner(call, stores[number % 2], number) for number in range(200))
        return await asyncio.gather(*calls)

    taken = ground.loop.run_until_complete(call_all())
    assert sorted(each for each in taken if each is not None) == list(range(150))
    assert set(names(stores[1])) == {"first", *(f"s{number}" for number in range(0, 200, 10))}


def test_engine_that_lost_all_gives_no_earlier_script(ground: Ground) -> None:
    """Ids begin anew there: what a replica knows by them is another one's."""
    first, second = ground.open(), ground.open()
    for text in ("before", "after"):
        (added,) = first.scripts.add("a", [script("a", text)])
        assert second.scripts.current("a").scripts[0].document.text == text
        assert second.scripts.find("a", [added.id])[0].document.text == text
        for key in ground.list_keys():
            ground.client.delete(key)
    assert second.scripts.current("a").scripts == ()


def test_what_is_known_by_heart_is_bounded(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripted, "_MOST_KNOWN", 10)
    store = ground.open(session_bytes=100_000)
    for number in range(30):
        store.scripts.add("a", [script(f"s{number % 3}", f"{number}" * 10_000)])
    known = store.scripts._known
    assert len(known._scripts) <= 10
    assert sum(map(len, known._texts.values())) == known._size <= 100_000
    assert names(store) == ["s2", "s1", "s0"]


def test_many_scripts_come_at_once(ground: Ground) -> None:
    first, second = ground.open(), ground.open()
    given = [script(f"s{number}", f"{number}") for number in range(3_000)]
    added = first.scripts.add("a", given)
    assert second.scripts.current("a").scripts == added
    first.scripts.remove("a")
    assert second.scripts.find("a", [added[-1].id]) == (added[-1],)


def test_scripts_that_are_forgotten_leave_nothing(ground: Ground) -> None:
    store = ground.open(session_bytes=100_000)
    for number in range(20):
        store.scripts.add("a", [script("a", f"{number:05}" * 2_000)])
    texts = [key for key in ground.list_keys() if key.endswith(":texts")]
    assert sum(map(len, ground.client.hvals(texts[0]))) <= 10_000 + 100_000 // 4
    store.forget("a")
    assert [key for key in ground.list_keys() if ":i:" in key or key.endswith(":owners")] == []
    assert store.scripts.owners() == ()


def sent_bytes(ground: Ground, work: Callable[[], object]) -> int:
    """Bytes that the engine sends while something is done."""
    client: Any = valkey.Valkey.from_url(ground.url)
    before = client.info("stats")["total_net_output_bytes"]
    work()
    after = client.info("stats")["total_net_output_bytes"]
    client.close()
    return int(after - before)


def received(ground: Ground) -> int:
    """Bytes that the engine has received."""
    return int(ground.client.info("stats")["total_net_input_bytes"])
