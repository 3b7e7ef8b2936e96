"""Verification: counts, order, and the nearest miss."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.control import verification
from mockserver.records.budget import LIMITS, guard
from mockserver.records.call import Call
from mockserver.store import CallRecord
from tests.control.desk import KEY, Desk

VERIFIED: list[tuple[dict[str, Any], int]] = [
    ({"when": {"user": "weather"}}, 200),
    ({"when": {"user": "weather"}, "exactly": 2}, 200),
    ({"when": {"user": "weather"}, "exactly": 1}, 409),
    ({"when": {"user": "weather"}, "at_least": 2}, 200),
    ({"when": {"user": "weather"}, "at_least": 3}, 409),
    ({"when": {"user": "weather"}, "at_most": 1}, 409),
    ({"when": {"user": "weather"}, "at_least": 1, "at_most": 2}, 200),
    ({"when": {"user": "snow"}}, 409),
    ({"when": {"user": "snow"}, "exactly": 0}, 200),
    ({"exactly": 3}, 200),
    ({}, 200),
    ({"in_order": [{"user": "Oslo"}, {"user": "hello"}, {"user": "Rome"}]}, 200),
    ({"in_order": [{"user": "Rome"}, {"user": "Oslo"}]}, 409),
    ({"in_order": [{"user": "hello"}, {"user": "hello"}]}, 409),
    ({"in_order": [{"user": "hello"}], "exactly": 4}, 409),
    ({"when": {"key": KEY}, "exactly": 3}, 200),
    ({"endpoint": "messages/count_tokens", "exactly": 0}, 200),
]


@pytest.mark.parametrize(("body", "status"), VERIFIED)
def test_expectations_are_verified(visited: Desk, body: dict[str, Any], status: int) -> None:
    assert visited.ask("POST", "verify", body, x_mock_session="t").status == status
    assert visited.ask("POST", "verify", {**body, "session": "t"}).status == status


@pytest.mark.parametrize(
    ("body", "status"),
    [({"exactly": 2}, 409), ({"exactly": 3}, 409), ({"at_most": 2}, 409), ({"at_least": 3}, 409), ({}, 200)],
)
def test_nothing_is_verified_of_requests_that_left_the_journal(body: dict[str, Any], status: int) -> None:
    desk = Desk(journal_entries=2)
    for text in ("one", "two", "three"):
        desk.receive(text)
    for session in ({"session": "t"}, {}):
        got = desk.ask("POST", "verify", {**body, **session})
        assert got.status == status
        assert status == 200 or got.error["message"].endswith(" What had to leave the journal, 1 of them, is unknown.")


def test_verified_answer_names_the_requests(visited: Desk) -> None:
    got = visited.ask("POST", "verify?session=t", {"when": {"user": "weather"}, "in_order": [{"user": "hello"}]})
    assert got.json == {"verified": True, "in_order": [2], "matched": [1, 3]}
    assert visited.ask("POST", "verify", {"when": {"user": "weather"}, "exactly": 3}).json["matched"] == [1, 3, 4]


def test_nearest_miss_is_explained(visited: Desk) -> None:
    when = {"user": "weather in Paris", "model": "claude-a"}
    error = visited.ask("POST", "verify?session=t", {"when": when}).error
    assert error["message"] == "Expected at least 1 matching of the 3 requests received; there are 0."
    assert error["matched"] == []
    assert error["nearest"]["number"] == 3
    assert "weather in Paris" in error["nearest"]["differences"][0]


def test_broken_request_is_no_nearest_miss(desk: Desk) -> None:
    body = b'{"model": "gpt", "messages": [[]]}'
    desk.record(CallRecord(Call("POST", "/v1/messages", {"x-mock-session": "t"}, body)))
    expected: dict[str, Any] = {"when": {"user": "weather", "model": "claude-*"}}
    nearest = desk.ask("POST", "verify?session=t", expected).error["nearest"]
    assert nearest == {"number": 1, "differences": ["the body is too broken to be understood"]}
    desk.receive("hello", model="gpt")
    assert desk.ask("POST", "verify?session=t", expected).error["nearest"]["number"] == 2


def test_too_many_have_no_nearest_miss(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"when": {"user": "weather"}, "at_most": 1}).error
    assert (error["matched"], error["nearest"]) == ([1, 3], None)


def test_wrong_order_is_explained(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"in_order": [{"user": "Rome"}, {"user": "Oslo"}]}).error
    assert "step 2 of 2" in error["message"]
    assert "Request 1 matches" in error["message"]
    assert error["in_order"] == [3]


def test_nearest_miss_shows_no_key(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"when": {"key": "sk-other"}}).error
    assert error["nearest"]["differences"]
    assert KEY not in json.dumps(error)


@pytest.mark.parametrize(
    "body",
    [
        {"when": {"usr": "x"}},
        {"when": 3},
        {"wen": {}},
        {"endpoint": "nope", "exactly": 0},
        {"endpoint": ["messages"]},
        {"exactly": -1},
        {"exactly": True},
        {"exactly": 1, "at_most": 2},
        {"at_least": 3, "at_most": 2},
        {"at_least": "2"},
        {"in_order": []},
        {"in_order": {}},
        {"in_order": [3]},
        {"in_order": [], "exactly": 99},
        {"in_order": [{"user": "snow"}, {"usr": "snow"}]},
        {"session": 3},
        [],
        b"{broken",
    ],
)
def test_bad_expectations_are_refused(visited: Desk, body: Any) -> None:
    got = visited.ask("POST", "verify", body)
    assert got.status == 400
    assert got.error["expected"]


def test_values_of_a_condition_are_counted(desk: Desk) -> None:
    got = desk.ask("POST", "verify", {"when": {"user": ["x"] * 70_000}})
    assert (got.status, "too many values" in got.error["message"]) == (400, True)


def test_journal_is_looked_through_in_the_time_of_one_request(visited: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(100))
    with guard():
        monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: 1e9 + next(seconds))
        error = visited.ask("POST", "verify?session=t", {"when": {"user": "snow"}}).error
    assert error["message"] == ("Looking through the journal takes too long: the request takes more than 1 seconds.")


def test_entries_have_steps_of_their_own(visited: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "LIMITS", replace(LIMITS, request_steps=15_000))
    for _ in range(5):
        visited.receive("rain " * 100_000)
    with guard():
        assert visited.ask("POST", "verify?session=t", {"when": {"user": "rain"}, "exactly": 5}).status == 200
        error = visited.ask("POST", "verify?session=t", {"when": {"user": [f"r{at}" for at in range(20)]}}).error
    assert "too large for so many conditions" in error["message"]


def test_nearest_is_sought_among_the_latest(visited: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "_COMPARED", 1)
    error = visited.ask("POST", "verify?session=t", {"when": {"user": "hello", "model": "x"}}).error
    assert error["nearest"]["number"] == 3


@pytest.mark.parametrize(
    ("wait", "body", "status", "waits"),
    [
        ("5s", {"when": {"user": "snow"}}, 409, 5.0),
        ("300ms", {"at_least": 4}, 409, 0.3),
        ("1m", {"in_order": [{"user": "snow"}]}, 409, 60.0),
        ("0s", {"exactly": 9}, 409, 0.0),
        ("5s", {"exactly": 3}, 200, 0.0),
        ("5s", {"at_most": 2}, 409, 0.0),  # and never will be fewer
        ("5s", {"exactly": 1}, 409, 0.0),
        ("5s", {"in_order": [{"user": "snow"}], "at_most": 2}, 409, 0.0),
        ("5s", {"exactly": "1"}, 400, 0.0),
    ],
)
def test_only_what_may_come_yet_is_waited_for(
    visited: Desk, wait: str, body: dict[str, Any], status: int, waits: float
) -> None:
    assert visited.ask("POST", f"verify?session=t&wait={wait}", body).status == status
    assert visited.wait == waits


BAD_WAITS = ("5", "", "soon", "61s", "2m", "-1s", "1e9s", "9" * 999 + "s")


@pytest.mark.parametrize("query", ["wat=5s", *(f"wait={wait}" for wait in BAD_WAITS)])
def test_bad_waits_are_refused(visited: Desk, query: str) -> None:
    got = visited.ask("POST", f"verify?session=t&{query}", {})
    assert got.status == 400
    assert got.error["expected"]
