"""The clock of a test's session, or of a whole server: it can be moved."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from mockserver.endpoints.parts import Parts
from mockserver.records.moments import read_duration, read_moment
from mockserver.store.clocks import ClockMove, find_clock, move_clock
from mockserver.testing.callers import raise_at_call


class MockClock:
    """The clock of one session, or of all that have none of their own: ``messages_api.clock.advance("6m")``.

    Prompt caches, the lives of models and every time in an answer go by it. A session's clock goes as that of all until
    it is moved, and ends with the session. Each move returns the time that the clock shows then. Times are in UTC where
    they do not say otherwise, between the years 2000 and 2099.
    """

    def __init__(self, mock: Parts, session: str | None = None) -> None:
        self._mock = mock
        self._session = session

    def __repr__(self) -> str:
        clock = find_clock(self._mock.store.clocks, self._session)
        return f"<MockClock {self.now().isoformat()}{'' if clock.frozen is None else ', frozen'}>"

    def now(self) -> datetime:
        """The time that it shows, in UTC."""
        real = self._mock.clock.now()
        return datetime.fromtimestamp(find_clock(self._mock.store.clocks, self._session).read(real), timezone.utc)

    @raise_at_call
    def advance(self, duration: str | float | timedelta) -> datetime:
        """Move it on: ``advance("6m")``. A frozen clock stays so.

        Args:
            duration: as ``90s``, ``6m``, ``1h30m``, ``30d``, or seconds; a negative one moves it back.

        Raises:
            ValueError: this is no duration, or leads too far.
        """
        return self._move(ClockMove(advance=read_duration(duration)))

    @raise_at_call
    def set(self, moment: str | float | date | datetime) -> datetime:
        """Have it show a time, and go on from there: ``set("2027-01-23")``. A frozen clock stays so.

        Args:
            moment: the time, as ``2027-01-23T00:00:00Z``, or seconds since 1970. A day begins in UTC.

        Raises:
            ValueError: this is no such time.
        """
        return self._move(ClockMove(set=read_moment(moment)))

    @raise_at_call
    def freeze(self, moment: str | float | date | datetime | None = None) -> datetime:
        """Stop it, where it is or at another time: ``freeze("2027-01-23")``. ``advance`` and ``set`` still move it.

        Args:
            moment: as for ``set``.

        Raises:
            ValueError: this is no such time.
        """
        return self._move(ClockMove(set=None if moment is None else read_moment(moment), freeze=True))

    def resume(self) -> datetime:
        """Let it go on from what it shows."""
        return self._move(ClockMove(freeze=False))

    def reset(self) -> datetime:
        """Undo all moves: that of a session goes as that of all again, and that of all shows the real time."""
        return self._move(ClockMove(reset=True))

    def _move(self, move: ClockMove) -> datetime:
        store = self._mock.store
        if self._session is not None:
            store.sessions.touch(self._session)
        move_clock(store.clocks, self._session, move, self._mock.clock.now())
        return self.now()
