"""The prefixes of prompts in memory."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.memory.data import Data

# Prefixes that a session remembers; the oldest go first.
MOST = 4096


class MemoryPromptCache:
    """See `mockserver.store.protocols.PromptCacheStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def consult(
        self, session: str, wanted: Sequence[bytes], written: Sequence[tuple[bytes, float]], at: float
    ) -> bytes | None:
        """Look for a prefix, then write prefixes."""
        with self._data.lock:
            held = self._data.session(session)
            found = consult(held.prefixes, wanted, written, at)
            if written:
                self._data.weigh(held)
            return found


def consult(
    prefixes: dict[bytes, tuple[float, float]],
    wanted: Sequence[bytes],
    written: Sequence[tuple[bytes, float]],
    at: float,
) -> bytes | None:
    """The same of ``prefixes``: when each of them expires, and how long it lives."""
    found = next((digest for digest in wanted if prefixes.get(digest, (0.0, 0.0))[0] > at), None)
    if found is not None:
        lifetime = prefixes[found][1]
        prefixes[found] = (at + lifetime, lifetime)
    for digest, lifetime in written:
        prefixes.pop(digest, None)
        prefixes[digest] = (at + lifetime, lifetime)
    while len(prefixes) > MOST:
        del prefixes[next(iter(prefixes))]
    return found
