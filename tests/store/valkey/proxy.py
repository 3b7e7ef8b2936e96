"""A proxy between replicas and an engine, which counts the operations that each connection asks for."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

# An operation of the store's script, as it is sent: EVALSHA sha 1 PREFIX OPERATION ...
_OPERATION = re.compile(rb"EVALSHA\r\n\$40\r\n[0-9a-f]{40}\r\n\$1\r\n1\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n([a-z_]+)\r\n")


class Proxy:
    """See above. ``url`` is where replicas find it."""

    def __init__(self, engine: str) -> None:
        parts = urlsplit(engine)
        self._engine = (str(parts.hostname), int(parts.port or 0))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"valkey://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self._operations: list[tuple[int, str]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self) -> None:
        """Count from now on."""
        self._operations.clear()

    def beside(self, operation: str) -> list[str]:
        """The operations of those connections that asked for this one."""
        asked = list(self._operations)
        chosen = {connection for connection, each in asked if each == operation}
        return [each for connection, each in asked if connection in chosen]

    def close(self) -> None:
        """Cut all connections, and take no more."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._engine)
                number = len(self._sockets)
                self._sockets += (near, far)
                threading.Thread(target=self._pass, args=(near, far, number), daemon=True).start()
                threading.Thread(target=self._pass, args=(far, near), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, number: int | None = None) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 20):
                if number is not None:
                    self._operations += ((number, each.decode()) for each in _OPERATION.findall(data))
                target.sendall(data)


@contextmanager
def counting(engine: str) -> Iterator[Proxy]:
    """A proxy of an engine."""
    proxy = Proxy(engine)
    try:
        yield proxy
    finally:
        proxy.close()
