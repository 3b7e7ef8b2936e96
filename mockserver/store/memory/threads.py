"""The turns of message threads in memory: bounded in number for each session, and in bytes for all together."""

from __future__ import annotations

from mockserver.store.memory.data import Data, HeldTurn, SessionData
from mockserver.store.threads import Thread, Turn

# Turns of a session; the oldest are forgotten.
MOST = 1000
# Bytes that a turn takes besides its messages.
_OVERHEAD = 1000


class MemoryThreads:
    """See `mockserver.store.protocols.ThreadStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            found = held.turns.get(message_id) if held else None
            if found is None:
                return None
            following = found.next
            return Turn(found.thread, following is not None, following is not None and not following.is_finished)

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message."""
        with self._data.lock:
            held = self._data.session(session)
            before = None if previous is None else held.turns.get(previous)
            if before is not None and before.next is not None:
                return False
            added = HeldTurn(thread, _OVERHEAD + thread.size)
            if before is not None:
                before.next = added
            self._hold(held, message_id, added)
            return True

    def finish(self, session: str, message_id: str) -> None:
        """The turn's answer has left."""
        with self._data.lock:
            held = self._data.sessions.get(session)
            found = held.turns.get(message_id) if held else None
            if found is not None:
                found.is_finished = True

    def clear(self, session: str | None = None) -> None:
        """Forget the turns of a session, or of all."""
        with self._data.lock:
            for held in self._data.selected(session):
                self.clear_one(held)

    def clear_one(self, held: SessionData) -> None:
        """Forget the turns of this session."""
        for message_id in tuple(held.turns):
            self._drop(held, message_id)

    def _hold(self, held: SessionData, message_id: str, added: HeldTurn) -> None:
        data = self._data
        if message_id in held.turns:
            self._drop(held, message_id)
        held.turns[message_id] = added
        data.turns[held.name, message_id] = held
        data.turn_bytes += added.size
        if len(held.turns) > MOST:
            self._drop(held, next(iter(held.turns)))
        # Threads hold conversations as the journal does, and get as much room.
        while data.turn_bytes > data.settings.journal_bytes and len(data.turns) > 1:
            (_, oldest), owner = next(iter(data.turns.items()))
            self._drop(owner, oldest)

    def _drop(self, held: SessionData, message_id: str) -> None:
        del self._data.turns[held.name, message_id]
        self._data.turn_bytes -= held.turns.pop(message_id).size
