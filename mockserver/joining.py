"""Writes what an answer sends at once in one go: its head and its body are one packet, and one call of the system."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over a transport that joins its writes."""

    def connection_made(self, transport: Any) -> None:
        """A client has come."""
        super().connection_made(Joined(transport, self.loop))  # type: ignore[arg-type]  # as good as one


class Joined:
    """A transport that waits with writing until the task that writes waits itself."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._soon = loop.call_soon
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write this with all that is written until the event loop goes on."""
        if not self._parts:
            self._soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Close the connection once all is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.writelines(parts)
