"""The store on Valkey or Redis, which several machines share.

Atomic steps by one script, pipelined; contents of objects in a folder that all of them see.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec.structs import replace

from mockserver.records.settings import Settings
from mockserver.store.claims import Claims
from mockserver.store.usage import StoreState, Usage
from mockserver.store.valkey import bridge
from mockserver.store.valkey.address import read_address
from mockserver.store.valkey.blobs import ValkeyBlobs
from mockserver.store.valkey.counters import ValkeyCounters
from mockserver.store.valkey.data import Data
from mockserver.store.valkey.journal import ValkeyJournal
from mockserver.store.valkey.library import write_library
from mockserver.store.valkey.link import Link
from mockserver.store.valkey.objects import ValkeyObjects
from mockserver.store.valkey.overrides import ValkeyClocks, ValkeyFaults, ValkeyOverrides
from mockserver.store.valkey.prefixes import ValkeyFingerprints, ValkeyPromptCache
from mockserver.store.valkey.replicas import Heart, Replica
from mockserver.store.valkey.scripts import ValkeyScripts, ValkeyServerScripts
from mockserver.store.valkey.sessions import ValkeySessions
from mockserver.store.valkey.stats import ValkeyStats
from mockserver.store.valkey.threads import ValkeyThreads

__all__ = ["Replica", "ValkeyStore", "open_store"]


class ValkeyStore:
    """See `mockserver.store.protocols.Store`; made by ``open_store``, and to be closed."""

    runner = staticmethod(bridge.run)

    def __init__(self, data: Data) -> None:
        self._data = data
        self.blobs = ValkeyBlobs(data)
        self.objects = ValkeyObjects(data, self.blobs)
        self.sessions = ValkeySessions(data)
        self.counters = ValkeyCounters(data)
        self.scripts = ValkeyScripts(data)
        self.server_scripts = ValkeyServerScripts(data, self.scripts)
        self.threads = ValkeyThreads(data)
        self.prompt_cache = ValkeyPromptCache(data)
        self.fingerprints = ValkeyFingerprints(data)
        self.faults = ValkeyFaults(data)
        self.overrides = ValkeyOverrides(data)
        self.clocks = ValkeyClocks(data)
        self.journal = ValkeyJournal(data)
        self.stats = ValkeyStats(data, self.journal)
        self._heart = Heart(data)
        self.claims = Claims(lambda: data.replica, self._heart.is_there, is_shared=True, is_first=False)
        self._heart.open()
        self._is_open = True

    def open(self) -> None:
        """Hold the data again after ``close``.

        Raises:
            StoreError: the engine cannot be reached.
        """
        if not self._is_open:
            self._data.link.open()
            self._heart.open()
            self.journal.open()
            self._is_open = True

    def close(self) -> None:
        """Write what is still to be written, and let go of the connections."""
        if self._is_open:
            self._is_open = False
            self.journal.close()
            self.blobs.close()
            self._heart.close()
            self._data.link.close()

    def replicas(self) -> tuple[Replica, ...]:
        """The servers that share the store now."""
        return self._heart.replicas()

    def expire(self, before: float) -> None:
        """Forget what is older: sessions that were not used since then, journal entries, objects. It may take a while.

        Args:
            before: a time by the real clock, in seconds since 1970.
        """
        self.sessions.drop_idle(before)
        self.journal.expire(before)
        self.objects.expire(before)

    def state(self) -> StoreState:
        """What it is; says so after a round trip."""
        link = self._data.link
        took, homes = link.measure(), tuple(sorted(each.home for each in self.replicas()))
        return StoreState("valkey", link.address.shown, link.address.name, took, homes)

    def usage(self) -> Usage:
        """How much it holds."""
        self.journal.write()
        return replace(Usage(*self._data.link.call("usage")), blob_bytes=self.blobs.held())

    def reset(self, session: str | None = None) -> None:
        """Put one session back to its beginning; without a name, forget all sessions and what was set for all."""
        self._data.flush()
        if session is not None:
            self.journal.shorten(session)
        self.sessions.reset(session)
        self.blobs.remove_dead()

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        self._data.flush()
        self.journal.shorten(session)
        self.sessions.forget(session)
        self.blobs.remove_dead()


def open_store(
    url: str, settings: Settings, monotonic: Callable[[], float] = time.monotonic, *, patience: float = 0.0
) -> ValkeyStore:
    """Open the store at a URL.

    Args:
        url: see `mockserver.store.valkey.address.read_address`.
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
        patience: for how many seconds an engine is waited for that cannot be reached.

    Raises:
        StoreError: it is no such URL, or nothing can be reached there.
    """
    address = read_address(url)
    return ValkeyStore(Data(Link(address, write_library(settings), patience), settings, monotonic))
