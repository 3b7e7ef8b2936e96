"""Who records: for each session, or for all, the upstream that answers what no scenario does."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

from mockserver.recordings.keeping import KeepQueue
from mockserver.recordings.tally import Tally
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.masks.finding import find_in_headers


class Upstream(Struct, frozen=True):
    """A server that answers in our place.

    ``url`` is its base URL, without a slash at its end. ``headers`` are its key, as it is sent there, in place of what
    a client sends; with ``forwards_auth`` the client's own is sent.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = field(default=())
    forwards_auth: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """What is secret of it: the values of its headers, and user and password in its URL."""
        user = urlsplit(self.url).netloc.rpartition("@")[0]
        named = find_in_headers(dict(self.headers))
        return tuple({*named, *(value for _, value in self.headers), *user.split(":", 1), unquote(user)} - {""})

    def __repr__(self) -> str:
        # The URL may hold a password, the headers hold a key.
        return "<Upstream>"


class Recorder(Struct, frozen=True, eq=False):
    """Forwards to ``upstream``, and has ``keep`` write what was exchanged.

    ``keep`` is called once an answer is over, in a thread that may block, by one caller at a time. With
    ``keeps_errors`` also what failed is kept: statuses from 400 on, answers that were cut. Who forwards tells ``tally``
    what was not kept, by ``skip``.
    """

    upstream: Upstream
    keep: Callable[[RecordedExchange], None]
    keeps_errors: bool = False
    tally: Tally = field(default_factory=Tally)


class Recorders:
    """The recorders of a server, by session; ``""`` is for those that have none of their own.

    ``queue`` has what they keep written: wait for it before you read what a recorder wrote.
    """

    def __init__(self) -> None:
        self.queue = KeepQueue()
        self._by_session: dict[str, Recorder | None] = {}
        self._lock = Lock()

    def find(self, session: str) -> Recorder | None:
        """The recorder for the calls of a session; None when they are not forwarded."""
        if not self._by_session:
            return None
        by_session = self._by_session
        return by_session[session] if session in by_session else by_session.get("")

    def set(self, recorder: Recorder | None, session: str = "") -> None:
        """Record a session, "" for all that have no recorder of their own, or with None no more."""
        with self._lock:
            changed = {name: each for name, each in self._by_session.items() if name != session}
            self._by_session = changed if recorder is None else {**changed, session: recorder}

    def except_session(self, session: str) -> None:
        """Forward nothing of a session that has no recorder of its own, though all others may be recorded."""
        with self._lock:
            self._by_session = {session: None, **self._by_session}

    def readmit_session(self, session: str) -> None:
        """Treat a session that was excepted as all others are."""
        if self._by_session.get(session) is None:
            self.set(None, session)
