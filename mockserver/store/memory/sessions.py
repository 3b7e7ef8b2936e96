"""The sessions in memory: idle ones expire, and the least recently used one makes room."""

from __future__ import annotations

from mockserver.records.masks import label, name_session
from mockserver.store.memory.data import Data, SessionData
from mockserver.store.memory.journal import MemoryJournal
from mockserver.store.memory.objects import MemoryObjects
from mockserver.store.memory.stats import MemoryStats
from mockserver.store.memory.threads import MemoryThreads
from mockserver.store.overrides import UNCHANGED


class MemorySessions:
    """See `mockserver.store.protocols.SessionStore`."""

    def __init__(
        self,
        data: Data,
        journal: MemoryJournal,
        threads: MemoryThreads,
        stats: MemoryStats,
        objects: MemoryObjects,
    ) -> None:
        self._data = data
        self._journal = journal
        self._threads = threads
        self._stats = stats
        self._objects = objects

    def touch(self, session: str) -> None:
        """Use the session."""
        with self._data.lock:
            self._use(session)

    def begin_call(self, session: str) -> int:
        """Use the session for a call; returns its number."""
        with self._data.lock:
            stray = self._data.count_stray_call(session)
            if stray is not None:
                return stray
            held = self._use(session)
            held.calls += 1
            return held.calls

    def exists(self, session: str) -> bool:
        """Whether there is a session of that name."""
        with self._data.lock:
            return session in self._data.sessions

    def names(self) -> tuple[str, ...]:
        """The names of all sessions."""
        with self._data.lock:
            return tuple(self._data.sessions)

    def label(self, session: str) -> str:
        """The name as it may be shown."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            if held is None:
                return label(session)
            if held.is_revealed:
                return session
            latest = next(reversed(held.entries.values()), None)
        if latest is None:
            return label(session)
        return name_session(latest.record.call)

    def reveal(self, session: str) -> None:
        """From now on the session is shown by its name."""
        with self._data.lock:
            self._data.session(session).is_revealed = True

    def is_lost(self, session: str) -> bool:
        """Whether what was scripted for the session had to make room."""
        with self._data.lock:
            return self._data.is_lost(session)

    def reset(self, session: str | None) -> None:
        """Put one session back to its beginning, or forget all and what was set for all."""
        data = self._data
        with data.lock:
            if session is None:
                for held in data.selected(None):
                    self._drop(held)
                data.overrides, data.faults, data.clock = UNCHANGED, None, None
                data.shared = SessionData("", 0.0, 0, additions=data.shared.additions)
                data.lost.clear()
                self._journal.clear_one(data.strays)
                self._stats.clear()
                return
            data.recall(session)
            self._journal.clear_strays(session)
            for held in data.selected(session):
                self._empty(held)
                # In its place among the others.
                data.sessions[session] = new = SessionData(
                    session, held.used_at, data.next_era(), held.is_revealed, held.additions
                )
                data.session_bytes -= held.size
                data.weigh(new)

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        with self._data.lock:
            self._data.recall(session)
            self._journal.clear_strays(session)
            for held in self._data.selected(session):
                self._drop(held)

    def _use(self, session: str) -> SessionData:
        data = self._data
        held = data.session(session)
        held.used_at = data.monotonic()
        if len(data.sessions) > 1:
            data.sessions.move_to_end(session)
            self._make_room(held)
        return held

    def _make_room(self, used: SessionData) -> None:
        """Drop sessions that are idle or for which there is no room, but the one in use."""
        data, settings = self._data, self._data.settings
        oldest = next(iter(data.sessions.values()))
        while oldest is not used and (
            len(data.sessions) > settings.max_sessions
            or data.session_bytes > settings.session_bytes
            or (settings.session_idle is not None and oldest.used_at + settings.session_idle < used.used_at)
        ):
            if oldest.is_scripted:
                data.lose(oldest.name)
            data.dropped += 1
            clearings = data.clearings
            self._drop(oldest)
            # It had to make room.
            data.clearings = clearings
            oldest = next(iter(data.sessions.values()))

    def _drop(self, held: SessionData) -> None:
        self._empty(held)
        self._data.session_bytes -= held.size
        del self._data.sessions[held.name]

    def _empty(self, held: SessionData) -> None:
        self._journal.clear_one(held)
        self._threads.clear_one(held)
        self._stats.settle(held)
        self._objects.clear_one(held)
