"""The clock of a server, by which everything in it tells the time."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Clock(Struct, frozen=True):
    """``now`` is seconds since 1970, for what clients see; ``monotonic`` never goes back, for durations."""

    now: Callable[[], float]
    monotonic: Callable[[], float]
