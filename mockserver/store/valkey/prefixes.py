"""The prefixes of prompts and the fingerprints of requests, on the engine."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.valkey.data import Data


class ValkeyPromptCache:
    """See `mockserver.store.protocols.PromptCacheStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def consult(
        self, session: str, wanted: Sequence[bytes], written: Sequence[tuple[bytes, float]], at: float
    ) -> bytes | None:
        """Look for a prefix, then write prefixes."""
        if not wanted and not written:
            return None
        traits = self._data.traits(session)
        asked = " ".join([digest.hex() for digest in wanted])
        added = " ".join([f"{digest.hex()} {life!r}" for digest, life in written])
        found = self._data.link.call("consult", *traits, asked, added, float(at))
        self._data.note_session(traits[0])
        return None if found < 0 else wanted[found]


class ValkeyFingerprints:
    """See `mockserver.store.protocols.FingerprintStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def exchange(
        self, session: str, message_id: str, fingerprint: bytes, previous: str | None, at: float
    ) -> bytes | None:
        """Hold the fingerprint of a request, and look for that of an earlier one."""
        traits = self._data.traits(session)
        found = self._data.link.call("exchange", *traits, message_id, fingerprint, previous or "", float(at))
        self._data.note_session(traits[0])
        return None if found is None else bytes(found)
