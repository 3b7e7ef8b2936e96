"""The turns of message threads on the engine: bounded in number for each session, and in bytes for all together."""

from __future__ import annotations

from mockserver.store.kept.concealing import conceal_thread
from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.threads import NO_THREAD, Thread, Turn
from mockserver.store.valkey.data import Data

# Bytes that a turn takes besides its messages.
_OVERHEAD = 1000
# Bytes of turns that a replica knows by heart.
_MOST_KNOWN = 16_000_000
# Turns that one operation drops: the engine does nothing else meanwhile.
_AT_ONCE = 500


class ValkeyThreads:
    """See `mockserver.store.protocols.ThreadStore`. What a thread repeats of its callers' secrets is masked.

    A turn is on its way until its replica has said that it has left, or is gone.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        # Places and threads of turns by session and message: a call asks for a conversation more than once.
        self._known: dict[tuple[str, str], tuple[bytes, Thread]] = {}
        self._size = 0

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""
        digest = self._data.digest(session)
        known, thread = self._known.get((digest, message_id), (b"", NO_THREAD))
        found = self._data.link.call("get_turn", digest, message_id, known)
        if found is None:
            return None
        place, data, is_continued, is_busy = found
        if data is not None:
            thread = self._hold(digest, message_id, place, unpack(data, Thread))
        return Turn(thread, bool(is_continued), bool(is_busy))

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message."""
        traits, kept = self._data.traits(session), conceal_thread(thread)
        turn = (self._data.replica, message_id, previous or "", _OVERHEAD + thread.size, pack(kept))
        place = self._data.link.call("add_turn", *traits, *turn)
        self._data.note_session(traits[0])
        if place is not None:
            self._hold(traits[0], message_id, place, kept)
        return place is not None

    def finish(self, session: str, message_id: str) -> None:
        """The turn's answer has left. In an event loop it is not waited for: what comes later is done later."""
        self._data.link.post("finish_turn", self._data.digest(session), message_id)

    def clear(self, session: str | None = None) -> None:
        """Forget the turns of a session, or of all."""
        link = self._data.link
        if session is not None:
            link.call("clear_turns", self._data.digest(session))
            return
        last = link.call("last_turn")
        while link.call("drop_turns", last, _AT_ONCE) == _AT_ONCE:
            pass

    def _hold(self, digest: str, message_id: str, place: bytes, thread: Thread) -> Thread:
        self._size += _OVERHEAD + thread.size
        if self._size > _MOST_KNOWN:
            self._known.clear()
            self._size = _OVERHEAD + thread.size
        self._known[digest, message_id] = (place, thread)
        return thread
