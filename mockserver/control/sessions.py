"""The endpoint of sessions: those there are, and what was changed for each."""

from __future__ import annotations

from typing import Any

from mockserver.control.requests import ControlRequest, ControlResponse
from mockserver.store import Overrides

QUERY = ("session", "limit")
_PAGE, _LARGEST_PAGE = 100, 1000


def list_sessions(request: ControlRequest) -> ControlResponse:
    """List the sessions, the one used last first."""
    names = request.sessions[::-1]
    shown = names[: request.read_number("limit", _PAGE, _LARGEST_PAGE)]
    return ControlResponse({"sessions": [_describe(request, name) for name in shown], "total": len(names)})


def _describe(request: ControlRequest, session: str) -> dict[str, Any]:
    store = request.store
    held = store.journal.held(session)
    latest = None if held.latest is None else store.journal.get(held.latest)
    return {
        "name": request.label_of(session),
        "requests": held.entries,
        "scenarios": len(store.scripts.current(session).scripts),
        "changed": _list_changes(request, session),
        "last_at": None if latest is None else latest.record.call.at,
    }


def _list_changes(request: ControlRequest, session: str) -> list[str]:
    """What holds for the session alone."""
    store = request.store
    changes = {
        "settings": store.overrides.get(session) != Overrides(),
        "faults": store.faults.get(session) is not None,
        "clock": store.clocks.get(session) is not None,
    }
    return [name for name, is_changed in changes.items() if is_changed]
