"""Settings changed while the server runs, faults set for the next answers, and clocks moved, in SQLite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.reply import Fault
from mockserver.store.clocks import REAL, ClockSetting
from mockserver.store.kept.encoding import pack
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.sqlite.data import Data, Known


def _set(data: Data, held: Known, column: str, value: object | None) -> None:
    """Set what a session, or all, have in a column; inside a transaction."""
    packed = None if value is None else pack(value)
    data.database.run(f"UPDATE sessions SET {column} = ? WHERE id = ?", packed, held.id)
    data.note_change(held.digest)


class SqliteOverrides:
    """See `mockserver.store.protocols.OverrideStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> Overrides:
        """The changes."""
        held = self._data.find_or_server(session)
        return held.overrides if held else UNCHANGED

    def change(self, session: str | None, changes: Mapping[str, Any]) -> Overrides:
        """Change some settings."""
        with self._data.writing():
            held = self._data.session(session)
            changed = replace(held.overrides, **changes)
            if changed != held.overrides:
                _set(self._data, held, "overrides", None if changed == UNCHANGED else changed)
            return changed

    def active(self, session: str | None) -> ActiveSettings:
        """The settings in force."""
        held = self._data.find(session) if session is not None else None
        own, common = held.overrides if held is not None else UNCHANGED, self._data.server().overrides
        defaults = self._data.defaults
        if own is UNCHANGED and common is UNCHANGED:
            return defaults
        names = ActiveSettings.__struct_fields__
        return ActiveSettings(
            **{name: getattr(own, name) or getattr(common, name) or getattr(defaults, name) for name in names}
        )


class SqliteFaults:
    """See `mockserver.store.protocols.FaultStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def set(self, session: str | None, plan: FaultPlan | None) -> None:
        """Plan faults."""
        with self._data.writing():
            _set(self._data, self._data.session(session), "faults", plan)

    def get(self, session: str | None) -> FaultPlan | None:
        """The faults that are planned."""
        held = self._data.find_or_server(session)
        return held.faults if held else None

    def find(self, session: str) -> tuple[Fault, ...]:
        """The faults of the session's next answer."""
        plan = self._find_owner(session).faults
        return plan.faults if plan else ()

    def take(self, session: str, faults: tuple[Fault, ...]) -> bool:
        """Use up one answer of the plan."""
        with self._data.writing():
            owner = self._find_owner(session)
            plan = owner.faults
            if plan is None or plan.faults != faults:
                return False
            _set(self._data, owner, "faults", replace(plan, calls=plan.calls - 1) if plan.calls > 1 else None)
            return True

    def _find_owner(self, session: str) -> Known:
        held = self._data.find(session)
        return self._data.server() if held is None or held.faults is None else held


class SqliteClocks:
    """See `mockserver.store.clocks.ClockStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> ClockSetting | None:
        """The clock of a session, or of all."""
        held = self._data.find_or_server(session)
        return held.clock if held else None

    def change(self, session: str | None, before: ClockSetting | None, after: ClockSetting | None) -> bool:
        """Move a clock."""
        with self._data.writing():
            held = self._data.session(session)
            if held.clock != before:
                return False
            _set(self._data, held, "clock", after)
            return True

    def active(self, session: str) -> ClockSetting:
        """The clock by which a session goes."""
        held = self._data.find(session)
        return (held.clock if held else None) or self._data.server().clock or REAL
