"""uvicorn's HTTP/1.1 protocol, guarded against one client that takes what all need: memory, or the last descriptors.

It also answers requests before it refuses what cannot be read behind them: uvicorn writes the refusal at once, which a
client takes for the answer to its first request, or finds in the middle of a stream.

uvicorn takes the class by its public ``http`` setting. Which methods the class has is not documented: what
`mockserver.serving.connection` says of such parts holds here too.
"""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.serving.app import MockApp
from mockserver.serving.descriptors import is_scarce

# Bytes of a request line with all headers, of a chunk's size with its extensions, or of the trailers behind a body.
# The API's edge takes headers of 128 kB (source: Cloudflare's limits page, 2026-11).
MAX_HEAD = 128 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """Closes a connection that leaves too few descriptors; refuses a request that sends too much that is no body.

    httptools lets a client send headers without end.
    """

    _unread = 0
    _is_new = True
    # What is to be said of bytes that cannot be read, once the requests before them are answered.
    _refusal = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or close it."""
        super().connection_made(cast(asyncio.Transport, transport))
        if is_scarce(transport.get_extra_info("socket").fileno()):
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Parse what came; count it until a head is complete or a part of a body comes."""
        if self._refusal:
            return
        if self._is_new:
            self._is_new = False
            self._look_for_tls(data)
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

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, after the answers to the requests before it."""
        if self._drop_unread_request():
            self._refusal = msg
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def on_response_complete(self) -> None:
        """Go on with the next request, or with the refusal of what came behind the last one."""
        is_last = not self.pipeline
        super().on_response_complete()
        if self._refusal and is_last and not self.transport.is_closing():
            super().send_400_response(self._refusal)

    def _look_for_tls(self, data: bytes) -> None:
        if self.scheme == "http" and isinstance(self.app, MockApp):
            self.app.https_notice.look(data, self.transport.get_extra_info("sockname"))

    def _drop_unread_request(self) -> bool:
        """Drop the request whose body cannot be read, if it waits behind others; whether others are to be answered."""
        latest = self.cycle
        if latest is None or latest.response_complete:
            return False
        if not latest.more_body:
            return True
        if self.pipeline:
            self.pipeline.popleft()
            return True
        if latest.response_started:  # nothing may be written into its answer
            self.transport.close()
        return False
