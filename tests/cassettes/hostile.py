"""Upstreams that are no good: each connection gets the same bytes, and perhaps more of them without end."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def serve_bytes(head: bytes, endless: bytes = b"") -> Iterator[str]:
    """The URL of a server that reads a little, sends ``head``, and then ``endless`` until the client has gone."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(listener, head, endless), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Wakes the thread, which a mere close would not.
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def _serve(listener: socket.socket, head: bytes, endless: bytes) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.settimeout(10)
                connection.recv(65_536)
                connection.sendall(head)
                while endless:
                    connection.sendall(endless)
