"""Bounds: entries of a session, and bytes of all sessions together, leave the oldest first."""

from __future__ import annotations

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.store import Store, Thread
from tests.store.conformance.subject import Subject, record


def numbers(store: Store) -> list[int]:
    return [entry.number for entry in store.journal.entries()]


def thread(text: str, *before: str) -> Thread:
    return Thread(b'{"model": "m"}', tuple(orjson.dumps([{"role": "user", "content": t}]) for t in (*before, text)))


class Bounds(Subject):
    """The bounds of ``Settings``."""

    def test_oldest_entries_of_a_session_leave_first(self) -> None:
        store = self.open(journal_entries=3)
        store.journal.append("other", record())
        for _ in range(5):
            store.journal.append("a", record())
        assert numbers(store) == [1, 4, 5, 6]
        assert store.journal.get(3) is None
        assert [store.journal.dropped(session) for session in ("a", "other", "nobody")] == [2, 0, 0]

    def test_entries_that_made_room_are_counted_until_it_is_cleared(self) -> None:
        store = self.open(journal_bytes=100_000)
        for session in "aab":
            store.journal.append(session, record(b"x" * 40_000))
        assert store.journal.dropped("a") == 1
        store.journal.clear("a")
        assert store.journal.dropped("a") == 0
        store.journal.append("b", record(b"x" * 90_000))
        assert store.journal.dropped("b") == 1
        store.reset("b")
        assert store.journal.dropped("b") == 0

    def test_bytes_are_bounded_over_all_sessions(self) -> None:
        store = self.open(journal_bytes=100_000)
        for session in "abc":
            store.journal.append(session, record(b"x" * 40_000))
        assert numbers(store) == [2, 3]

    def test_headers_queries_and_answers_count_too(self) -> None:
        for big in (record(x_junk="x" * 60_000), record(query="x" * 60_000), record(size=60_000)):
            store = self.open(journal_bytes=100_000)
            for session in "abc":
                store.journal.append(session, big)
            assert numbers(store) == [3]

    def test_threads_of_the_calls_count_too(self) -> None:
        store = self.open(journal_bytes=100_000)
        for session in "abc":
            store.journal.append(session, replace(record(), thread=thread("x" * 30_000, "y" * 30_000)))
        assert numbers(store) == [3]

    def test_bodies_as_they_were_read_count_too(self) -> None:
        store = self.open(journal_bytes=100_000)
        for _ in range(2):
            store.journal.append("a", replace(record(), read=b"x" * 60_000))
        assert numbers(store) == [2]

    def test_room_is_free_again_after_a_reset(self) -> None:
        store = self.open(journal_bytes=100_000)
        store.journal.append("a", record(b"x" * 60_000))
        store.reset()
        for _ in range(2):
            store.journal.append("a", record(b"x" * 40_000))
        assert numbers(store) == [2, 3]

    def test_one_entry_is_always_kept(self) -> None:
        store = self.open(journal_bytes=10)
        for _ in range(2):
            store.journal.append("a", record())
        assert numbers(store) == [2]

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50_000), st.booleans()), max_size=30))
    @settings(max_examples=30, suppress_health_check=[HealthCheck.differing_executors])
    def test_bounds_hold_for_any_traffic(self, traffic: list[tuple[str, int, bool]]) -> None:
        store = self.open(journal_bytes=150_000, journal_entries=4)
        for session, size, clears in traffic:
            store.journal.append(session, record(size=size))
            if clears:
                store.journal.clear(session)
        assert sum(entry.record.size for entry in store.journal.entries()) <= 150_000
        assert all(len(store.journal.entries(session)) <= 4 for session in "abc")
        assert len(numbers(store)) == sum(len(store.journal.entries(session)) for session in "abc")

    def test_oldest_turns_of_a_session_are_forgotten(self) -> None:
        store = self.open()
        for number in range(1001):
            store.threads.add("s", f"msg_{number}", thread("x"))
        assert store.threads.get("s", "msg_0") is None
        assert store.threads.get("s", "msg_1") is not None

    def test_bytes_of_threads_are_bounded_over_all_sessions(self) -> None:
        store = self.open(journal_bytes=100_000)
        for number in range(20):
            for session in ("one", "two"):
                store.threads.add(session, f"msg_{number}", thread("x" * 10_000))
        held = [(s, n) for s in ("one", "two") for n in range(20) if store.threads.get(s, f"msg_{n}")]
        assert len(held) == 9
        assert min(number for _, number in held) >= 15

    def test_whole_conversation_counts_for_the_bound(self) -> None:
        store = self.open(journal_bytes=100_000)
        store.threads.add("s", "msg_0", thread("x" * 60_000))
        store.threads.add("s", "msg_1", thread("more", "x" * 60_000), "msg_0")
        assert store.threads.get("s", "msg_0") is None
        assert store.threads.get("s", "msg_1") is not None
