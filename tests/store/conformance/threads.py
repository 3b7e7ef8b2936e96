"""Threads: each turn is continued once."""

from __future__ import annotations

from mockserver.store import Thread, Turn
from tests.store.conformance.subject import Subject, at_once

FIRST = Thread(b'{"model": "m", "system": "Be short."}', (b'[{"role": "user", "content": "one"}]',))
SECOND = Thread(FIRST.fixed, (*FIRST.exchanges, b'[{"role": "user", "content": "two"}]'))


class Threads(Subject):
    """See `mockserver.store.protocols.ThreadStore`; bounds are in `tests.store.conformance.bounds`."""

    def test_turns_come_back_as_they_were(self) -> None:
        threads = self.open().threads
        assert threads.add("s", "msg_1", FIRST)
        assert threads.get("s", "msg_1") == Turn(FIRST)
        assert (threads.get("s", "msg_2"), threads.get("other", "msg_1")) == (None, None)

    def test_turn_is_continued_once(self) -> None:
        threads = self.open().threads
        threads.add("s", "msg_1", FIRST)
        assert threads.add("s", "msg_2", SECOND, "msg_1")
        assert not threads.add("s", "msg_3", SECOND, "msg_1")
        assert threads.get("s", "msg_3") is None

    def test_continuation_is_busy_until_it_has_left(self) -> None:
        threads = self.open().threads
        threads.add("s", "msg_1", FIRST)
        threads.add("s", "msg_2", SECOND, "msg_1")
        states = []
        for _ in range(2):
            found = threads.get("s", "msg_1")
            assert found is not None
            states.append((found.is_continued, found.is_busy))
            threads.finish("s", "msg_2")
        assert states == [(True, True), (True, False)]

    def test_finishing_an_unknown_turn_is_harmless(self) -> None:
        store = self.open()
        store.threads.finish("s", "msg_1")
        assert store.sessions.names() == ()

    def test_same_id_again_replaces_the_turn(self) -> None:
        threads = self.open().threads
        for thread in (FIRST, SECOND):
            threads.add("s", "msg_1", thread)
        assert threads.get("s", "msg_1") == Turn(SECOND)

    def test_turn_after_a_forgotten_one_is_held(self) -> None:
        threads = self.open().threads
        assert threads.add("s", "msg_2", SECOND, "msg_1")
        assert threads.get("s", "msg_2") == Turn(SECOND)

    def test_turns_of_one_session_or_of_all_are_cleared(self) -> None:
        threads = self.open().threads
        for session in "abc":
            threads.add(session, "msg_1", FIRST)
        threads.clear("a")
        assert [threads.get(session, "msg_1") is None for session in "abc"] == [True, False, False]
        threads.clear()
        assert threads.get("b", "msg_1") is None

    def test_one_of_many_continues_a_turn(self) -> None:
        threads = self.open().threads
        for number in range(30):
            threads.add("s", f"msg_{number}", FIRST)

        def work(worker: int) -> int:
            return sum(threads.add("s", f"next_{worker}_{number}", SECOND, f"msg_{number}") for number in range(30))

        assert sum(at_once(work)) == 30
