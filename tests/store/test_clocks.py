"""Clocks that are moved: for any moves they show what the model of them says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.records.settings import Settings
from mockserver.reference.ids import EPOCH
from mockserver.store import MemoryStore
from mockserver.store.clocks import ClockMove, find_clock, move_clock

START = 1_796_000_000
MOMENTS = st.integers(START - 10**8, START + 10**9)
DURATIONS = st.integers(-(10**6), 10**6)
SESSIONS = st.sampled_from(["a", "b", None])
MOVES: dict[str, st.SearchStrategy[Any]] = {
    "reset": st.booleans(),
    "set": st.none() | MOMENTS,
    "advance": DURATIONS,
    "freeze": st.none() | st.booleans(),
}
# What happens: a session's clock (or that of all) is moved, in any combination, or time passes.
EVENTS = st.lists(st.tuples(SESSIONS, st.fixed_dictionaries({}, optional=MOVES)) | st.integers(0, 10**6), max_size=12)


@dataclass(frozen=True)
class Hand:
    """The model of a clock: the second that it shows, whether it goes, and whence and how far it was moved."""

    shown: int
    goes: bool = True
    start: int | None = None
    moved: int = 0

    def move(self, words: dict[str, Any]) -> Hand:
        hand = self
        if words.get("set") is not None:
            hand = replace(hand, shown=words["set"], start=words["set"], moved=0)
        advance = words.get("advance", 0)
        goes = hand.goes if words.get("freeze") is None else not words["freeze"]
        return replace(hand, shown=hand.shown + advance, moved=hand.moved + advance, goes=goes)


@given(EVENTS)
def test_clocks_show_what_their_moves_say(events: list[Any]) -> None:
    store, now = MemoryStore(Settings()), START
    hands: dict[str | None, Hand] = {}
    for event in events:
        if isinstance(event, int):
            now += event
            hands = {name: replace(each, shown=each.shown + event * each.goes) for name, each in hands.items()}
            continue
        session, words = event
        move_clock(store.clocks, session, ClockMove(**words), float(now))
        common = (hands.get(None) if session else None) or Hand(now)
        if words == {"reset": True}:
            hands.pop(session, None)
        else:
            before = common if words.get("reset") else hands.get(session, common)
            hands[session] = before.move(words)
        for name in ("a", "b", None):
            hand, clock = hands.get(name) or hands.get(None) or Hand(now), find_clock(store.clocks, name)
            assert clock.read(float(now)) == pytest.approx(hand.shown, abs=1e-5)
            assert (clock.frozen is None, clock.is_set) == (hand.goes, hand.start is not None)
            begun = 0 if hand.start is None else hand.start - EPOCH / 1000
            assert clock.ahead == pytest.approx(begun + hand.moved, abs=1e-5)


def test_steps_of_a_frozen_clock_add_up() -> None:
    store = MemoryStore(Settings())
    begun = move_clock(store.clocks, "s", ClockMove(set=START + 0.123, freeze=True), 1e9).read(1e9)
    for _ in range(3000):
        move_clock(store.clocks, "s", ClockMove(advance=0.1), 1e9)
    assert store.clocks.active("s").read(2e9) == begun + 300.0


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ({"advance": -1e9}, "-1e.09 seconds from 2026"),
        ({"set": START * 1.0, "advance": 4e10}, "4e.10 seconds from 2026"),
    ],
)
def test_clock_stays_within_its_years(words: dict[str, Any], shown: str) -> None:
    clocks = MemoryStore(Settings()).clocks
    with pytest.raises(ValueError, match=f"the years 2000 to 2099, got {shown}"):
        move_clock(clocks, "s", ClockMove(**words), float(START))
    assert clocks.get("s") is None


def test_move_begins_anew_when_somebody_was_quicker() -> None:
    """A clock of all that is moved meanwhile does no harm, one of the session does not lose its move."""
    store, asked = MemoryStore(Settings()), 0
    clocks = store.clocks

    class Slow:
        get: Callable[..., Any] = staticmethod(clocks.get)

        def change(self, *moved: Any) -> bool:
            nonlocal asked
            asked += 1
            if asked == 1:
                clocks.change("s", None, ClockMove(advance=60.0).apply(clocks.active("s"), START))
            return clocks.change(*moved)

    moved = move_clock(Slow(), "s", ClockMove(advance=1.0), float(START))  # type: ignore[arg-type]
    assert (asked, moved.ahead) == (2, 61.0)
