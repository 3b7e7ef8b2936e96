"""The clock over the control interface: shown and moved, for one session and for all."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.store.clocks import REAL
from tests.control.desk import KEY, Desk

# The real time of every request of the desk.
NOW = 1000.0
SHOWN = {"session": "all", "now": "1970-01-01T00:16:40.000Z", "seconds": NOW, "offset_seconds": 0.0, "frozen": False}


def move(desk: Desk, body: Any, path: str = "clock", **headers: str) -> dict[str, Any]:
    got = desk.ask("POST", path, body, check=True, **headers)
    assert got.status == 200, got.json
    told: dict[str, Any] = got.json
    assert desk.ask("GET", path, check=True, **headers).json == told
    return told


def test_clock_shows_the_real_time(desk: Desk) -> None:
    assert desk.ask("GET", "clock").json == {**SHOWN, "moved": None}
    assert desk.ask("GET", "clock?session=t").json == {**SHOWN, "session": "t", "moved": None}


def test_clock_that_was_not_moved_has_no_offset(desk: Desk) -> None:
    """Whatever the fractions of a second are."""
    sent, _ = desk.control.handle(Call("GET", "/_mock/clock", {}, b"", at=NOW + 0.0004))
    assert b'"offset_seconds": 0.0,' in sent.pieces[0].data


@pytest.mark.parametrize(
    ("body", "now", "frozen"),
    [
        ({"set": "2027-01-23T00:00:00Z"}, "2027-01-23T00:00:00.000Z", False),
        ({"set": "2027-01-23"}, "2027-01-23T00:00:00.000Z", False),
        ({"set": 1800662400}, "2027-01-23T00:00:00.000Z", False),
        ({"set": "2027-01-23", "advance": "6m"}, "2027-01-23T00:06:00.000Z", False),
        ({"advance": -0.001, "set": "2027-01-23"}, "2027-01-22T23:59:59.999Z", False),
        ({"freeze": True, "advance": "30d", "set": "2027-01-23"}, "2027-02-22T00:00:00.000Z", True),
        ({"advance": "11000d", "reset": True}, "2000-02-13T00:16:40.000Z", False),
        ({"advance": "11000d", "freeze": False, "reset": False}, "2000-02-13T00:16:40.000Z", False),
    ],
)
def test_clock_is_moved(desk: Desk, body: Any, now: str, *, frozen: bool) -> None:
    told = move(desk, body)
    assert (told["now"], told["frozen"], told["moved"]) == (now, frozen, "server")
    assert told["offset_seconds"] == told["seconds"] - NOW
    assert move(desk, {"reset": True}) == {**SHOWN, "moved": None}


def test_frozen_clock_is_moved_on_and_let_go(desk: Desk) -> None:
    move(desk, {"set": "2027-01-23"})
    assert move(desk, {"freeze": True})["frozen"]
    assert move(desk, {"advance": "1h"})["now"] == "2027-01-23T01:00:00.000Z"
    assert move(desk, {"set": "2027-01-24"})["frozen"]
    told = move(desk, {"freeze": False})
    assert (told["now"], told["frozen"]) == ("2027-01-24T00:00:00.000Z", False)


@pytest.mark.parametrize(
    ("path", "headers"), [("clock?session=t", {}), ("clock", {"x_mock_session": "t"}), ("clock", {"x_api_key": KEY})]
)
def test_session_has_a_clock_of_its_own(desk: Desk, path: str, headers: dict[str, str]) -> None:
    move(desk, {"set": "2027-01-23", "freeze": True})
    told = move(desk, {"advance": "1d"}, path, **headers)
    assert (told["now"], told["moved"], told["frozen"]) == ("2027-01-24T00:00:00.000Z", "session", True)
    assert told["session"] == ("sk-ant-…last" if "x_api_key" in headers else "t")
    assert desk.ask("GET", "clock").json["now"] == "2027-01-23T00:00:00.000Z"
    assert desk.ask("GET", "clock?session=other").json["moved"] == "server"
    assert move(desk, {"reset": True}, path, **headers)["now"] == "2027-01-23T00:00:00.000Z"


def test_reset_of_a_session_puts_its_clock_right(desk: Desk) -> None:
    move(desk, {"set": "2027-01-23"}, "clock?session=t")
    desk.ask("POST", "reset", {"session": "t"})
    assert desk.store.clocks.active("t") is REAL


@pytest.mark.parametrize(
    ("body", "message", "expected"),
    [
        ({}, "says no move", "6m"),
        (b"", "says no move", "2027-01-23"),
        ([], "The body is a list", "object"),
        (b"{", "not JSON", "JSON"),
        ({"advnce": "6m"}, "Unknown key 'advnce'. Did you mean 'advance'?", "freeze"),
        ({"advance": "6 months"}, "advance: expected a duration such as 90s, 6m, 1h30m, 30d", "6m"),
        ({"advance": None}, "got a NoneType", "6m"),
        ({"advance": True}, "got True", "6m"),
        (b'{"advance": 1e300}', "advance: expected", "6m"),
        ({"set": "tomorrow"}, "set: expected a time such as 2027-01-23T00:00:00Z", "a day"),
        ({"set": "1999-12-31"}, "the years 2000 to 2099, got '1999-12-31'", "2027"),
        ({"set": {}}, "set: expected a time", "2027"),
        ({"freeze": "yes"}, "freeze is a string", True),
        ({"reset": 1}, "reset is a number", False),
        ({"advance": "1d"}, "The clock cannot be moved there: expected to come to a time of the years 2000", "2027"),
    ],
)
def test_wrong_moves_are_refused(desk: Desk, body: Any, message: str, expected: Any) -> None:
    got = desk.ask("POST", "clock?session=t", body)
    assert got.status == 400
    assert message in got.error["message"]
    assert expected is True or expected is False or expected in str(got.error["expected"])
    assert desk.store.clocks.get("t") is None


def test_clock_has_no_other_methods(desk: Desk) -> None:
    assert desk.ask("DELETE", "clock").error["expected"] == ["GET", "POST"]
