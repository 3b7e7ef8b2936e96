"""Clocks that were moved."""

from __future__ import annotations

from mockserver.store.clocks import REAL, ClockSetting
from tests.store.conformance.subject import Subject, at_once

AHEAD, FROZEN = ClockSetting(60.0), ClockSetting(frozen=5.0, is_set=True)


class Clocks(Subject):
    """Clocks of sessions, and that of all."""

    def test_clock_of_a_session_comes_before_that_of_all(self) -> None:
        clocks = self.open().clocks
        assert clocks.active("s") == REAL
        assert clocks.change(None, None, AHEAD)
        assert clocks.change("s", None, FROZEN)
        assert (clocks.active("s"), clocks.active("other")) == (FROZEN, AHEAD)
        assert (clocks.get("s"), clocks.get("other"), clocks.get(None)) == (FROZEN, None, AHEAD)

    def test_clock_is_moved_only_from_where_it_was(self) -> None:
        clocks = self.open().clocks
        assert not clocks.change("s", AHEAD, FROZEN)
        assert at_once(lambda number: clocks.change("s", None, ClockSetting(float(number)))).count(True) == 1

    def test_reset_puts_clocks_right(self) -> None:
        store = self.open()
        store.clocks.change(None, None, AHEAD)
        store.clocks.change("s", None, FROZEN)
        store.reset("s")
        assert store.clocks.active("s") == AHEAD
        store.reset()
        assert store.clocks.active("s") == REAL

    def test_session_whose_clock_was_moved_is_lost_when_it_makes_room(self) -> None:
        store = self.open(max_sessions=1)
        store.sessions.begin_call("s")
        store.clocks.change("s", None, AHEAD)
        store.sessions.begin_call("other")
        assert store.sessions.is_lost("s")
