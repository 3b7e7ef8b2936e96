"""A session: a test's own corner of the server."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from mockserver.records.masks import label
from mockserver.records.reply import Fault, Pace
from mockserver.store.journal import Journal
from mockserver.store.threads import Threads


class FaultPlan(Struct, frozen=True):
    """Faults for the next ``calls`` answers."""

    faults: tuple[Fault, ...]
    calls: int = 1


class Overrides(Struct, frozen=True):
    """Settings changed at run time, for a session or the whole server. None: not changed."""

    pace: str | Pace | None = None
    unmatched: str | None = None
    validation: str | None = None
    faults: FaultPlan | None = None


UNCHANGED = Overrides()


class Options(Struct, frozen=True):
    """The settings in force for a call: the session's own, else the server's, else those it was started with."""

    pace: str | Pace
    unmatched: str
    validation: str


class Session(Struct, eq=False):
    """What the server remembers of one caller. Changed only by the server and through the control interface.

    ``used`` counts the answers taken from each script, ``added`` holds scenarios put in front of the files,
    ``additions`` how often that was done, ``cache`` is the prompt cache's, ``at`` the time of the latest call.
    """

    name: str
    journal: Journal
    threads: Threads
    at: float = 0.0
    # Whether the name was chosen for the session; else it is a key, unless its calls say so in ``x-mock-session``.
    chosen: bool = False
    calls: int = 0
    used: dict[str, int] = field(default_factory=dict)
    added: tuple[Any, ...] = ()
    additions: int = 0
    cache: dict[Any, Any] = field(default_factory=dict)
    overrides: Overrides = UNCHANGED

    def __repr__(self) -> str:
        return f"<Session {self.label!r}, {self.calls} calls>"

    @property
    def label(self) -> str:
        """The name as it may be shown: masked unless someone chose it, since a key is a name too."""
        if self.chosen:
            return self.name
        latest = self.journal.latest
        return latest.session if latest else label(self.name)

    def add(self, scenarios: tuple[Any, ...]) -> None:
        """Put scenarios in front of all others; one of the same name that was added before is replaced."""
        names = {scenario.name for scenario in scenarios}
        self.added = (*scenarios, *(scenario for scenario in self.added if scenario.name not in names))
        self.additions += 1

    def next_call(self) -> int:
        """Count an answered call; returns its number, from 1."""
        self.calls += 1
        return self.calls

    def take_faults(self) -> tuple[Fault, ...]:
        """The faults planned for this answer; each plan holds for so many calls."""
        faults, self.overrides = taken(self.overrides)
        return faults

    def reset(self) -> None:
        """Back to how the session began; numbers of journal entries go on."""
        self.calls = 0
        self.used = {}
        self.added = ()
        self.cache = {}
        self.overrides = UNCHANGED
        self.threads.clear()
        self.journal.clear()


def taken(overrides: Overrides) -> tuple[tuple[Fault, ...], Overrides]:
    """The faults of the next call, and the overrides with one call less to disturb."""
    plan = overrides.faults
    if plan is None:
        return (), overrides
    left = replace(plan, calls=plan.calls - 1) if plan.calls > 1 else None
    rest = replace(overrides, faults=left)
    return plan.faults, UNCHANGED if rest == UNCHANGED else rest
