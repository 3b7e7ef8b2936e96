"""Tells the console of clients that speak TLS to a port without it, or the other way round: nothing else would."""

from __future__ import annotations

import logging

from mockserver.records.clock import Clock

# How a TLS connection begins: a handshake record, of any version since SSL 3 (source: RFC 8446, 5.1).
HELLO = b"\x16\x03"
# Seconds in which it is told once: clients try again and again.
PAUSE = 60.0
LOGGER = logging.getLogger("mockserver")


class HttpsNotice:
    """The notice of one server.

    Args:
        clock: the server's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0.0

    def look(self, data: bytes, address: object) -> None:
        """Look at the first bytes of a connection to ``address``, as sockets name it: host and port first."""
        if data.startswith(HELLO):
            self._tell("a client speaks https; use http://%s", _write_address(address))

    def tell_plain(self) -> None:
        """Tell of a client that speaks plain http to a server with a certificate."""
        self._tell("a client speaks plain http; this server has a certificate: use https")

    def _tell(self, words: str, *parts: object) -> None:
        now = self._clock.monotonic()
        if now >= self._next:
            self._next = now + PAUSE
            LOGGER.warning(words, *parts)


def _write_address(address: object) -> str:
    """Host and port; the path of a socket that has neither."""
    if not isinstance(address, tuple):
        return str(address)
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
