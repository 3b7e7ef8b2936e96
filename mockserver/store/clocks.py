"""How far the clock of a server, or of a session, was moved."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct


class ClockSetting(Struct, frozen=True):
    """What a clock shows instead of the real time.

    ``offset`` is added to it, in seconds. A clock that is ``frozen`` shows that time, in seconds since 1970, and stands
    still. ``is_set`` says that somebody chose the time that it shows, not only how far it goes ahead.
    """

    offset: float = 0.0
    frozen: float | None = None
    is_set: bool = False

    def read(self, now: float) -> float:
        """The time it shows when it really is ``now``, in seconds since 1970."""
        return now + self.offset if self.frozen is None else self.frozen


REAL = ClockSetting()


class ClockStore(Protocol):
    """The clocks of sessions, and the one (None) of all sessions that have none of their own."""

    def get(self, session: str | None) -> ClockSetting | None:
        """The clock of a session, or of all; None: it was not moved."""

    def change(self, session: str | None, before: ClockSetting | None, after: ClockSetting | None) -> bool:
        """Move the clock of a session, or of all; False when it is not what it was before any more."""

    def active(self, session: str) -> ClockSetting:
        """The clock by which a session goes: its own, else that of all, else the real one."""
