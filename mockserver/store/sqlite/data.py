"""What the operations of the store share: the database, the sessions known to this process, and their changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct, field

from mockserver.records.masks import label
from mockserver.records.settings import Settings
from mockserver.store.clocks import ClockSetting
from mockserver.store.kept.encoding import to_text, unpack
from mockserver.store.kept.names import Names
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList
from mockserver.store.sqlite.database import Database, Row
from mockserver.store.sqlite.schema import SERVER, SERVER_DIGEST, SESSION_OVERHEAD, STRAYS
from mockserver.store.sqlite.slots import Slots

# No version is that.
NEVER = -1
# Sessions that a process knows by heart.
_MOST_KNOWN = 20_000
_COLUMNS = (
    "id, digest, name, shown, is_revealed, shelf, has_moved, overrides, faults, clock, script_revision, script_ids"
)


class Known(Struct, eq=False):
    """What seldom changes of a session. ``id`` is its era too: a reset gives it another one.

    ``scripts`` and ``removed`` are loaded when they are asked for; ``script_ids`` is None when there are no scripts.
    """

    id: int
    digest: bytes
    name: str | None
    shown: str
    is_revealed: bool
    shelf: int
    has_moved: bool
    overrides: Overrides
    faults: FaultPlan | None
    clock: ClockSetting | None
    script_revision: int
    script_ids: bytes | None
    scripts: ScriptList | None = None
    removed: dict[int, Script] | None = None
    joined: ScriptList = NO_SCRIPTS
    # The texts of both by their ids.
    texts: dict[int, str] = field(default_factory=dict)


class Data:
    """The data of a store.

    Args:
        database: where they are.
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
        slots: by which other processes tell that they have changed something.
        shared: other processes use the database too.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        monotonic: Callable[[], float],
        slots: Slots,
        *,
        shared: bool,
    ) -> None:
        self.database = database
        self.settings = settings
        self._slots = slots
        self.shared = shared
        self.defaults = ActiveSettings(settings.pace, settings.unmatched, settings.validation, settings.tool_use)
        self.names = Names()
        self._monotonic = monotonic
        # The clock goes on after a restart, when a monotonic one begins anew.
        self._begun = time.time() - monotonic()
        self._known: dict[bytes, Known] = {}
        self._server: Known | None = None
        self._has_lost: bool | None = None
        self._version, self._change = NEVER, -1
        # What ends the change that is made at this moment; None: none is.
        self._begun_version: int | None = None

    def open(self) -> None:
        """Connect to the database again, in which others may have changed everything meanwhile."""
        self.database.open()
        self._forget()
        self._version, self._change = NEVER, -1

    def close(self) -> None:
        """Disconnect from the database, and forget what is known of it."""
        self.database.close()
        self._forget()

    def now(self) -> float:
        """Seconds since 1970, by the monotonic clock."""
        return self._begun + self._monotonic()

    def digest(self, name: str) -> bytes:
        """The digest of a session's name, by which it is found."""
        return self.names.digest(name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction in which what is known is true."""
        with self.database.lock:
            is_outer = False
            try:
                with self.database.writing() as is_outer:
                    self.refresh()
                    yield
            except BaseException:
                # It is rolled back, and so is the number of the change.
                self._forget()
                self._version, self._change = NEVER, -1
                raise
            finally:
                if is_outer and self._begun_version is not None:
                    self._slots.end_version(self._begun_version)
                    self._begun_version = None

    def refresh(self) -> None:
        """Forget what other processes have changed."""
        if self.shared:
            version = self._slots.version()
            if version is None or version != self._version:
                self._compare(self.database.number("change"))
                # As of before: what was changed since then is asked for the next time.
                self._version = NEVER if version is None else version

    def note_change(self, digest: bytes | None = None) -> None:
        """What is known of a session, or of all, has changed; inside a transaction."""
        self.tell_change()
        if digest is None:
            self._forget()
        elif digest == SERVER_DIGEST:
            self._server = None
        else:
            self._known.pop(digest, None)

    def tell_change(self) -> None:
        """Other processes are to read anew what they know; inside a transaction."""
        if self.shared:
            if self._begun_version is None:
                self._begun_version = self._slots.begin_version()
            self._change = self.database.next("change")

    def find(self, name: str) -> Known | None:
        """The session of that name."""
        digest = self.digest(name)
        with self.database.lock:
            self.refresh()
            found = self._known.get(digest)
            if found is None:
                rows = self.database.run(f"SELECT {_COLUMNS} FROM sessions WHERE digest = ?", digest)
                if not rows:
                    return None
                found = _read(rows[0])
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[digest] = found
            return found

    def find_or_server(self, name: str | None) -> Known | None:
        """The session of that name, or (None) what is set for all."""
        return self.server() if name is None else self.find(name)

    def server(self) -> Known:
        """What is set for all sessions."""
        with self.database.lock:
            self.refresh()
            if self._server is None:
                self._server = _read(self.database.run(f"SELECT {_COLUMNS} FROM sessions WHERE id = ?", SERVER)[0])
            return self._server

    def session(self, name: str | None) -> Known:
        """The session of that name, made when it is new; inside a transaction. None: what is set for all."""
        if name is None:
            return self.server()
        return self.find(name) or self._make(name)

    def owner(self, name: str) -> tuple[int, int]:
        """What holds the calls of a session, and the shelf of its entries: the session, made when it is new, or for
        one that is gone the place of all strays."""
        found = self.find(name)
        if found is None:
            if self.is_lost(name):
                return STRAYS, STRAYS
            with self.writing():
                found = self.session(name)
        return found.id, found.shelf

    def is_lost(self, name: str) -> bool:
        """Whether what was scripted for a session is gone."""
        with self.database.lock:
            self.refresh()
            if self._has_lost is None:
                self._has_lost = bool(self.database.run("SELECT 1 FROM lost LIMIT 1"))
            digest = self.digest(name)
            return self._has_lost and bool(self.database.run("SELECT 1 FROM lost WHERE digest = ?", digest))

    def recall(self, name: str) -> None:
        """Forget that something is gone; inside a transaction."""
        if self.is_lost(name):
            self.database.run("DELETE FROM lost WHERE digest = ?", self.digest(name))
            self.note_change()

    def _make(self, name: str) -> Known:
        digest, base = self.digest(name), SESSION_OVERHEAD + len(name)
        number = self.database.next("owner", 2)
        self.database.run(
            "INSERT INTO sessions(id, digest, shown, used, used_at, shelf, size) "
            "VALUES (?, ?, ?, (SELECT max(used) + 1 FROM sessions), ?, ?, ?)",
            *(number - 1, digest, label(name), self.now(), number, base),
        )
        found = self._known[digest] = Known(
            number - 1, digest, None, label(name), False, number, False, UNCHANGED, None, None, 0, None
        )
        return found

    def _compare(self, change: int) -> None:
        if change != self._change:
            self._forget()
            self._change = change

    def _forget(self) -> None:
        self._known.clear()
        self._server = self._has_lost = None


def _read(row: Row) -> Known:
    number, digest, name, shown, is_revealed, shelf, has_moved, overrides, faults, clock, revision, ids = row
    return Known(
        number,
        digest,
        None if name is None else to_text(name),
        shown,
        bool(is_revealed),
        shelf,
        bool(has_moved),
        UNCHANGED if overrides is None else unpack(overrides, Overrides),
        None if faults is None else unpack(faults, FaultPlan),
        None if clock is None else unpack(clock, ClockSetting),
        revision,
        ids,
    )
