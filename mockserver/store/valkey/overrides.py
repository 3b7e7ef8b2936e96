"""Settings changed while the server runs, faults set for the next answers, and clocks moved, on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.reply import Fault
from mockserver.store.clocks import REAL, ClockSetting
from mockserver.store.kept.encoding import pack
from mockserver.store.overrides import UNCHANGED, ActiveSettings, FaultPlan, Overrides
from mockserver.store.valkey.data import Data, Known


def _set(data: Data, session: str | None, held: Known | None, field: str, value: object | None) -> bool:
    """Set what a session, or all, have in a field, unless something of it has changed since it was looked at."""
    stamp, packed = held.stamp if held else b"", b"" if value is None else pack(value)
    is_set = data.link.call("set_field", *data.traits(session), stamp, field, packed)
    data.note_change()
    return bool(is_set)


class ValkeyOverrides:
    """See `mockserver.store.protocols.OverrideStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> Overrides:
        """The changes."""
        held = self._data.find_or_server(session)
        return held.overrides if held else UNCHANGED

    def change(self, session: str | None, changes: Mapping[str, Any]) -> Overrides:
        """Change some settings."""
        while True:
            held = self._data.find_or_server(session)
            before = held.overrides if held else UNCHANGED
            changed = replace(before, **changes)
            if _set(self._data, session, held, "overrides", None if changed == UNCHANGED else changed):
                return changed

    def active(self, session: str | None) -> ActiveSettings:
        """The settings in force."""
        view = self._data.view(session) if session is not None else None
        held, server = (view.session, view.server) if view else (None, self._data.server())
        own, common = held.overrides if held is not None else UNCHANGED, server.overrides
        defaults = self._data.defaults
        if own is UNCHANGED and common is UNCHANGED:
            return defaults
        names = ActiveSettings.__struct_fields__
        return ActiveSettings(
            **{name: getattr(own, name) or getattr(common, name) or getattr(defaults, name) for name in names}
        )


class ValkeyFaults:
    """See `mockserver.store.protocols.FaultStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def set(self, session: str | None, plan: FaultPlan | None) -> None:
        """Plan faults."""
        packed, calls = (b"", 0) if plan is None else (pack(plan), plan.calls)
        self._data.link.call("plan_faults", *self._data.traits(session), packed, calls)
        self._data.note_change()

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
        digest = self._data.digest(session)
        while True:
            owner = self._find_owner(session)
            if owner.faults is None or owner.faults.faults != faults:
                return False
            is_taken = self._data.link.call("take_fault", digest, owner.digest, owner.faults_at)
            self._data.note_change()
            if is_taken:
                return True

    def _find_owner(self, session: str) -> Known:
        view = self._data.view(session)
        return view.server if view.session is None or view.session.faults is None else view.session


class ValkeyClocks:
    """See `mockserver.store.clocks.ClockStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def get(self, session: str | None) -> ClockSetting | None:
        """The clock of a session, or of all."""
        held = self._data.find_or_server(session)
        return held.clock if held else None

    def change(self, session: str | None, before: ClockSetting | None, after: ClockSetting | None) -> bool:
        """Move a clock."""
        while True:
            held = self._data.find_or_server(session)
            if (held.clock if held else None) != before:
                return False
            if _set(self._data, session, held, "clock", after):
                return True

    def active(self, session: str) -> ClockSetting:
        """The clock by which a session goes."""
        view = self._data.view(session)
        return (view.session.clock if view.session else None) or view.server.clock or REAL
