"""Lines for the console: written if they can be, and never a reason to fail or to wait.

A pipe may be closed or full, a disk full, a descriptor shut before the program began. A server then goes on without its
log, and a command ends with the status it has.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TextIO

import click

_STDERR = 2
# Bytes that a pipe with room takes without waiting.
PIECE = 512
LOST = "mockserver: lines of this log that could not be written: {}\n"


def count(word: str, number: int) -> str:
    """A number with its word: ``1 turn``, ``2 turns``."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def tell(text: str) -> bool:
    """Write a line to stdout at once; whether it could be written."""
    return _write(sys.stdout, text)


def tell_error(text: str) -> bool:
    """Write a line to stderr at once; whether it could be written."""
    return _write(sys.stderr, text)


def keep_standard_descriptors() -> None:
    """Open what is closed of the descriptors 0, 1 and 2. To be called first.

    Else the first files and sockets would get these numbers, and libuv ends a process that closes one of them. What is
    started by this process finds them closed all the same.
    """
    opened = os.open(os.devnull, os.O_RDWR)
    while opened <= _STDERR:
        opened = os.open(os.devnull, os.O_RDWR)
    os.close(opened)


def forget_unwritten() -> None:
    """Drop what could not be written. To be called last: Python would try once more, and end with the status 120."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            setattr(sys, name, None)


class SteadyStream(io.TextIOBase):
    """A stream that makes nobody wait: lines for which there is no room are lost, and how many, the next one says.

    For a server, whose log, warnings and tracebacks nobody may read: a write to a full pipe would stop every answer.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = RLock()
        self._lost = 0
        self._is_within_line = False

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream behind."""
        return self._stream.encoding or "utf-8"

    def fileno(self) -> int:
        """The descriptor behind."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether a terminal is behind."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Write what there is room for."""
        with self._lock:
            if self._lost:
                notice = ("\n" if self._is_within_line else "") + LOST.format(self._lost)
                if self._send(notice):
                    self._lost += text.count("\n")
                    return len(text)
                self._lost = 0
            self._lost += self._send(text)
        return len(text)

    def _send(self, text: str) -> int:
        """Send a text; returns how many lines of it were lost, at least 1 when any of it was."""
        data = text.encode(self.encoding, "backslashreplace")
        sent = self._send_bytes(data)
        if sent:
            self._is_within_line = data[sent - 1 : sent] != b"\n"
        return max(data[sent:].count(b"\n"), 1) if sent < len(data) else 0

    def _send_bytes(self, data: bytes) -> int:
        sent = 0
        try:
            number = self._stream.fileno()
        except (OSError, ValueError):
            # Not one of the operating system's.
            return _send_plainly(self._stream, data)
        try:
            while sent < len(data) and has_room(number):
                sent += os.write(number, data[sent : sent + PIECE])
        except OSError:
            pass
        return sent


def _send_plainly(stream: TextIO, data: bytes) -> int:
    try:
        stream.write(data.decode(stream.encoding or "utf-8"))
        stream.flush()
    except (OSError, ValueError):
        return 0
    return len(data)


def has_room(number: int, seconds: float = 0) -> bool:
    """Whether a descriptor takes some bytes, at the latest after so many seconds: a pipe that nobody reads is full at
    some time. A file always does, and so does a descriptor that is closed: writing says what is wrong with it.
    """
    asked = select.poll()
    asked.register(number, select.POLLOUT)
    return bool(asked.poll(seconds * 1000))


@contextmanager
def steady_output() -> Iterator[None]:
    """Let nothing that is written to stdout and stderr wait meanwhile."""
    earlier = sys.stdout, sys.stderr
    try:
        sys.stdout, sys.stderr = map(_make_steady, earlier)
        yield
    finally:
        sys.stdout, sys.stderr = earlier


def _make_steady(stream: TextIO | None) -> TextIO:
    # None stands for a descriptor that was closed before the program began.
    return stream if stream is None else SteadyStream(stream)  # type: ignore[return-value]


def _write(stream: TextIO | None, text: str) -> bool:
    if stream is None:
        return False
    try:
        click.echo(text, file=stream)
    except (OSError, ValueError):
        return False
    return True
