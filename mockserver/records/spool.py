"""Bodies too large for memory, in temporary files without a name: nothing is left of them when the process ends."""

from __future__ import annotations

import io
import tempfile
import weakref
from threading import Lock
from typing import IO, BinaryIO

# Bytes of a body above which it is spooled, where its route takes more than others do.
SPOOLED = 1024 * 1024


class Spool:
    """A body that is written once, and read by any number of readers. It goes when nothing refers to it any more.

    ``error`` says why the disk takes no more, and is empty as long as it does: nothing of the body is kept then.
    """

    def __init__(self) -> None:
        self.size = 0
        self.error = ""
        self._lock = Lock()
        self._file: IO[bytes] | None = None

    def write(self, data: bytes | bytearray) -> None:
        """Write further bytes; does nothing after an error."""
        if self.error:
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  the next line closes it
                weakref.finalize(self, self._file.close)
            self._file.write(data)
            self.size += len(data)
        except OSError as error:
            self.error, self._file = error.strerror or str(error), None

    def open(self) -> BinaryIO:
        """A reader of its own, from the beginning; the body must be whole."""
        return io.BufferedReader(_Reader(self), 65_536)

    def read(self, at: int, size: int) -> bytes:
        """The bytes at a position, at most ``size``."""
        if self._file is None:
            return b""
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)


class _Reader(io.RawIOBase):
    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what a buffered reader hands over
        data = self._spool.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._spool.size}[whence]
        self._at = max(0, base + offset)
        return self._at
