"""Health, settings and reset."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.records.reply import Fault, Pace
from mockserver.store import FaultPlan, Overrides
from tests.control.desk import KEY, Desk


def test_health_says_what_there_is(desk: Desk) -> None:
    desk.receive("hi")
    assert desk.ask("GET", "health").json == {
        "status": "ok",
        "version": "9.9",
        "profile": "relay",
        "scenarios": 2,
        "sessions": 1,
        "dropped_sessions": 0,
        "memory": {
            "sessions": {"bytes": 2049, "most": 67108864},
            "journal": {"bytes": 4211, "most": 67108864},
            "threads": {"bytes": 0, "most": 67108864},
        },
        "requests": 1,
        "reload_error": None,
        "store": {"status": "ok", "kind": "memory"},
        "fixtures": ["weather.yaml"],
    }


def test_health_tells_of_a_failed_reload(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = replace(desk.control.services, health=lambda: {"reload_error": "a.yaml:1:1: broken"})
    monkeypatch.setattr(desk.control, "services", failed)
    assert desk.ask("GET", "health").json["reload_error"] == "a.yaml:1:1: broken"


@pytest.mark.parametrize(
    ("path", "body", "headers", "said", "left"),
    [
        ("reset", {"session": "t"}, {}, "t", ["other"]),
        ("reset?session=t", b"", {}, "t", ["other"]),
        ("reset", b"", {"x_mock_session": "t"}, "t", ["other"]),
        ("reset", b"", {}, "all", []),
        ("reset", {"session": None}, {}, "all", []),
    ],
)
def test_reset_of_one_or_all(
    visited: Desk, path: str, body: Any, headers: dict[str, str], said: str, left: list[str]
) -> None:
    assert visited.ask("POST", path, body, check=True, **headers).json == {"reset": said}
    assert [entry.session for entry in visited.journal.entries()] == left


def test_reset_never_tells_a_key(desk: Desk) -> None:
    desk.receive("hi", session=None)
    for body, headers in (
        ({"session": KEY}, {}),
        (b"", {"authorization": f"Bearer {KEY}"}),
        (b"", {"x_mock_session": KEY}),
    ):
        assert desk.ask("POST", "reset", body, check=True, **headers).json == {"reset": "sk-ant-…last"}
        assert desk.journal.entries() == ()


def test_settings_change_for_all(desk: Desk) -> None:
    got = desk.ask("PATCH", "settings", {"pace": "realtime", "unmatched": "error", "validation": "warn"})
    assert got.json["session"] == "all"
    assert desk.store.overrides.get(None) == Overrides(pace="realtime", unmatched="error", validation="warn")
    assert desk.ask("GET", "settings").json["changed"]["server"]["pace"] == "realtime"


def test_settings_change_for_one_session(desk: Desk) -> None:
    desk.ask("PATCH", "settings", {"unmatched": "error"}, x_mock_session="t")
    overrides = desk.store.overrides
    assert (overrides.get("t"), overrides.get(None)) == (Overrides(unmatched="error"), Overrides())
    assert desk.ask("GET", "settings").json["unmatched"] == "auto"
    assert desk.ask("GET", "settings", x_mock_session="t").json["unmatched"] == "error"


def test_advice_is_no_setting(desk: Desk) -> None:
    desk.store.overrides.change("t", {"advice": "Ask again.", "unmatched": "error"})
    changed = desk.ask("GET", "settings", x_mock_session="t").json["changed"]
    assert changed == {"server": {}, "session": {"unmatched": "error"}}


def test_tool_use_changes_for_one_session(desk: Desk) -> None:
    got = desk.ask("PATCH", "settings", {"tool_use": "once"}, x_mock_session="t")
    assert (got.json["tool_use"], got.json["changed"]["session"]) == ("once", {"tool_use": "once"})
    assert desk.ask("GET", "settings").json["tool_use"] == "asked"


def test_null_takes_a_change_back(desk: Desk) -> None:
    desk.ask("PATCH", "settings", {"unmatched": "error", "pace": "realtime"})
    desk.ask("PATCH", "settings", {"unmatched": None})
    assert desk.store.overrides.get(None) == Overrides(pace="realtime")


def test_pace_is_read_as_in_scenarios(desk: Desk) -> None:
    got = desk.ask("PATCH", "settings", {"pace": {"first": "300ms", "tokens_per_second": 40}})
    assert desk.store.overrides.get(None).pace == Pace(first=0.3, tokens_per_second=40.0)
    assert got.json["pace"]["first"] == 0.3
    desk.ask("PATCH", "settings", {"pace": {"chunk": "word"}})
    assert desk.store.overrides.get(None).pace == Pace(chunk="word")


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ({"then": "disconnect", "after_events": 4, "calls": 2}, FaultPlan((Fault("disconnect", after_events=4),), 2)),
        ("disconnect", FaultPlan((Fault("disconnect"),), 1)),
        ({"faults": ["crlf", {"then": "truncate"}], "calls": 3}, FaultPlan((Fault("crlf"), Fault("truncate")), 3)),
        (None, None),
    ],
)
def test_faults_are_planned(desk: Desk, given: Any, plan: FaultPlan | None) -> None:
    got = desk.ask("PATCH", "settings", {"faults": given}, x_mock_session="t")
    assert desk.store.faults.get("t") == plan
    assert (got.json["faults"] is None) == (plan is None)


@pytest.mark.parametrize(
    "body",
    [
        {"pase": "none"},
        {"pace": "fast"},
        {"pace": 3},
        {"pace": {"frist": 1}},
        {"unmatched": "maybe"},
        {"unmatched": 3},
        {"validation": "lax"},
        {"tool_use": "twice"},
        {"faults": {"then": "explode"}},
        {"faults": {"then": "disconnect", "calls": 0}},
        {"faults": {"then": "disconnect", "calls": True}},
        {"faults": []},
        {"faults": 3},
        {"faults": {"faults": ["crlf"], "then": "stall"}},
        [],
        b"nonsense",
    ],
)
def test_bad_settings_are_refused(desk: Desk, body: Any) -> None:
    got = desk.ask("PATCH", "settings", body)
    assert got.status == 400
    assert got.error["expected"]
    assert desk.store.overrides.get(None) == Overrides()
