"""All that changes while a server runs: its sessions, and the settings changed at run time."""

from __future__ import annotations

from collections import OrderedDict
from threading import RLock
from typing import Any

from mockserver.records.reply import Fault
from mockserver.records.settings import Settings
from mockserver.store.entry import Entry
from mockserver.store.journal import Journal, Shelf
from mockserver.store.session import UNCHANGED, Options, Overrides, Session, taken
from mockserver.store.threads import Pool, Threads


class State:
    """The sessions of one server, bounded: idle ones expire, and the least recently used one makes room.

    The server's thread changes it; any thread may read it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.overrides = UNCHANGED
        # The scenarios of the files, and why the newest version of them could not be loaded, if it could not.
        self.scenarios: Any = ()
        self.reload_error: str | None = None
        self._defaults = Options(settings.pace, settings.unmatched, settings.validation)
        self._most = max(1, settings.max_sessions)
        self._shelf = Shelf(settings.journal_bytes)
        # Threads hold conversations as the journal does, and get as much room.
        self._pool = Pool(settings.journal_bytes)
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    @property
    def lock(self) -> RLock:
        """Held while journals and sessions change; tests that answer or script in threads of their own hold it too."""
        return self._shelf.lock

    @property
    def received(self) -> int:
        """How many calls were recorded since the server started."""
        return self._shelf.number

    def session(self, name: str, at: float) -> Session:
        """The session of that name, made when it is new, and used at time ``at`` (seconds since 1970)."""
        with self._shelf.lock:
            session = self._sessions.get(name)
            if session is None:
                session = self._sessions[name] = self._create(name, at)
            else:
                self._sessions.move_to_end(name)
            session.at = at
            if len(self._sessions) > 1:
                self._expire(at)
        return session

    def peek(self, name: str) -> Session | None:
        """The session of that name, if there is one; does not count as use."""
        return self._sessions.get(name)

    def names(self) -> tuple[str, ...]:
        """The names of all sessions, least recently used first. A name may be a key: show ``Session.label`` instead."""
        with self._shelf.lock:
            return tuple(self._sessions)

    def sessions(self) -> tuple[Session, ...]:
        """All sessions, least recently used first."""
        with self._shelf.lock:
            return tuple(self._sessions.values())

    def entries(self, name: str | None = None) -> tuple[Entry, ...]:
        """The journal of one session, or of all, oldest first."""
        if name is not None:
            session = self.peek(name)
            return session.journal.entries() if session else ()
        with self._shelf.lock:
            order = tuple(self._shelf.order.items())
        return tuple(entry for number, journal in order if (entry := journal.get(number)) is not None)

    def options(self, session: Session | None = None) -> Options:
        """The settings in force for a call of the session, or of one that changed none."""
        own, common, defaults = session.overrides if session else UNCHANGED, self.overrides, self._defaults
        if own is UNCHANGED and common is UNCHANGED:
            return defaults
        return Options(
            pace=own.pace or common.pace or defaults.pace,
            unmatched=own.unmatched or common.unmatched or defaults.unmatched,
            validation=own.validation or common.validation or defaults.validation,
        )

    def take_faults(self, session: Session) -> tuple[Fault, ...]:
        """The faults planned for this answer: the session's own, else the server's."""
        if session.overrides.faults is not None:
            return session.take_faults()
        faults, self.overrides = taken(self.overrides)
        return faults

    def override(self, overrides: Overrides, session: Session | None = None) -> None:
        """Replace the overrides of a session, or of the server."""
        overrides = UNCHANGED if overrides == UNCHANGED else overrides
        if session is None:
            self.overrides = overrides
        else:
            session.overrides = overrides

    def reset(self, name: str | None = None) -> None:
        """Put one session back to its beginning; without a name, forget all sessions and the server's overrides too."""
        if name is not None:
            if session := self.peek(name):
                session.reset()
            return
        for session in self.sessions():
            session.reset()
        with self._shelf.lock:
            self._sessions.clear()
        self.overrides = UNCHANGED

    def forget(self, name: str) -> None:
        """Drop a session with all it holds."""
        with self._shelf.lock:
            session = self._sessions.pop(name, None)
        if session is not None:
            session.journal.clear()

    def _create(self, name: str, at: float) -> Session:
        journal = Journal(self._shelf, self.settings.journal_entries)
        return Session(name, journal, Threads(self._pool), at)

    def _expire(self, at: float) -> None:
        oldest = next(iter(self._sessions.values()))
        while oldest.at + self.settings.session_idle < at or len(self._sessions) > self._most:
            del self._sessions[oldest.name]
            oldest.reset()
            oldest = next(iter(self._sessions.values()))
