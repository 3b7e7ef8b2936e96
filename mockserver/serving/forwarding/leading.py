"""Answers about batches name the address of the results: there clients are led to this server, not past it.

Of all answers only these are held until they are whole. What is recorded is what came.
"""

from __future__ import annotations

from mockserver.endpoints.batches.addresses import lead_here
from mockserver.endpoints.forwarding import Forwarding
from mockserver.endpoints.localizing import BATCHES
from mockserver.records.delivery import Headers
from mockserver.records.reply import JSON

NO_ENCODINGS = frozenset[str]()
# Bytes that are held; a list of batches has 1 kB for each of 1,000.
MOST = 8 * 1024 * 1024


def is_about_batches(forwarding: Forwarding) -> bool:
    """Whether a call asks for batches. Its answer must not be compressed."""
    return forwarding.arrival.endpoint.startswith(BATCHES)


class Leader:
    """Leads to this server what clients are told in an answer.

    Args:
        forwarding: the call.
        headers: those of the answer.
    """

    def __init__(self, forwarding: Forwarding, headers: Headers) -> None:
        named = dict(headers)
        is_json = named.get("content-type", "").startswith(JSON) and "content-encoding" not in named
        self._call, self._held = forwarding.arrival.call, b""
        self.is_active = is_json and is_about_batches(forwarding)
        # Of another length.
        self.headers = tuple(pair for pair in headers if pair[0] != "content-length") if self.is_active else headers

    def add(self, data: bytes) -> bytes:
        """What may leave once this part has come."""
        if not self.is_active:
            return data
        self._held += data
        return self.end() if len(self._held) > MOST else b""

    def end(self) -> bytes:
        """What is left when all has come."""
        held, self._held = self._held, b""
        return lead_here(held, self._call)
