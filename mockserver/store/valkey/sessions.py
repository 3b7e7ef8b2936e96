"""The sessions on the engine: idle ones expire, and the least recently used one makes room."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.records.masks import label, show_session
from mockserver.store.kept.encoding import to_bytes, to_text
from mockserver.store.valkey.data import Data

# Sessions that one operation lists, or drops: the engine does nothing else meanwhile.
_AT_ONCE = 500
# Sessions that a reset of all drops in one step; where there are more, the first ones go before.
_MOST_AT_ONCE = 5_000


class ValkeySessions:
    """See `mockserver.store.protocols.SessionStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def touch(self, session: str) -> None:
        """Use the session."""
        self._data.link.call("touch", *self._data.traits(session))
        self._data.note_change()

    def begin_call(self, session: str) -> int:
        """Use the session for a call; returns its number. All that a plain answer asks for comes with it."""
        traits = self._data.traits(session)
        view, (number, place) = self._data.ask_view(traits[0], "begin_call", *traits)
        self._data.note_place(int(place), view)
        return int(number)

    def exists(self, session: str) -> bool:
        """Whether there is a session of that name. From now on it is listed by it."""
        return self._data.find(session) is not None

    def names(self) -> tuple[str, ...]:
        """The names of all sessions."""
        self._data.flush()
        found: dict[bytes, str] = {}
        for digest, name, shown in self._list():
            # One that was used meanwhile is among the latest.
            found.pop(digest, None)
            found[digest] = self._data.names.show(bytes.fromhex(to_text(digest)), name, to_text(shown))
        return tuple(found.values())

    def label(self, session: str) -> str:
        """The name as it may be shown."""
        self._data.flush()
        held = self._data.find(session)
        return label(session) if held is None else held.shown

    def reveal(self, session: str) -> None:
        """From now on the session is shown by its name, unless that looks like a key."""
        traits = self._data.traits(session)
        name = self._data.names.heard.get(bytes.fromhex(traits[0]), "")
        shown = to_bytes(name) if name == show_session(name) else b""
        self._data.link.call("reveal", *traits, shown, shown)
        self._data.note_change()

    def is_lost(self, session: str) -> bool:
        """Whether what was scripted for the session had to make room."""
        return self._data.view(session).is_lost

    def reset(self, session: str | None) -> None:
        """Put one session back to its beginning, or forget all and what was set for all."""
        link, now = self._data.link, self._data.now()
        if session is not None:
            link.call("reset", self._data.digest(session), now)
        else:
            before, held = link.call("uses")
            while held > _MOST_AT_ONCE and link.call("drop_first", before, _AT_ONCE):
                held -= _AT_ONCE
            link.call("reset_all", now)
        self._data.note_change()

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
        self._data.link.call("forget", self._data.digest(session))
        self._data.note_change()

    def drop_idle(self, before: float) -> None:
        """Drop the sessions that were not used since a time, in seconds since 1970."""
        while self._data.link.call("drop_idle", before, _AT_ONCE) == _AT_ONCE:
            pass

    def _list(self) -> Iterator[tuple[bytes, bytes | None, bytes]]:
        place: bytes | str = "-inf"
        while True:
            found = self._data.link.call("names", place, _AT_ONCE)
            for _, digest, name, shown in found:
                yield digest, name, shown
            if len(found) < _AT_ONCE:
                return
            place = found[-1][0]
