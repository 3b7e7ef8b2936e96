"""The store that lives in the memory of one process."""

from __future__ import annotations

import time
from collections.abc import Callable

from mockserver.records.settings import Settings
from mockserver.store.claims import Claims
from mockserver.store.memory.blobs import MemoryBlobs
from mockserver.store.memory.clocks import MemoryClocks
from mockserver.store.memory.counters import MemoryCounters
from mockserver.store.memory.data import Data
from mockserver.store.memory.fingerprints import MemoryFingerprints
from mockserver.store.memory.journal import MemoryJournal
from mockserver.store.memory.objects import MemoryObjects
from mockserver.store.memory.overrides import MemoryFaults, MemoryOverrides
from mockserver.store.memory.prompt_cache import MemoryPromptCache
from mockserver.store.memory.scripts import MemoryScripts, MemoryServerScripts
from mockserver.store.memory.sessions import MemorySessions
from mockserver.store.memory.stats import MemoryStats
from mockserver.store.memory.threads import MemoryThreads
from mockserver.store.usage import Usage


class MemoryStore:
    """See `mockserver.store.protocols.Store`. All operations hold one lock.

    Args:
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
    """

    runner = None

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        data = Data(settings, monotonic)
        self.counters = MemoryCounters(data)
        self.scripts = MemoryScripts(data)
        self.server_scripts = MemoryServerScripts(data, self.scripts)
        self.journal = MemoryJournal(data)
        self.threads = MemoryThreads(data)
        self.prompt_cache = MemoryPromptCache(data)
        self.fingerprints = MemoryFingerprints(data)
        self.faults = MemoryFaults(data)
        self.overrides = MemoryOverrides(data)
        self.stats = MemoryStats(data)
        self.clocks = MemoryClocks(data)
        self.blobs = MemoryBlobs(data)
        self.objects = MemoryObjects(data, self.blobs)
        self.sessions = MemorySessions(data, self.journal, self.threads, self.stats, self.objects)
        # There is nobody else.
        self.claims = Claims(lambda: "memory", lambda _: False, is_shared=False, is_first=True)
        self._data = data

    def open(self) -> None:
        """Does nothing: it is open."""

    def close(self) -> None:
        """Does nothing: the data stay in memory."""

    def expire(self, before: float) -> None:
        """Does nothing: what is in memory goes with the server."""

    def usage(self) -> Usage:
        """How much it holds."""
        data = self._data
        with data.lock:
            session_bytes = data.session_bytes + data.shared.script_bytes
            return Usage(
                len(data.sessions), session_bytes, data.entry_bytes, data.turn_bytes, data.dropped, self.blobs.held()
            )

    def reset(self, session: str | None = None) -> None:
        """Put one session back to its beginning; without a name, forget all sessions and what was set for all."""
        self.sessions.reset(session)

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        self.sessions.forget(session)
