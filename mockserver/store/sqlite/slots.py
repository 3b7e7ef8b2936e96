"""What processes of a store tell each other: numbers in a file that all of them have in their memory.

Of what it has yet to write a process tells in its own slot. Who reads waits until all others have written what they had
when it came. The numbers that all of them change, which stand behind the slots, are changed under a lock of the file.
None of them is needed when all processes have ended.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

if sys.platform != "win32":
    import fcntl

NAME = "slots"
MOST = 128
# Of each slot: the process, and how much it has taken on, written, changed in the journal, and how often it has cleared
# entries, in all.
_SLOT = struct.Struct("=QQQQQ")
_PID, _TAKEN, _WRITTEN, _CHANGES, _CLEARINGS = _FIELDS = range(5)
# The latest number of a journal entry; and a number that is another one after each change of what processes know by
# heart, and odd while one is made, and after a process died that was making one.
_SHARED = struct.Struct("=QQ")
_NUMBER = MOST * len(_FIELDS)
_VERSION = _NUMBER + 1
_SIZE = MOST * _SLOT.size + _SHARED.size
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
        self._map: mmap.mmap | bytearray = bytearray(_SIZE)
        # Of the file, to lock it; None: nobody else has these numbers.
        self._file: int | None = None
        if self._folder is not None:
            self._file = os.open(self._folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(self._file, _SIZE)
            self._map = mmap.mmap(self._file, _SIZE)
        self._numbers = memoryview(self._map).cast("Q")
        self._own = self.own * len(_FIELDS)
        # A process that had this slot before has lost what it had not written; before the first one all have ended.
        for at in (self._own,) if self.own else range(0, _NUMBER, len(_FIELDS)):
            self._numbers[at + _WRITTEN] = self._numbers[at + _TAKEN]
        if self.own == 0:
            # Of who died while it made a change; the first process knows nothing by heart yet.
            self._numbers[_VERSION] += self._numbers[_VERSION] & 1
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
        return sum(self._numbers[_CHANGES : _NUMBER : len(_FIELDS)])

    def note_clearing(self) -> None:
        """This process has cleared entries of the journal."""
        self._numbers[self._own + _CLEARINGS] += 1

    def clearings(self) -> int:
        """How often entries were cleared."""
        return sum(self._numbers[_CLEARINGS : _NUMBER : len(_FIELDS)])

    def wait(self) -> None:
        """Wait until the other processes have written what they have taken on by now; those that died have lost it."""
        wanted = [(at, self._numbers[at + _TAKEN]) for at in range(0, _NUMBER, len(_FIELDS)) if at != self._own]
        deadline = monotonic() + _PATIENCE
        for at, taken in wanted:
            while self._numbers[at + _WRITTEN] < taken and self._is_alive(at) and monotonic() < deadline:
                sleep(_PAUSE)

    def begin_numbers(self, latest: int) -> None:
        """The latest journal entry that was written has this number. The first process says so, before others come."""
        self._numbers[_NUMBER] = latest

    def number(self) -> int:
        """The latest number of a journal entry."""
        return self._numbers[_NUMBER]

    def next_number(self) -> int:
        """Take a number for a journal entry."""
        with self._locking():
            self._numbers[_NUMBER] += 1
            return self._numbers[_NUMBER]

    def version(self) -> int | None:
        """A number that is another one after each change of what processes know by heart; None: a change is made at
        this moment.
        """
        version = self._numbers[_VERSION]
        return None if version & 1 else version

    def begin_version(self) -> int:
        """A change is made from now on, by a transaction that nobody sees yet; returns what ends it."""
        with self._locking():
            self._numbers[_VERSION] = version = (self._numbers[_VERSION] + 1) | 1
            return version

    def end_version(self, begun: int) -> None:
        """The change can be seen by all, or was given up."""
        with self._locking():
            # Else another process has begun one, and ends both.
            if self._numbers[_VERSION] == begun:
                self._numbers[_VERSION] += 1

    def close(self) -> None:
        """Leave the slots. What is noted afterwards nobody sees."""
        self._numbers.release()
        self._numbers = memoryview(bytearray(_SIZE)).cast("Q")
        if isinstance(self._map, mmap.mmap):
            self._map.close()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    @contextmanager
    def _locking(self) -> Iterator[None]:
        """Nobody else changes the shared numbers; of one process, one thread does so at a time, with the lock of the
        database."""
        if self._file is None:
            yield
            return
        # A process that dies lets it go.
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _is_alive(self, at: int) -> bool:
        try:
            os.kill(self._numbers[at + _PID], 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
