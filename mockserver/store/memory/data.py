"""The data of the store in memory. Only the modules of this package touch it, and only with ``lock`` held."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Condition, RLock

from msgspec import Struct, field

from mockserver.records.settings import Settings
from mockserver.store.calls import JournalEntry
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList
from mockserver.store.threads import Thread


class HeldTurn(Struct, eq=False):
    """A turn of a thread. ``size`` is that of the whole conversation: a turn keeps all messages before it alive."""

    thread: Thread
    size: int
    # The turn that continues this one.
    next: HeldTurn | None = None
    is_finished: bool = False


class SessionData(Struct, eq=False):
    """The data of a session. A reset makes all of it anew but name, time and the two fields behind the era."""

    name: str
    used_at: float
    # Unlike that of the same session before a reset.
    era: int
    # Whether someone chose the name; else it is a key, unless its calls say so in ``x-mock-session``.
    is_revealed: bool = False
    additions: int = 0
    calls: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    # Positions that were taken and given back, below those that are still out.
    returned: dict[str, list[int]] = field(default_factory=dict)
    scripts: ScriptList = NO_SCRIPTS
    removed: OrderedDict[int, Script] = field(default_factory=OrderedDict)
    prefixes: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    overrides: Overrides = UNCHANGED
    faults: FaultPlan | None = None
    turns: OrderedDict[str, HeldTurn] = field(default_factory=OrderedDict)
    entries: OrderedDict[int, JournalEntry] = field(default_factory=OrderedDict)


class Data:
    """The sessions, and the data that all of them share.

    Args:
        settings: the bounds, and the settings that hold where nothing was changed.
        monotonic: the clock by which sessions are idle.
    """

    def __init__(self, settings: Settings, monotonic: Callable[[], float]) -> None:
        self.settings = settings
        self.monotonic = monotonic
        self.lock = RLock()
        self.sessions: OrderedDict[str, SessionData] = OrderedDict()
        self.defaults = ActiveSettings(settings.pace, settings.unmatched, settings.validation)
        self.overrides = UNCHANGED
        self.faults: FaultPlan | None = None
        # Numbers given to scripts and to lists of them.
        self.script_ids = 0
        self.revisions = 0
        self.eras = 0
        # Entries of all sessions in their order: whose each is, and how much it weighs in bytes.
        self.entries: OrderedDict[int, tuple[SessionData, int]] = OrderedDict()
        self.entry_bytes = 0
        self.received = 0
        # Turns of all sessions in their order, and their bytes.
        self.turns: OrderedDict[tuple[str, str], SessionData] = OrderedDict()
        self.turn_bytes = 0
        # Changes of the journal, and how many readers wait for one.
        self.changes = 0
        self.changed = Condition(self.lock)
        self.waiting = 0

    def next_era(self) -> int:
        """The number of a session's new beginning."""
        self.eras += 1
        return self.eras

    def session(self, name: str) -> SessionData:
        """The session of that name, made when it is new."""
        found = self.sessions.get(name)
        if found is None:
            found = self.sessions[name] = SessionData(name, self.monotonic(), self.next_era())
        return found

    def selected(self, name: str | None) -> tuple[SessionData, ...]:
        """The session of that name if there is one; without a name, all of them."""
        if name is None:
            return tuple(self.sessions.values())
        found = self.sessions.get(name)
        return () if found is None else (found,)
