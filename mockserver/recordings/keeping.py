"""Has exchanges kept one after another, in a thread: whoever forwards waits for no disk."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock

from mockserver.records.masks import show_text

# Seconds that a server waits at its end for what is still to be kept.
PATIENCE = 10.0
LOGGER = logging.getLogger("mockserver")


class KeepQueue:
    """Does jobs in the order in which they come, in one thread that starts with the first of them.

    What a job raises is told in the log, and holds up no other.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._waiting: set[Future[None]] = set()

    @property
    def is_busy(self) -> bool:
        """Whether there are jobs that are not done."""
        return bool(self._waiting)

    def add(self, job: Callable[[], None]) -> None:
        """Do a job when those before it are done. The process ends no earlier, unless it is told to hurry."""
        with self._lock:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "recordings")
            added = self._thread.submit(_do, job)
            self._waiting.add(added)
        added.add_done_callback(self._forget)

    def wait(self, seconds: float | None = PATIENCE) -> bool:
        """Wait until all jobs so far are done, no longer than that, or with None for ever; whether they are."""
        with self._lock:
            waiting = tuple(self._waiting)
        return not wait(waiting, seconds).not_done

    def close(self, seconds: float = PATIENCE) -> bool:
        """The same; its thread ends with the last job. A job that comes later starts another one."""
        is_done = self.wait(seconds)
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown(wait=is_done)
        return is_done

    def _forget(self, done: Future[None]) -> None:
        with self._lock:
            self._waiting.discard(done)


def _do(job: Callable[[], None]) -> None:
    try:
        job()
    except OSError as error:
        LOGGER.error("an exchange could not be recorded: %s", show_text(str(error)))
    except Exception:
        LOGGER.error("an exchange could not be recorded\n%s", show_text(traceback.format_exc()))
