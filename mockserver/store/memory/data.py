"""The data of the store in memory. Only the modules of this package touch it, and only with ``lock`` held."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Condition, RLock

from msgspec import Struct, field

from mockserver.records.settings import Settings
from mockserver.store.calls import JournalEntry
from mockserver.store.clocks import ClockSetting
from mockserver.store.objects import StoredObject
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.scripts import NO_SCRIPTS, Script, ScriptList
from mockserver.store.stats import Stats
from mockserver.store.threads import Thread

# Bytes that a session takes besides texts, and each of its scripts, cached prefixes and counters.
SESSION_OVERHEAD, ITEM_OVERHEAD = 2048, 128
# Dropped sessions that are remembered, by a hash of their names.
MOST_LOST = 10_000


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
    # Whether a script has given an answer after which its next one is another.
    has_moved: bool = False
    # Positions that were taken and given back, below those that are still out.
    returned: dict[str, list[int]] = field(default_factory=dict)
    scripts: ScriptList = NO_SCRIPTS
    # Its scripts and the server's as one list, and the revisions of both.
    joined: tuple[int, int, ScriptList] = (0, 0, NO_SCRIPTS)
    removed: OrderedDict[int, Script] = field(default_factory=OrderedDict)
    prefixes: dict[bytes, tuple[float, float]] = field(default_factory=dict)
    fingerprints: dict[str, tuple[float, bytes]] = field(default_factory=dict)
    overrides: Overrides = UNCHANGED
    faults: FaultPlan | None = None
    clock: ClockSetting | None = None
    # Objects by kind and id, earliest first; the numbers of those that were removed; the bytes of all.
    objects: dict[str, dict[str, StoredObject]] = field(default_factory=dict)
    removed_objects: dict[tuple[str, str], int] = field(default_factory=dict)
    object_bytes: int = 0
    turns: OrderedDict[str, HeldTurn] = field(default_factory=OrderedDict)
    entries: OrderedDict[int, JournalEntry] = field(default_factory=OrderedDict)
    # Entries that had to make room.
    dropped: int = 0
    stats: Stats = field(default_factory=Stats)
    # Bytes of its scripts, and of all when it was last weighed; the journal and threads weigh theirs.
    script_bytes: int = 0
    size: int = 0

    @property
    def is_scripted(self) -> bool:
        """Whether its calls rely on it: on added scenarios, changed settings, objects, or how far the
        scripts have come."""
        is_changed = self.overrides is not UNCHANGED or self.faults is not None or self.clock is not None
        return bool(self.scripts.scripts) or is_changed or self.has_moved or self.object_bytes > 0

    def weigh_scripts(self) -> int:
        """The bytes of its scripts, also of those removed; the scripts of one document share its text."""
        return weigh_scripts((*self.scripts.scripts, *self.removed.values()))

    def weigh(self) -> int:
        """Its bytes now."""
        items = len(self.prefixes) + len(self.counts) + len(self.fingerprints) + len(self.removed_objects)
        fingerprint_bytes = sum([len(fingerprint) for _, fingerprint in self.fingerprints.values()])
        more = self.script_bytes + fingerprint_bytes + self.stats.size + self.object_bytes
        return SESSION_OVERHEAD + len(self.name) + ITEM_OVERHEAD * items + more


def weigh_scripts(scripts: Sequence[Script]) -> int:
    """The bytes of scripts, those of one document weighed once, and those appended to a script for its longest form."""
    texts = {id(script.document.text): len(script.document.text) for script in scripts}
    appended: dict[int, int] = {}
    for script in scripts:
        if script.more:
            appended[script.first_id] = max(script.more_bytes, appended.get(script.first_id, 0))
    return ITEM_OVERHEAD * len(scripts) + sum(texts.values()) + sum(appended.values())


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
        self.session_bytes = 0
        # Hashes of the names of sessions that were scripted and had to make room, with the number of their calls since
        # then, and how many made room in all.
        self.lost: OrderedDict[bytes, int] = OrderedDict()
        self.dropped = 0
        # Holds the entries of calls of such sessions; it is none of the sessions.
        self.strays = SessionData("", 0.0, 0)
        # Holds the scripts for all sessions; it is none of them either.
        self.shared = SessionData("", 0.0, 0)
        self.defaults = ActiveSettings(settings.pace, settings.unmatched, settings.validation, settings.tool_use)
        self.overrides = UNCHANGED
        self.faults: FaultPlan | None = None
        self.clock: ClockSetting | None = None
        self.object_numbers = 0
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
        # The figures of sessions that were reset or are gone, and of what was before the latest reset of all.
        self.settled = Stats()
        self.earlier = Stats()
        # Changes of the journal, clearings among them, and how many readers wait for one.
        self.changes = 0
        self.clearings = 0
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
            self.weigh(found)
        return found

    def scripted(self, name: str) -> SessionData:
        """The session of that name, to get scenarios: what was lost of it before does not matter any more."""
        self.recall(name)
        return self.session(name)

    def weigh(self, held: SessionData) -> None:
        """Note how many bytes a session has now."""
        size = held.weigh()
        self.session_bytes += size - held.size
        held.size = size

    def lose(self, name: str) -> None:
        """Remember that what was scripted for a session is gone."""
        self.lost[_digest(name)] = 0
        if len(self.lost) > MOST_LOST:
            self.lost.popitem(last=False)

    def recall(self, name: str) -> None:
        """Forget that something is gone."""
        if self.lost:
            self.lost.pop(_digest(name), None)

    def is_lost(self, name: str) -> bool:
        """Whether what was scripted for a session is gone."""
        return bool(self.lost) and _digest(name) in self.lost

    def count_stray_call(self, name: str) -> int | None:
        """Count a call of a session that is gone; None when the session is there, or may be made."""
        if not self.lost or name in self.sessions:
            return None
        digest = _digest(name)
        if digest not in self.lost:
            return None
        self.lost[digest] += 1
        return self.lost[digest]

    def owner(self, name: str) -> SessionData:
        """What holds the entries of a session's calls: the session, made when it is new, or for one that is gone the
        place of all strays."""
        is_gone = name not in self.sessions and self.is_lost(name)
        return self.strays if is_gone else self.session(name)

    def selected(self, name: str | None) -> tuple[SessionData, ...]:
        """The session of that name if there is one; without a name, all of them."""
        if name is None:
            return tuple(self.sessions.values())
        found = self.sessions.get(name)
        return () if found is None else (found,)


def _digest(name: str) -> bytes:
    # A name may be a key, of which nothing is kept.
    return blake2b(name.encode(errors="surrogatepass"), digest_size=16).digest()
