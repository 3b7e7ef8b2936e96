"""The fingerprints of requests in memory."""

from __future__ import annotations

from mockserver.store.memory.data import Data

# Requests that a session remembers, and for how many seconds: "expire after a short period" (source: the API's page on
# cache diagnostics); reported 2026-09: not found after 60 minutes.
MOST, LIFETIME = 64, 3600.0


class MemoryFingerprints:
    """See `mockserver.store.protocols.FingerprintStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def exchange(
        self, session: str, message_id: str, fingerprint: bytes, previous: str | None, at: float
    ) -> bytes | None:
        """Hold the fingerprint of a request, and look for that of an earlier one."""
        with self._data.lock:
            held = self._data.session(session)
            found = exchange(held.fingerprints, message_id, fingerprint, previous, at)
            self._data.weigh(held)
            return found


def exchange(
    fingerprints: dict[str, tuple[float, bytes]], message_id: str, fingerprint: bytes, previous: str | None, at: float
) -> bytes | None:
    """The same of ``fingerprints``: when each of them was made, and its bytes."""
    made, found = fingerprints.get(previous or "", (at, None))
    fingerprints.pop(message_id, None)
    fingerprints[message_id] = (at, fingerprint)
    while len(fingerprints) > MOST:
        del fingerprints[next(iter(fingerprints))]
    return found if at - made < LIFETIME else None
