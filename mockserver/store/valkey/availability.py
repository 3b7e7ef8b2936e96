"""Whether the engine can be reached: while it cannot, operations fail at once, and one thread tries again.

What goes wrong is told at the console when it begins and when it ends, not at each operation.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic

from mockserver.records.masks import show_text
from mockserver.store.errors import StoreGoneError

LOGGER = logging.getLogger("mockserver")
# Seconds before the first and between later attempts to reach it again: each time twice as many, and a part by chance,
# so that the replicas do not come all at once.
SOON, SELDOM = 0.05, 2.0


class Availability:
    """See above. For any thread.

    Args:
        shown: where the engine is, as it may be shown.
        probe: does something that needs an engine which can be written; raises ``StoreGoneError`` when it cannot.
    """

    def __init__(self, shown: str, probe: Callable[[], None]) -> None:
        self._shown, self._probe = shown, probe
        self._lock, self._closed = Lock(), Event()
        self._reason: str | None = None
        self._thread: Thread | None = None

    @property
    def reason(self) -> str | None:
        """Why it cannot be reached; None: as far as is known it can."""
        return self._reason

    def check(self) -> None:
        """Returns when it can be reached.

        Raises:
            StoreGoneError: it cannot.
        """
        if self._reason is not None:
            raise self.make_error(self._reason)

    def make_error(self, reason: str) -> StoreGoneError:
        """The error of an operation."""
        return StoreGoneError(f"The store of the mock server, {self._shown}, cannot be used: {reason}.")

    def note_gone(self, reason: str) -> StoreGoneError:
        """It could not be reached; returns the error of the operation that found it out."""
        with self._lock:
            is_first, self._reason = self._reason is None, reason
            if is_first and not self._closed.is_set():
                self._thread = Thread(target=self._try_again, name="store engine", daemon=True)
                self._thread.start()
        if is_first:
            LOGGER.error("the store %s cannot be used: %s; trying again", self._shown, show_text(reason))
        return self.make_error(reason)

    def open(self) -> None:
        """Try again from now on."""
        self._closed.clear()

    def close(self) -> None:
        """Try no longer."""
        self._closed.set()
        with self._lock:
            thread, self._thread, self._reason = self._thread, None, None
        if thread is not None:
            thread.join()

    def _try_again(self) -> None:
        begun, pause = monotonic(), SOON
        while not self._closed.wait(pause * random.uniform(0.5, 1)):
            pause = min(2 * pause, SELDOM)
            reason = self._find_reason()
            with self._lock:
                self._reason = reason
                if reason is None:
                    self._thread = None
            if reason is None:
                LOGGER.error("the store %s can be used again, after %.1f s", self._shown, monotonic() - begun)
                return

    def _find_reason(self) -> str | None:
        try:
            self._probe()
        except StoreGoneError as error:
            return str(error)
        return None
