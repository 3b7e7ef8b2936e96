"""The turns of message threads on the engine: bounded in number for each session, and in bytes for all together."""

from __future__ import annotations

from mockserver.store.kept.concealing import conceal_thread
from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.threads import Thread, Turn
from mockserver.store.valkey.data import Data

# Bytes that a turn takes besides its messages.
_OVERHEAD = 1000
# Turns that one operation drops: the engine does nothing else meanwhile.
_AT_ONCE = 500


class ValkeyThreads:
    """See `mockserver.store.protocols.ThreadStore`. What a thread repeats of its callers' secrets is masked.

    A turn is on its way until its replica has said that it has left, or is gone.
    """

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""
        found = self._data.link.call("get_turn", self._data.digest(session), message_id)
        if found is None:
            return None
        data, is_continued, is_busy = found
        return Turn(unpack(data, Thread), bool(is_continued), bool(is_busy))

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message."""
        traits = self._data.traits(session)
        data, size = pack(conceal_thread(thread)), _OVERHEAD + thread.size
        turn = (self._data.replica, message_id, previous or "", size, data)
        is_held = self._data.link.call("add_turn", *traits, *turn)
        self._data.note_session(traits[0])
        return bool(is_held)

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
