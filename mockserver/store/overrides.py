"""Settings changed while the server runs, and faults set for the next answers."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.batches import BatchPlan
from mockserver.records.reply import Fault, Pace


class FaultPlan(Struct, frozen=True):
    """Faults for the next ``calls`` answers."""

    faults: tuple[Fault, ...]
    calls: int = 1


class Overrides(Struct, frozen=True):
    """Settings changed at run time, for a session or the whole server. None: not changed.

    ``batches`` is how message batches go on, ``advice`` what an error for an unmatched request says besides.
    """

    pace: str | Pace | None = None
    unmatched: str | None = None
    validation: str | None = None
    tool_use: str | None = None
    advice: str | None = None
    batches: BatchPlan | None = None


UNCHANGED = Overrides()


class ActiveSettings(Struct, frozen=True):
    """The settings in force for a call: the session's own, else the server's, else those it was started with."""

    pace: str | Pace
    unmatched: str
    validation: str
    tool_use: str
    advice: str = ""
    # None: as the files say.
    batches: BatchPlan | None = None

    def refuses_unmatched(self, *, has_recorded: bool) -> bool:
        """Whether a request that no scenario fits is an error; ``has_recorded``: where there are cassettes."""
        return self.unmatched == "error" or (has_recorded and self.unmatched == "auto")
