"""What each process of a store has yet to write: numbers in a file that all of them have in their memory.

A process writes only in its own slot. Who reads waits until all others have written what they had when it came.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from time import monotonic, sleep

NAME = "slots"
MOST = 128
# Of each slot: the process, and how much it has taken on, written, changed in the journal, and how often it has cleared
# entries, in all.
_SLOT = struct.Struct("=QQQQQ")
_PID, _TAKEN, _WRITTEN, _CHANGES, _CLEARINGS = _FIELDS = range(5)
# Seconds between looks, and how long a process that hangs is waited for.
_PAUSE, _PATIENCE = 0.001, 5.0


class Slots:
    """The slots of all processes, seen from one of them.

    Args:
        folder: the folder of the store; None: there is one process alone.
        slot: the number of this process.
    """

    def __init__(self, folder: Path | None, slot: int) -> None:
        if not 0 <= slot < MOST:
            raise ValueError(f"slot: expected a number from 0 to {MOST - 1}, got {slot}")
        self._folder = folder
        self.own = slot
        self.open()

    def open(self) -> None:
        """Take the slot, again after ``close``."""
        size = MOST * _SLOT.size
        self._map: mmap.mmap | bytearray = bytearray(size)
        if self._folder is not None:
            file = os.open(self._folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.ftruncate(file, size)
                self._map = mmap.mmap(file, size)
            finally:
                os.close(file)
        self._numbers = memoryview(self._map).cast("Q")
        self._own = self.own * len(_FIELDS)
        # A process that had this slot before has lost what it had not written; before the first one all have ended.
        for at in (self._own,) if self.own else range(0, len(self._numbers), len(_FIELDS)):
            self._numbers[at + _WRITTEN] = self._numbers[at + _TAKEN]
        self._numbers[self._own + _PID] = os.getpid()

    def take_on(self) -> None:
        """This process has something more to write."""
        self._numbers[self._own + _TAKEN] += 1

    def taken(self) -> int:
        """How much this process has taken on."""
        return int(self._numbers[self._own + _TAKEN])

    def note_written(self, taken: int) -> None:
        """This process has written what it had taken on by then."""
        self._numbers[self._own + _WRITTEN] = taken

    def note_change(self) -> None:
        """This process has changed the journal."""
        self._numbers[self._own + _CHANGES] += 1

    def changes(self) -> int:
        """How many changes of the journal there were."""
        return sum(self._numbers[_CHANGES :: len(_FIELDS)])

    def note_clearing(self) -> None:
        """This process has cleared entries of the journal."""
        self._numbers[self._own + _CLEARINGS] += 1

    def clearings(self) -> int:
        """How often entries were cleared."""
        return sum(self._numbers[_CLEARINGS :: len(_FIELDS)])

    def wait(self) -> None:
        """Wait until the other processes have written what they have taken on by now; those that died have lost it."""
        wanted = [
            (at, self._numbers[at + _TAKEN]) for at in range(0, len(self._numbers), len(_FIELDS)) if at != self._own
        ]
        deadline = monotonic() + _PATIENCE
        for at, taken in wanted:
            while self._numbers[at + _WRITTEN] < taken and self._is_alive(at) and monotonic() < deadline:
                sleep(_PAUSE)

    def close(self) -> None:
        """Leave the slots. What is noted afterwards nobody sees."""
        self._numbers.release()
        self._numbers = memoryview(bytearray(MOST * _SLOT.size)).cast("Q")
        if isinstance(self._map, mmap.mmap):
            self._map.close()

    def _is_alive(self, at: int) -> bool:
        try:
            os.kill(self._numbers[at + _PID], 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
