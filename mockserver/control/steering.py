"""The server's health, its settings at run time, and starting over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import asdict, replace

from mockserver.control.asking import Asked, RefusalError, Said, check_keys, kind_of, shown
from mockserver.records.reply import Fault, Pace
from mockserver.records.settings import PACES, UNMATCHED, VALIDATION
from mockserver.store import FaultPlan, Options, Overrides

_MOST_CALLS = 1_000_000


def health(asked: Asked) -> Said:
    """That the server runs, and what it holds."""
    state, hooks = asked.state, asked.hooks
    return Said(
        {
            "status": "ok",
            "version": hooks.version,
            "profile": state.settings.profile,
            "scenarios": len(hooks.scenarios()),
            "sessions": len(state.names()),
            "requests": state.received,
            "reload_error": state.reload_error,
            **hooks.health(),
        }
    )


def reset(asked: Asked) -> Said:
    """Put the session back to its beginning, or forget all of them."""
    body = asked.object("session")
    name = asked.session_in(body)
    label = asked.label if body.get("session") is None else shown(body["session"])
    asked.state.reset(name)
    return Said({"reset": label})


def show_settings(asked: Asked) -> Said:
    """The settings in force, and what of them was changed at run time."""
    state = asked.state
    session = state.peek(asked.session) if asked.session is not None else None
    overrides = (session.overrides,) if session else ()
    return Said(
        {
            "session": asked.label,
            **_options(state.options(session)),
            "faults": _plan(next((each.faults for each in (*overrides, state.overrides) if each.faults), None)),
            "changed": {"server": _changes(state.overrides), "session": _changes(*overrides)},
        }
    )


def change_settings(asked: Asked) -> Said:
    """Change settings for the session, or for the whole server; null takes a change back."""
    body = asked.object(*CHANGES)
    changes: dict[str, Any] = {
        name: None if value is None else CHANGES[name](asked, value) for name, value in body.items()
    }
    session = None if asked.session is None else asked.needed_session()
    overrides = session.overrides if session else asked.state.overrides
    asked.state.override(replace(overrides, **changes), session)
    return show_settings(asked)


def _pace(asked: Asked, value: Any) -> str | Pace:
    if isinstance(value, str):
        return _one_of("pace", value, PACES)
    if not isinstance(value, dict):
        raise RefusalError(400, f"pace is {kind_of(value)}.", ["a scenario's pace", *PACES])
    pace = asked.hooks.answer({"text": "", "pace": value}).pace
    return pace or Pace()


def _unmatched(_: Asked, value: Any) -> str:
    return _one_of("unmatched", value, UNMATCHED)


def _validation(_: Asked, value: Any) -> str:
    return _one_of("validation", value, VALIDATION)


def _faults(asked: Asked, value: Any) -> FaultPlan:
    """``{calls: N, ...a fault}``, ``{calls: N, faults: [...]}``, or the name of a fault, for the next call."""
    given = value if isinstance(value, dict) else {"faults": value}
    calls = given.get("calls", 1)
    if type(calls) is not int or not 1 <= calls <= _MOST_CALLS:
        raise RefusalError(400, "faults.calls is no number of calls.", f"a whole number from 1 to {_MOST_CALLS}")
    fault = {name: part for name, part in given.items() if name != "calls"}
    if "faults" in fault:
        check_keys(fault, ("faults",), " in faults")
    faults = asked.hooks.answer({"text": "", "faults": fault.get("faults", fault)}).faults
    if not faults:
        raise RefusalError(400, "faults names no fault.", {"then": "disconnect", "after_events": 4, "calls": 1})
    return FaultPlan(faults, calls)


# What may change at run time, and how each value is read.
CHANGES: dict[str, Callable[[Asked, Any], object]] = {
    "pace": _pace,
    "unmatched": _unmatched,
    "validation": _validation,
    "faults": _faults,
}


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RefusalError(400, f"{name} cannot be {str(value)[:80]!r}.", list(allowed))
    return value


def _options(options: Options) -> dict[str, Any]:
    return {"pace": _shown(options.pace), "unmatched": options.unmatched, "validation": options.validation}


def _changes(*overrides: Overrides) -> dict[str, Any]:
    """Only what was changed."""
    return {
        name: _plan(value) if isinstance(value, FaultPlan) else _shown(value)
        for each in overrides
        for name, value in asdict(each).items()
        if value is not None
    }


def _plan(plan: FaultPlan | None) -> dict[str, Any] | None:
    return None if plan is None else {"faults": [_fault(fault) for fault in plan.faults], "calls": plan.calls}


def _fault(fault: Fault) -> dict[str, Any]:
    places = {
        name: value for name in ("after_events", "after_ms", "at_block") if (value := getattr(fault, name)) is not None
    }
    return {"then": fault.then, **places, **fault.options}


def _shown(value: Any) -> Any:
    return asdict(value) if isinstance(value, Pace) else value
