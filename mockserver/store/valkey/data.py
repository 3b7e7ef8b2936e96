"""What the operations of the store share: the link, and what seldom changes of sessions.

What is known of a session is true as of one moment: within a call, as of its beginning (``begin_call`` learns all in
its one round trip), until the call changes something itself; elsewhere each operation asks anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from secrets import token_hex
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from mockserver.records.masks import label
from mockserver.records.settings import Settings
from mockserver.store.clocks import ClockSetting
from mockserver.store.kept.encoding import to_bytes, to_text, unpack
from mockserver.store.kept.names import Names
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList
from mockserver.store.valkey import bridge
from mockserver.store.valkey.link import Argument, Link

# The digest of what is set for all sessions.
SERVER = "server"
_MOST_KNOWN = 20_000
# Places of calls under way that are known.
_MOST_PLACES = 20_000


class Known(Struct, eq=False):
    """What seldom changes of a session. ``id`` is its era too: a reset gives it another one. ``stamp`` is another one
    after each change, ``faults_at`` another one after each plan of faults. ``script_ids`` is None where there are none;
    ``scripts`` are loaded when they are asked for.
    """

    id: int
    stamp: bytes
    digest: str
    name: str | None
    shown: str
    has_moved: bool
    overrides: Overrides
    faults: FaultPlan | None
    faults_at: bytes
    clock: ClockSetting | None
    scripts_at: int
    script_ids: bytes | None
    scripts: ScriptList | None = None
    removed: dict[int, Script] | None = None
    joined: ScriptList = NO_SCRIPTS
    texts: dict[int, str] = field(default_factory=dict)


class View(Struct, frozen=True, eq=False):
    """A session, if there is one, and what is set for all, at one moment. ``counts`` are those of its scripts, where
    they came with it; ``is_lost`` whether what was scripted for it is gone.
    """

    digest: str
    session: Known | None
    server: Known
    is_lost: bool
    counts: dict[str, int] | None = None


class Data:
    """The data of a store.

    Args:
        link: the connection to the engine.
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
    """

    def __init__(self, link: Link, settings: Settings, monotonic: Callable[[], float]) -> None:
        self.link, self.settings, self.names = link, settings, Names()
        self.defaults = ActiveSettings(settings.pace, settings.unmatched, settings.validation, settings.tool_use)
        self._monotonic = monotonic
        self._begun = time.time() - monotonic()
        self._known: dict[str, Known] = {}
        self._view: ContextVar[View | None] = ContextVar("view", default=None)
        # The place in the journal that ``begin_call`` has just kept; 0: none.
        self.place: ContextVar[int] = ContextVar("place", default=0)
        # Whose the places are that were kept for calls under way here: the ids of sessions.
        self._owners: dict[int, str] = {}
        self.renew()
        # Writes what waits to be written; the journal gives it.
        self.flush: Callable[[], object] = lambda: None

    def renew(self) -> None:
        """Begin anew: nothing is known of what others have done meanwhile."""
        # This one among those that share the data, for as long as it is open.
        self.replica = token_hex(8)
        self._known.clear()

    def now(self) -> float:
        """Seconds since 1970, by the monotonic clock."""
        return self._begun + self._monotonic()

    def digest(self, name: str) -> str:
        """The digest of a session's name, by which it is found, in hexadecimal digits."""
        return self.names.digest(name).hex()

    def traits(self, name: str | None) -> tuple[str, bytes, int, float]:
        """What an operation that may make the session has to be told: digest, label, length of the name, and now.

        None: of what is set for all.
        """
        if name is None:
            return SERVER, b"", 0, self.now()
        return self.digest(name), to_bytes(label(name)), len(name), self.now()

    def view(self, name: str) -> View:
        """The session of that name, and what is set for all."""
        digest = self.digest(name)
        held = self._view.get() if bridge.can_wait() else None
        if held is not None and held.digest == digest:
            return held
        return self.ask_view(digest, "view", digest)[0]

    def ask_view(self, digest: str, operation: str, *args: Argument) -> tuple[View, list[Any]]:
        """The view that an operation gives of a session, and what it answers besides.

        It is told the stamps of what is known, behind ``args``, and answers with a list: the session, what is set for
        all, whether the session is lost, its counts or None; then the rest.
        """
        session, server = self._known.get(digest), self._known.get(SERVER)
        stamps = [known.stamp if known else b"" for known in (session, server)]
        seen, seen_server, is_lost, flat, *rest = self.link.call(operation, *args, *stamps)
        session, server = self._take_in(digest, seen, session), self._take_in(SERVER, seen_server, server)
        if server is None:
            raise RuntimeError("the engine gave nothing of what is set for all")
        counts = None
        if flat is not None:
            each = iter(flat)
            counts = {to_text(name): int(count) for name, count in zip(each, each, strict=True)}
        view = View(digest, session, server, bool(is_lost), counts)
        if bridge.can_wait():
            self._view.set(view)
        return view, rest

    def note_place(self, place: int, view: View) -> None:
        """The call that has just begun has this place in the journal."""
        if len(self._owners) >= _MOST_PLACES:
            self._owners.pop(next(iter(self._owners)), None)
        self._owners[place] = f"x{view.digest}" if view.session is None else str(view.session.id)
        self.place.set(place)

    def take_owner(self, place: int) -> str:
        """The id of what held the call that has a place, when it began; "" when it is not known any more."""
        return self._owners.pop(place, "")

    def note_change(self) -> None:
        """This call has changed something of what seldom changes, or counts: it asks anew."""
        self._view.set(None)

    def note_session(self, digest: str) -> None:
        """This call has used a session, which was made where there was none."""
        held = self._view.get()
        if held is not None and held.digest == digest and held.session is None:
            self.note_change()

    def note_count(self, digest: str, number: int, counter: str, count: int) -> None:
        """This call has counted for a session, which has this id: what it knows of it stays true."""
        held = self._view.get()
        if held is None or held.digest != digest:
            return
        if held.session is None or held.session.id != number:
            self.note_change()
        elif held.counts is not None:
            self.note_counts(held, {**held.counts, counter: count})

    def note_counts(self, view: View, counts: dict[str, int]) -> None:
        """This call has learned the counts of a session."""
        if bridge.can_wait():
            self._view.set(replace(view, counts=counts))

    def find(self, name: str) -> Known | None:
        """The session of that name."""
        return self.view(name).session

    def server(self) -> Known:
        """What is set for all sessions."""
        held = self._view.get() if bridge.can_wait() else None
        return held.server if held is not None else self.view("").server

    def find_or_server(self, name: str | None) -> Known | None:
        """The session of that name, or (None) what is set for all."""
        return self.server() if name is None else self.find(name)

    def _take_in(self, digest: str, seen: Any, before: Known | None) -> Known | None:
        """What is known now: ``seen`` is None where nothing has changed, b"" where there is none."""
        if seen is None:
            return before
        if seen == b"":
            self._known.pop(digest, None)
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        found = self._known[digest] = _read(digest, seen)
        return found


def _read(digest: str, seen: list[Any]) -> Known:
    number, stamp, _, name, shown, moved, overrides, faults, faults_at, left, clock, scripts_at, script_ids = seen
    plan = None if faults is None else unpack(faults, FaultPlan)
    return Known(
        int(number),
        stamp,
        digest,
        None if name is None else to_text(name),
        to_text(shown or b""),
        moved is not None,
        UNCHANGED if overrides is None else unpack(overrides, Overrides),
        None if plan is None else replace(plan, calls=int(left)),
        faults_at or b"",
        None if clock is None else unpack(clock, ClockSetting),
        int(scripts_at or 0),
        script_ids,
    )
