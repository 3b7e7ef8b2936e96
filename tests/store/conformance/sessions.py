"""Sessions: made on first use, shown without secrets, bounded, reset and forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockserver.store import Departure, Document, FaultPlan, Script, Store, Thread
from tests.store.conformance.subject import WORKERS, Subject, at_once, record

KEY = "sk-ant-api03-verysecret-abcd"


def fill(store: Store, session: str) -> None:
    """Do everything that can be done in a session."""
    store.sessions.begin_call(session)
    store.counters.take(session, "script", None)
    store.scripts.add(session, [Script("a", Document("words", "{}", "test.py"))])
    store.journal.append(session, record(), Departure())
    store.threads.add(session, "msg_1", Thread(b"{}", (b'[{"role": "user", "content": "x"}]',)))
    store.prompt_cache.consult(session, [], [(b"a", 300.0)], 1.0)
    store.faults.set(session, FaultPlan(()))
    store.overrides.change(session, {"unmatched": "error"})


def traces(store: Store, session: str) -> list[bool]:
    """What is left of all that."""
    return [
        store.sessions.begin_call(session) > 1,
        bool(store.counters.counts(session)),
        bool(store.scripts.current(session).scripts),
        bool(store.journal.entries(session)),
        store.threads.get(session, "msg_1") is not None,
        store.prompt_cache.consult(session, [b"a"], [], 2.0) is not None,
        store.faults.get(session) is not None,
        store.overrides.active(session).unmatched == "error",
    ]


# What makes a session that was lost count as a new one.
AGAIN: dict[str, Callable[[Store], object]] = {
    "script": lambda store: store.scripts.add("scripted", [Script("a", Document("words", "{}", "test.py"))]),
    "reset": lambda store: store.reset("scripted"),
    "reset all": lambda store: store.reset(),
}


# What does not: the scenarios stay gone.
NOT_AGAIN: dict[str, Callable[[Store], object]] = {
    "touch": lambda store: store.sessions.touch("scripted"),
    "change": lambda store: store.overrides.change("scripted", {"unmatched": "error"}),
    "plan": lambda store: store.faults.set("scripted", FaultPlan(())),
    "remove": lambda store: store.scripts.remove("scripted"),
    "clear": lambda store: store.journal.clear("scripted"),
}


class Sessions(Subject):
    """See `mockserver.store.protocols.SessionStore`, and ``reset`` and ``forget`` of ``Store``."""

    def test_sessions_are_listed_by_their_last_use(self) -> None:
        sessions = self.open().sessions
        for name in ("a", "b", "a", "c"):
            sessions.touch(name)
        assert sessions.names() == ("b", "a", "c")
        sessions.begin_call("b")
        assert sessions.names() == ("a", "c", "b")

    def test_session_exists_from_its_first_use_on(self) -> None:
        store = self.open()
        assert not store.sessions.exists(KEY)
        store.sessions.begin_call(KEY)
        assert store.sessions.exists(KEY)
        assert not store.sessions.exists("another")
        store.forget(KEY)
        assert not store.sessions.exists(KEY)

    def test_calls_are_counted_from_one(self) -> None:
        sessions = self.open().sessions
        assert [sessions.begin_call(name) for name in ("a", "a", "b", "a")] == [1, 2, 1, 3]

    def test_numbers_of_calls_are_given_once(self) -> None:
        sessions = self.open().sessions
        numbers = [
            number for each in at_once(lambda _: [sessions.begin_call("a") for _ in range(100)]) for number in each
        ]
        assert sorted(numbers) == list(range(1, 100 * WORKERS + 1))

    def test_idle_sessions_expire_with_all_they_hold(self) -> None:
        store = self.open(session_idle=60)
        fill(store, "old")
        self.clock.now += 50
        store.sessions.touch("young")
        self.clock.now += 11
        store.sessions.touch("new")
        assert store.sessions.names() == ("young", "new")
        assert store.journal.entries() == ()
        assert not any(traces(store, "old"))

    def test_session_in_use_does_not_expire(self) -> None:
        store = self.open(session_idle=60)
        for _ in range(5):
            store.sessions.touch("a")
            store.sessions.touch("b")
            self.clock.now += 59
        assert store.sessions.names() == ("a", "b")

    def test_least_recently_used_session_makes_room(self) -> None:
        store = self.open(max_sessions=2)
        for name in ("a", "b", "a", "c"):
            store.sessions.touch(name)
        assert store.sessions.names() == ("a", "c")

    def test_sessions_never_share_anything(self) -> None:
        store = self.open()
        fill(store, "one")
        assert not any(traces(store, "two"))
        assert all(traces(store, "one"))

    def test_reset_of_one_reaches_everything_of_it_alone(self) -> None:
        store = self.open()
        for name in ("one", "two", "three"):
            fill(store, name)
        store.reset("two")
        assert store.sessions.names() == ("one", "two", "three")
        assert not any(traces(store, "two"))
        assert all(traces(store, "one"))
        assert store.journal.received() == 3

    def test_reset_of_unknown_session_is_harmless(self) -> None:
        store = self.open()
        store.reset("nobody")
        assert store.sessions.names() == ()

    def test_reset_of_all_forgets_everything(self) -> None:
        store = self.open()
        for name in ("one", "two"):
            fill(store, name)
        store.overrides.change(None, {"unmatched": "error"})
        store.faults.set(None, FaultPlan(()))
        store.reset()
        assert (store.sessions.names(), store.journal.entries(), store.scripts.owners()) == ((), (), ())
        assert store.faults.get(None) is None
        assert not any(traces(store, "one"))
        assert store.journal.append("one", record()) == 3

    def test_forgotten_session_is_gone(self) -> None:
        store = self.open()
        for name in ("one", "two"):
            fill(store, name)
        store.forget("one")
        store.forget("nobody")
        assert store.sessions.names() == ("two",)
        assert not any(traces(store, "one"))

    def test_label_hides_a_key(self) -> None:
        store = self.open()
        store.sessions.touch(KEY)
        assert store.sessions.label(KEY) == store.sessions.label("sk-ant-unknown-abcd") == "sk-ant-…abcd"
        store.journal.append(KEY, record(x_api_key=KEY))
        assert store.sessions.label(KEY) == "sk-ant-…abcd"

    def test_label_is_the_name_that_calls_choose(self) -> None:
        store = self.open()
        store.journal.append("my-test", record(x_mock_session="my-test", x_api_key=KEY))
        assert store.sessions.label("my-test") == "my-test"

    def test_label_is_the_name_that_was_revealed(self) -> None:
        store = self.open()
        store.sessions.touch("my-own-test")
        assert store.sessions.label("my-own-test") != "my-own-test"
        store.sessions.reveal("my-own-test")
        store.reset("my-own-test")
        assert store.sessions.label("my-own-test") == "my-own-test"

    def test_sessions_of_many_users_do_no_harm(self) -> None:
        store = self.open(max_sessions=4, journal_entries=5)

        def work(number: int) -> None:
            for step in range(40):
                fill(store, f"s{(number + step) % 6}")
                [store.sessions.label(name) for name in store.sessions.names()]
                store.journal.entries()
                if step % 10 == 9:
                    store.reset(f"s{number % 6}" if number else None)

        at_once(work)
        store.sessions.touch("last")
        assert len(store.sessions.names()) <= 4
        assert all(len(store.journal.entries(name)) <= 5 for name in store.sessions.names())

    def test_sessions_are_bounded_in_bytes(self) -> None:
        store = self.open(session_bytes=100_000)
        for number in range(10):
            store.sessions.touch(f"s{number}")
            store.scripts.add(f"s{number}", [Script("a", Document("words", "x" * 30_000, "test.py"))])
        store.sessions.touch("last")
        assert store.sessions.names() == ("s7", "s8", "s9", "last")
        usage = store.usage()
        assert (usage.sessions, usage.dropped_sessions) == (4, 7)
        assert 90_000 < usage.session_bytes <= 100_000

    def test_scripts_of_one_document_weigh_it_once(self) -> None:
        store = self.open(session_bytes=100_000)
        for name in ("a", "b", "c"):
            store.sessions.touch(name)
            for file in ("", "test.py"):
                document = Document("words", "x" * 10_000, file)
                store.scripts.add(name, [Script(f"{file}{number}", document) for number in range(10)])
        assert store.sessions.names() == ("a", "b", "c")
        assert 60_000 < store.usage().session_bytes < 80_000

    def test_session_in_use_is_kept_however_large(self) -> None:
        store = self.open(session_bytes=1, max_sessions=0)
        store.scripts.add("a", [Script("a", Document("words", "x" * 30_000, "test.py"))])
        for _ in range(2):
            store.sessions.touch("a")
        assert store.sessions.names() == ("a",)

    def test_bytes_of_a_session_are_given_back(self) -> None:
        store = self.open()
        empty = store.usage()
        for clear in (store.reset, store.forget):
            fill(store, "a")
            store.reset("a")
            fill(store, "a")
            store.scripts.remove("a")
            clear("a")
            store.forget("a")
            assert store.usage() == empty

    @pytest.mark.parametrize("again", ["script", "reset", "reset all"])
    def test_scripted_session_that_made_room_is_remembered(self, again: str) -> None:
        store = self.open(session_idle=60)
        fill(store, "scripted")
        store.sessions.begin_call("plain")
        self.clock.now += 61
        store.sessions.touch("other")
        assert store.sessions.names() == ("other",)
        store.sessions.begin_call("scripted")
        assert [store.sessions.is_lost(name) for name in ("scripted", "plain", "other")] == [True, False, False]
        AGAIN[again](store)
        assert not store.sessions.is_lost("scripted")

    @pytest.mark.parametrize("change", NOT_AGAIN)
    def test_only_scenarios_and_resets_make_up_for_what_is_lost(self, change: str) -> None:
        store = self.open(max_sessions=1)
        fill(store, "scripted")
        store.sessions.touch("other")
        NOT_AGAIN[change](store)
        assert store.sessions.is_lost("scripted")

    def test_scripts_that_had_moved_on_are_remembered(self) -> None:
        store = self.open(max_sessions=1)
        for name, moves_on in (("moved", True), ("steady", False)):
            store.sessions.begin_call(name)
            store.counters.take(name, "calls", None, moves_on=moves_on)
        store.sessions.touch("other")
        assert [store.sessions.is_lost(name) for name in ("moved", "steady")] == [True, False]

    def test_calls_of_lost_sessions_make_no_session(self) -> None:
        """They are counted and recorded all the same, and emptied like others."""
        store = self.open(max_sessions=2)
        for name in ("a", "b", "live", "other"):
            fill(store, name)
        assert store.sessions.names() == ("live", "other")
        for name in ("a", "b"):
            assert [store.sessions.begin_call(name) for _ in range(2)] == [1, 2]
            store.journal.append(name, record(x_mock_session=name))
        assert store.sessions.names() == ("live", "other")
        assert [len(store.journal.entries(name)) for name in ("a", "b", "live")] == [1, 1, 1]
        assert len(store.journal.entries()) == 4
        assert store.journal.clear("a") == 1
        store.reset("b")
        assert [len(store.journal.entries(name)) for name in ("a", "b")] == [0, 0]
        assert store.sessions.begin_call("b") == 1
        assert "b" in store.sessions.names()

    def test_sessions_reset_or_forgotten_are_not_lost(self) -> None:
        store = self.open()
        for name in ("a", "b", "c"):
            fill(store, name)
        store.reset("a")
        store.forget("b")
        store.reset()
        assert not any(store.sessions.is_lost(name) for name in ("a", "b", "c"))

    def test_as_many_lost_sessions_are_remembered_as_promised(self) -> None:
        store, most = self.open(max_sessions=1), self.most_lost
        for number in range(most + 2):
            store.sessions.touch(f"s{number}")
            store.overrides.change(f"s{number}", {"unmatched": "error"})
        lost = [store.sessions.is_lost(f"s{number}") for number in range(most + 2)]
        assert lost == [False] + [True] * most + [False]
