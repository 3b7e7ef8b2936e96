"""How far the clock of a server, or of a session, was moved."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.moments import EARLIEST, LATEST, write_moment
from mockserver.reference.ids import EPOCH


class ClockSetting(Struct, frozen=True):
    """What a clock shows instead of the real time.

    ``offset`` is added to it, in seconds. A clock that is ``frozen`` shows that time, in seconds since 1970, and stands
    still. ``is_set`` says that somebody chose the time that it shows, not only how far it goes ahead.

    ``ahead`` is how far its moves take it, in seconds, whatever time really passes: it moves those times of answers
    that are the same in each run (`mockserver.reference.ids`). A clock that was set is ahead of where they begin.
    """

    offset: float = 0.0
    frozen: float | None = None
    is_set: bool = False
    ahead: float = 0.0

    def read(self, now: float) -> float:
        """The time it shows when it really is ``now``, in seconds since 1970."""
        return now + self.offset if self.frozen is None else self.frozen

    def advance(self, seconds: float) -> ClockSetting:
        """The same clock so many seconds later, or earlier."""
        # To the microsecond, so that the steps of a frozen clock add up.
        frozen = None if self.frozen is None else round(self.frozen + seconds, 6)
        offset, ahead = round(self.offset + seconds, 6), round(self.ahead + seconds, 6)
        return replace(self, offset=offset, frozen=frozen, ahead=ahead)

    def set(self, moment: float, now: float) -> ClockSetting:
        """The same clock when it shows another time; a frozen one stays so."""
        frozen = None if self.frozen is None else moment
        return ClockSetting(moment - now, frozen, is_set=True, ahead=round(moment - EPOCH / 1000, 6))

    def freeze(self, now: float) -> ClockSetting:
        """The same clock, standing still at what it shows."""
        return replace(self, frozen=round(self.read(now), 6))

    def resume(self, now: float) -> ClockSetting:
        """The same clock, going on from what it shows."""
        return self if self.frozen is None else replace(self, offset=self.frozen - now, frozen=None)


REAL = ClockSetting()


class ClockMove(Struct, frozen=True):
    """A move of a clock: what is said of it is done in the order of the fields.

    ``reset`` puts it right: one of a session goes as that of all then. ``set`` is seconds since 1970, ``advance``
    seconds. ``freeze`` stops it, or (False) lets it go on.
    """

    reset: bool = False
    set: float | None = None
    advance: float = 0.0
    freeze: bool | None = None

    def apply(self, clock: ClockSetting, now: float) -> ClockSetting:
        """The clock after the move, when it really is ``now``.

        Raises:
            ValueError: it would show a time that is not of the years 2000 to 2099.
        """
        if self.set is not None:
            clock = clock.set(self.set, now)
        if self.advance:
            clock = clock.advance(self.advance)
        if self.freeze is not None:
            clock = clock.freeze(now) if self.freeze else clock.resume(now)
        shown = clock.read(now)
        if not EARLIEST <= shown < LATEST:
            moved = f"{self.advance:g} seconds from {write_moment(shown - self.advance)}"
            raise ValueError(f"expected to come to a time of the years 2000 to 2099, got {moved}")
        return clock


class ClockStore(Protocol):
    """The clocks of sessions, and the one (None) of all sessions that have none of their own."""

    def get(self, session: str | None) -> ClockSetting | None:
        """The clock of a session, or of all; None: it was not moved."""

    def change(self, session: str | None, before: ClockSetting | None, after: ClockSetting | None) -> bool:
        """Move the clock of a session, or of all; False when it is not what it was before any more."""

    def active(self, session: str) -> ClockSetting:
        """The clock by which a session goes: its own, else that of all, else the real one, which is ``REAL`` itself."""


def find_clock(clocks: ClockStore, session: str | None) -> ClockSetting:
    """The clock by which a session goes, or (None) the one of all."""
    return clocks.active(session) if session is not None else clocks.get(None) or REAL


def move_clock(clocks: ClockStore, session: str | None, move: ClockMove, now: float) -> ClockSetting:
    """Move the clock of a session, or (None) of all, from where it stands; returns the one it goes by now.

    A session whose clock was not moved yet gets one of its own, which begins as that of all.

    Raises:
        ValueError: it would show a time that is not of the years 2000 to 2099.
    """
    while True:
        before, common = clocks.get(session), REAL if session is None else clocks.get(None) or REAL
        if move == ClockMove(reset=True):
            if clocks.change(session, before, None):
                return common
            continue
        after = move.apply(common if move.reset or before is None else before, now)
        if clocks.change(session, before, after):
            return after
