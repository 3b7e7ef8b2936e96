"""Times at which the store cannot be written: told at the console when they begin and end, not at each attempt."""

from __future__ import annotations

import logging
from threading import Lock
from time import monotonic

from mockserver.store.errors import StoreGoneError

LOGGER = logging.getLogger("mockserver")
# Seconds without a failure after which one has ended: on a disk that is full, something small still finds room.
_QUIET = 10.0


class Outage:
    """Whether the store can be written, and how many entries of the journal were lost. For any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._latest: float | None = None
        self._lost = 0

    def note_failure(self, lost: int, error: Exception) -> None:
        """So many entries could not be written, or (0) nothing could be removed.

        An engine that is gone is told of elsewhere: here only of entries that are lost by it.
        """
        if not lost and isinstance(error, StoreGoneError):
            return
        with self._lock:
            is_first, self._latest = self._latest is None, monotonic()
            self._lost += lost
        if is_first:
            LOGGER.error("the store cannot be written, and drops journal entries until it can: %s", error)

    def note_success(self) -> None:
        """Something was written."""
        with self._lock:
            if self._latest is None or monotonic() < self._latest + _QUIET:
                return
            lost, self._latest, self._lost = self._lost, None, 0
        LOGGER.error("the store can be written again; journal entries lost: %d", lost)
