"""The endpoints of the server itself: its health, its settings at run time, and the reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import asdict

from mockserver.control.requests import (
    ControlRequest,
    ControlResponse,
    RefusalError,
    check_keys,
    kind_of,
)
from mockserver.records.batches import BatchPlan
from mockserver.records.masks import show_session
from mockserver.records.reply import AGAIN, Fault, Pace
from mockserver.records.settings import PACES, TOOL_USES, UNMATCHED, VALIDATION
from mockserver.store import ActiveSettings, FaultPlan, Overrides
from mockserver.store.errors import StoreGoneError
from mockserver.store.usage import StoreState

_MOST_CALLS = 1_000_000


def health(request: ControlRequest) -> ControlResponse:
    """Report that the server runs, and how much it holds; 503 when the engine of its store is gone."""
    services, settings = request.services, request.settings
    try:
        state, usage = request.store.state(), request.store.usage()
    except StoreGoneError as error:
        return _report_gone(services.version, error)
    return ControlResponse(
        {
            "status": "ok",
            "version": services.version,
            "profile": settings.profile,
            "scenarios": len(services.fixtures()),
            "sessions": usage.sessions,
            "dropped_sessions": usage.dropped_sessions,
            "memory": {
                "sessions": {"bytes": usage.session_bytes, "most": settings.session_bytes},
                "journal": {"bytes": usage.journal_bytes, "most": settings.journal_bytes},
                "threads": {"bytes": usage.thread_bytes, "most": settings.journal_bytes},
            },
            "requests": request.journal.received(),
            "reload_error": None,
            "store": _show_state(state),
            **services.health(),
        }
    )


def _show_state(state: StoreState) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": "ok", "kind": state.kind}
    if state.address:
        shown |= {"address": state.address, "name": state.name, "replicas": list(state.replicas)}
        shown["round_trip_ms"] = round(state.round_trip * 1000, 3)
    return shown


def _report_gone(version: str, error: StoreGoneError) -> ControlResponse:
    body = {"status": "unavailable", "version": version, "store": {"status": "gone", "reason": str(error)}}
    return ControlResponse(body, 503, tuple(AGAIN.items()))


def ready(request: ControlRequest) -> ControlResponse:
    """Say whether the server takes requests: 200, or 503 while it finishes what is under way and then ends, and while
    the engine of its store is gone.
    """
    if not request.services.is_ready():
        return ControlResponse({"status": "draining"}, 503)
    try:
        request.store.state()
    except StoreGoneError as error:
        return _report_gone(request.services.version, error)
    return ControlResponse({"status": "ready"})


def reset(request: ControlRequest) -> ControlResponse:
    """Reset the session, or all sessions."""
    body = request.read_object("session")
    name = request.find_session_in(body)
    label = request.label if body.get("session") is None else show_session(body["session"])
    request.store.reset(name)
    return ControlResponse({"reset": label})


def show_settings(request: ControlRequest) -> ControlResponse:
    """Show the active settings, and which of them were changed at run time."""
    overrides, faults = request.store.overrides, request.store.faults
    session = request.session
    own = (overrides.get(session), faults.get(session)) if session is not None else (Overrides(), None)
    common = (overrides.get(None), faults.get(None))
    return ControlResponse(
        {
            "session": request.label,
            **_show_active(overrides.active(session)),
            "faults": _show_plan(own[1] or common[1]),
            "changed": {"server": _show_changes(*common), "session": _show_changes(*own)},
        }
    )


def change_settings(request: ControlRequest) -> ControlResponse:
    """Change settings for the session, or for the whole server; null undoes a change."""
    body = request.read_object(*CHANGES)
    changes = {name: None if value is None else CHANGES[name](request, value) for name, value in body.items()}
    session = None if request.session is None else request.require_session()
    if "faults" in changes:
        request.store.faults.set(session, changes.pop("faults"))
    request.store.overrides.change(session, changes)
    return show_settings(request)


def _read_pace(request: ControlRequest, value: Any) -> str | Pace:
    if isinstance(value, str):
        return _read_choice("pace", value, PACES)
    if not isinstance(value, dict):
        raise RefusalError(400, f"pace is {kind_of(value)}.", ["a scenario's pace", *PACES])
    pace = request.services.answer({"text": "", "pace": value}).pace
    return pace or Pace()


def _read_unmatched(_: ControlRequest, value: Any) -> str:
    return _read_choice("unmatched", value, UNMATCHED)


def _read_validation(_: ControlRequest, value: Any) -> str:
    return _read_choice("validation", value, VALIDATION)


def _read_tool_use(_: ControlRequest, value: Any) -> str:
    return _read_choice("tool_use", value, TOOL_USES)


def _read_batches(request: ControlRequest, value: Any) -> BatchPlan:
    if not isinstance(value, dict):
        raise RefusalError(400, f"batches is {kind_of(value)}.", ["a mapping as in a scenario file", {"takes": "30s"}])
    return request.services.batch_plan(value)


def _read_faults(request: ControlRequest, value: Any) -> FaultPlan:
    """``{calls: N, ...a fault}``, ``{calls: N, faults: [...]}``, or the name of a fault, for the next call."""
    plan = value if isinstance(value, dict) else {"faults": value}
    calls = plan.get("calls", 1)
    if type(calls) is not int or not 1 <= calls <= _MOST_CALLS:
        raise RefusalError(400, "faults.calls is no number of calls.", f"a whole number from 1 to {_MOST_CALLS}")
    fault = {name: part for name, part in plan.items() if name != "calls"}
    if "faults" in fault:
        check_keys(fault, ("faults",), " in faults")
    faults = request.services.answer({"text": "", "faults": fault.get("faults", fault)}).faults
    if not faults:
        raise RefusalError(400, "faults names no fault.", {"then": "disconnect", "after_events": 4, "calls": 1})
    return FaultPlan(faults, calls)


# The settings that may change at run time, and how the value of each is read.
CHANGES: dict[str, Callable[[ControlRequest, Any], Any]] = {
    "pace": _read_pace,
    "unmatched": _read_unmatched,
    "validation": _read_validation,
    "tool_use": _read_tool_use,
    "batches": _read_batches,
    "faults": _read_faults,
}


def _read_choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RefusalError(400, f"{name} cannot be {str(value)[:80]!r}.", list(allowed))
    return value


def _show_active(settings: ActiveSettings) -> dict[str, Any]:
    return {
        "pace": _show_value(settings.pace),
        "unmatched": settings.unmatched,
        "validation": settings.validation,
        "tool_use": settings.tool_use,
        "batches": _show_value(settings.batches),
    }


def _show_changes(overrides: Overrides, plan: FaultPlan | None) -> dict[str, Any]:
    """Only the settings that were changed."""
    values = asdict(overrides)
    changed = {name: _show_value(value) for name in CHANGES if (value := values.get(name)) is not None}
    return changed if plan is None else {**changed, "faults": _show_plan(plan)}


def _show_plan(plan: FaultPlan | None) -> dict[str, Any] | None:
    return None if plan is None else {"faults": [_show_fault(fault) for fault in plan.faults], "calls": plan.calls}


def _show_fault(fault: Fault) -> dict[str, Any]:
    places = {
        name: value for name in ("after_events", "after_ms", "at_block") if (value := getattr(fault, name)) is not None
    }
    return {"then": fault.then, **places, **fault.options}


def _show_value(value: Any) -> Any:
    return asdict(value) if isinstance(value, Pace | BatchPlan) else value
