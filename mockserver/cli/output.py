"""Lines for the console: written if they can be, and never a reason to fail.

A pipe may be closed, a disk full, a descriptor shut before the program began. A server then goes on without its log,
and a command ends with the status it has.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

import click

_STDERR = 2


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


def _write(stream: TextIO | None, text: str) -> bool:
    # None stands for a descriptor that was closed before the program began.
    if stream is None:
        return False
    try:
        click.echo(text, file=stream)
    except (OSError, ValueError):
        return False
    return True
