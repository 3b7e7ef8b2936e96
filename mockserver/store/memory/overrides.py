"""Settings changed while the server runs, and faults set for the next answers, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.reply import Fault
from mockserver.store.memory.data import Data, SessionData
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides


class MemoryOverrides:
    """See `mockserver.store.protocols.OverrideStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> Overrides:
        """The changes."""
        with self._data.lock:
            held = self._data if session is None else self._data.sessions.get(session)
            return held.overrides if held else UNCHANGED

    def change(self, session: str | None, changes: Mapping[str, Any]) -> Overrides:
        """Change some settings."""
        with self._data.lock:
            held = self._data if session is None else self._data.session(session)
            changed = replace(held.overrides, **changes)
            # The one object for nothing changed is found quickly.
            held.overrides = UNCHANGED if changed == UNCHANGED else changed
            return held.overrides

    def active(self, session: str | None) -> ActiveSettings:
        """The settings in force."""
        data = self._data
        with data.lock:
            held = data.sessions.get(session) if session is not None else None
            own, common = held.overrides if held is not None else UNCHANGED, data.overrides
        defaults = data.defaults
        if own is UNCHANGED and common is UNCHANGED:
            return defaults
        return ActiveSettings(
            pace=own.pace or common.pace or defaults.pace,
            unmatched=own.unmatched or common.unmatched or defaults.unmatched,
            validation=own.validation or common.validation or defaults.validation,
            tool_use=own.tool_use or common.tool_use or defaults.tool_use,
            advice=own.advice or common.advice or defaults.advice,
            batches=own.batches or common.batches or defaults.batches,
        )


class MemoryFaults:
    """See `mockserver.store.protocols.FaultStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def set(self, session: str | None, plan: FaultPlan | None) -> None:
        """Plan faults."""
        with self._data.lock:
            held = self._data if session is None else self._data.session(session)
            held.faults = plan

    def get(self, session: str | None) -> FaultPlan | None:
        """The faults that are planned."""
        with self._data.lock:
            held = self._data if session is None else self._data.sessions.get(session)
            return held.faults if held else None

    def find(self, session: str) -> tuple[Fault, ...]:
        """The faults of the session's next answer."""
        with self._data.lock:
            plan = self._find_owner(session).faults
            return plan.faults if plan else ()

    def take(self, session: str, faults: tuple[Fault, ...]) -> bool:
        """Use up one answer of the plan."""
        with self._data.lock:
            owner = self._find_owner(session)
            plan = owner.faults
            if plan is None or plan.faults != faults:
                return False
            owner.faults = replace(plan, calls=plan.calls - 1) if plan.calls > 1 else None
            return True

    def _find_owner(self, session: str) -> Data | SessionData:
        held = self._data.sessions.get(session)
        return self._data if held is None or held.faults is None else held
