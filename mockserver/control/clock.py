"""The clock of the server, or of a session: shown, and moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError, kind_of
from mockserver.records.moments import DURATION, MOMENT, read_duration, read_moment, write_moment
from mockserver.store.clocks import ClockMove, find_clock, move_clock

T = TypeVar("T")

_EXAMPLES = [{"advance": "6m"}, {"set": "2027-01-23T00:00:00Z"}, {"freeze": True}, {"reset": True}]


def show_clock(request: ControlRequest) -> ControlResponse:
    """Show the time by the clock of the session, or of all, and how it was moved."""
    clocks, session, now = request.store.clocks, request.session, request.call.at
    clock = find_clock(clocks, session)
    time = clock.read(now)
    shown, is_own = round(time, 3), session is not None and clocks.get(session) is not None
    moved = "session" if is_own else None if clocks.get(None) is None else "server"
    return ControlResponse(
        {
            "session": request.label,
            "now": write_moment(shown),
            "seconds": shown,
            "offset_seconds": round(time - now, 3),
            "frozen": clock.frozen is not None,
            "moved": moved,
        }
    )


def change_clock(request: ControlRequest) -> ControlResponse:
    """Move the clock of the session, or of all; several moves are made in the order reset, set, advance, freeze."""
    body = request.read_object(*READERS)
    if not body:
        raise RefusalError(400, "The body says no move.", _EXAMPLES)
    move = ClockMove(**{name: READERS[name](name, value) for name, value in body.items()})
    session = None if request.session is None else request.require_session()
    try:
        move_clock(request.store.clocks, session, move, request.call.at)
    except ValueError as error:
        raise RefusalError(400, f"The clock cannot be moved there: {error}.", MOMENT) from error
    return show_clock(request)


def _make_reader(read: Callable[[object], T], expected: str) -> Callable[[str, object], T]:
    def read_value(name: str, value: object) -> T:
        try:
            return read(value)
        except ValueError as error:
            raise RefusalError(400, f"{name}: {error}.", expected) from error

    return read_value


def _read_flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise RefusalError(400, f"{name} is {kind_of(value)}.", [True, False])
    return value


# The moves, and how the value of each is read.
READERS: dict[str, Callable[[str, Any], Any]] = {
    "reset": _read_flag,
    "set": _make_reader(read_moment, MOMENT),
    "advance": _make_reader(read_duration, DURATION),
    "freeze": _read_flag,
}
