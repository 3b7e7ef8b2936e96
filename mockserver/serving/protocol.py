"""uvicorn's HTTP/1.1 protocol, guarded against one client that takes what all need: memory, or the last descriptors.

uvicorn takes the class by its public ``http`` setting. Which methods the class has is not documented: what
`mockserver.serving.connection` says of such parts holds here too.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.serving.descriptors import is_scarce

# Bytes of a request line with all headers, of a chunk's size with its extensions, or of the trailers behind a body.
# The API's edge takes headers of 128 kB (source: Cloudflare's limits page, 2026-11).
MAX_HEAD = 128 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection that leaves too few descriptors; refuses a request that sends too much that is no body.

    httptools lets a client send headers without end.
    """

    _unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or close it."""
        super().connection_made(cast(asyncio.Transport, transport))
        if is_scarce(transport.get_extra_info("socket").fileno()):
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse what came; count it until a head is complete or a part of a body comes."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(f"The head of a request may have {MAX_HEAD} bytes.")

    def on_headers_complete(self) -> None:
        """Begin to count anew."""
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Begin to count anew."""
        self._unread = 0
        super().on_body(body)
