"""The store that keeps everything in a folder: a SQLite database, and files for the contents of objects."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import get_ident

from mockserver.records.settings import Settings
from mockserver.store.claims import Claims
from mockserver.store.errors import StoreError
from mockserver.store.kept.processes import ProcessNames
from mockserver.store.sqlite.blobs import SqliteBlobs
from mockserver.store.sqlite.counters import SqliteCounters
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.database import Database
from mockserver.store.sqlite.entries import end_unfinished
from mockserver.store.sqlite.folder import Folder, refusing_broken, remove_orphans
from mockserver.store.sqlite.journal import SqliteJournal
from mockserver.store.sqlite.objects import SqliteObjects
from mockserver.store.sqlite.overrides import SqliteClocks, SqliteFaults, SqliteOverrides
from mockserver.store.sqlite.prefixes import SqliteFingerprints, SqlitePromptCache
from mockserver.store.sqlite.scripts import SqliteScripts, SqliteServerScripts
from mockserver.store.sqlite.sessions import SqliteSessions
from mockserver.store.sqlite.slots import Slots
from mockserver.store.sqlite.stats import SqliteStats
from mockserver.store.sqlite.sweeping import Sweeper, bury_orphans
from mockserver.store.sqlite.threads import SqliteThreads
from mockserver.store.sqlite.writer import Writer
from mockserver.store.usage import StoreState, Usage

__all__ = ["SqliteStore", "StoreError", "open_store"]


class SqliteStore:
    """See `mockserver.store.protocols.Store`; made by ``open_store``, and to be closed."""

    runner = None

    def __init__(self, folder: Folder, data: Data, slots: Slots) -> None:
        self._folder, self._data, self._slots = folder, data, slots
        self.blobs = SqliteBlobs(data, folder)
        self.objects = SqliteObjects(data, self.blobs)
        self.sessions = SqliteSessions(data, self.blobs)
        self.counters = SqliteCounters(data)
        self.scripts = SqliteScripts(data)
        self.server_scripts = SqliteServerScripts(data, self.scripts)
        self.threads = SqliteThreads(data, slots.own)
        self.prompt_cache = SqlitePromptCache(data)
        self.fingerprints = SqliteFingerprints(data)
        self.faults = SqliteFaults(data)
        self.overrides = SqliteOverrides(data)
        self.clocks = SqliteClocks(data)
        names = ProcessNames()
        is_first = slots.own == 0
        self.claims = Claims(names.name_own, names.is_running, is_shared=data.shared, is_first=is_first)
        self._sweeper = Sweeper(data, self.blobs)
        self._tidy_up()
        self._writer = Writer(data, slots, self._sweeper)
        self.journal = SqliteJournal(data, self.sessions, self._writer)
        self.stats = SqliteStats(data, self._writer)
        self._is_open = True

    def state(self) -> StoreState:
        """What it is."""
        return StoreState("sqlite")

    def usage(self) -> Usage:
        """How much it holds."""
        self._writer.flush()
        database = self._data.database
        sql = """SELECT sessions, size + (SELECT script_bytes FROM sessions WHERE id = 2), entry_bytes, turn_bytes
            FROM totals"""
        sessions, size, entries, turns = database.run(sql)[0]
        return Usage(sessions, size, entries, turns, database.number("dropped"), self.blobs.held())

    def reset(self, session: str | None = None) -> None:
        """Put one session back to its beginning; without a name, forget all sessions and what was set for all."""
        self._writer.flush()
        self.sessions.reset(session)
        self._writer.note_clearing()

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        self._writer.flush()
        self.sessions.forget(session)
        self._writer.note_clearing()

    def expire(self, before: float) -> None:
        """Forget what is older: sessions that were not used since then, journal entries, objects. It may take a while.

        Args:
            before: a time by the real clock, in seconds since 1970.
        """
        self.sessions.drop_idle(before)
        self._sweeper.expire_entries(before)
        self.objects.expire(before)
        self._sweeper.sweep()

    def open(self) -> None:
        """Use the folder again after ``close``. While it is used this does nothing, but that the thread which calls it,
        the event loop's, does not wait in line with others from now on.

        Raises:
            StoreError: it cannot be used any more.
        """
        self._data.database.lock.first = get_ident()
        if not self._is_open:
            self._folder.open()
            with ExitStack() as opening:
                opening.callback(self._folder.close)
                opening.enter_context(refusing_broken(self._folder.path))
                self._data.open()
                opening.callback(self._data.close)
                self._slots.open()
                opening.callback(self._slots.close)
                self._tidy_up()
                opening.pop_all()
            self._writer.open()
            self._is_open = True

    def close(self) -> None:
        """Write what is waiting, and let others use the folder. Operations raise ``StoreClosedError`` meanwhile."""
        if self._is_open:
            self._is_open = False
            self._writer.close()
            self._sweeper.sweep()
            self._data.close()
            self.blobs.close()
            self._slots.close()
            self._folder.close()

    def _tidy_up(self) -> None:
        """Put an end to what processes have left behind that were killed: the one in this slot, or all of them."""
        database, is_worker = self._data.database, self._slots.own > 0
        if not is_worker:
            held = "SELECT 1 FROM blobs WHERE name = ? AND holders > 0"
            remove_orphans(self._folder, lambda name: bool(database.run(held, name)))
            bury_orphans(database)
        end_unfinished(database, self._slots.own if is_worker else None)


def open_store(
    folder: Path,
    settings: Settings,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    shared: bool = False,
    slot: int = 0,
) -> SqliteStore:
    """Open the store in a folder, which is made when it is not there.

    Args:
        folder: where it is.
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
        shared: several processes use it at once.
        slot: the number of this process among them; no two that live have the same. That in slot 0 holds the lock of
            the folder, and is there before the others, and until they have ended.

    Raises:
        StoreError: the folder cannot be used.
    """
    opened = Folder(folder, worker=slot > 0)
    with ExitStack() as opening:
        opening.callback(opened.close)
        opening.enter_context(refusing_broken(folder))
        slots = Slots(folder if shared else None, slot)
        opening.callback(slots.close)
        data = Data(Database(opened.database), settings, monotonic, slots, shared=shared)
        opening.callback(data.close)
        store = SqliteStore(opened, data, slots)
        opening.pop_all()
    return store
