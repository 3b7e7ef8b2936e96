"""Keeps some file descriptors free: without any, nothing can be imported, read or refused any more."""

from __future__ import annotations

import asyncio
import sys
from math import inf
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if sys.platform != "win32":
    import resource

# Descriptors that connections may not use up. Importing a module takes one or two at a time.
RESERVE = 8


class SparingProtocol(HttpToolsProtocol):
    """uvicorn's protocol; a connection that leaves too few descriptors is closed at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or close it."""
        super().connection_made(cast(asyncio.Transport, transport))
        if is_scarce(transport.get_extra_info("socket").fileno()):
            transport.close()


def is_scarce(descriptor: int) -> bool:
    """Whether a new descriptor with this number, the lowest that was free, is one of the last."""
    return descriptor + RESERVE >= _count_descriptors()


def _count_descriptors() -> float:
    """How many descriptors the process may have."""
    if sys.platform == "win32":
        return inf
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return inf if soft == resource.RLIM_INFINITY else soft
