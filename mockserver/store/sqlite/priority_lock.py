"""A lock for which one thread does not wait in line."""

from __future__ import annotations

from threading import Lock, get_ident
from time import sleep

# Seconds between looks of a thread that stands aside.
_PAUSE = 0.0001


class PriorityLock:
    """As ``threading.RLock``, but the thread ``first`` (its ident; 0: none) has it before all others who wait.

    Of an ordinary lock a thread that does one operation after another takes it again before others wake up: the event
    loop would wait for dozens of operations of a large batch, instead of one.
    """

    def __init__(self) -> None:
        self.first = 0
        # Of the other threads, the one at the gate alone may take the lock.
        self._gate, self._lock = Lock(), Lock()
        self._owner = self._depth = 0
        self._is_wanted = False

    def __enter__(self) -> None:
        thread = get_ident()
        if self._owner == thread:
            self._depth += 1
            return
        if thread == self.first:
            self._take_first()
        else:
            self._take()
        self._owner, self._depth = thread, 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            is_first, self._owner = self._owner == self.first, 0
            self._lock.release()
            if not is_first:
                self._gate.release()

    def _take_first(self) -> None:
        if not self._lock.acquire(blocking=False):
            self._is_wanted = True
            try:
                self._lock.acquire()
            finally:
                self._is_wanted = False

    def _take(self) -> None:
        self._gate.acquire()
        try:
            while self._is_wanted:
                sleep(_PAUSE)
            self._lock.acquire()
        except BaseException:
            self._gate.release()
            raise
