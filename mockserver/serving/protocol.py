"""uvicorn's HTTP/1.1 protocol with a bound on the head of a request: httptools lets one client send it without end.

uvicorn takes the class by its public ``http`` setting. Which methods the class has is not documented: what
`mockserver.serving.connection` says of such parts holds here too.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Bytes of a request line with all headers, of a chunk's size with its extensions, or of the trailers behind a body.
# The API's edge takes headers of 128 kB (source: Cloudflare's limits page, 2026-11).
MAX_HEAD = 128 * 1024


class BoundedProtocol(HttpToolsProtocol):
    """Refuses a request with a 400 when it sends too much that is no body."""

    _unread = 0

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
