"""The sessions, and what was changed for each; batches and files of all of them."""

from __future__ import annotations

from mockserver.store.clocks import ClockMove, move_clock
from tests.control.desk import BATCH, FILE, KEY, Desk


def test_sessions_are_listed_latest_first(visited: Desk) -> None:
    got = visited.ask("GET", "sessions").json
    assert got == {
        "sessions": [
            {"name": "other", "requests": 1, "scenarios": 0, "changed": [], "last_at": 1000.0},
            {"name": "t", "requests": 3, "scenarios": 0, "changed": [], "last_at": 1000.0},
        ],
        "total": 2,
    }


def test_what_was_changed_is_named(desk: Desk) -> None:
    desk.ask("PATCH", "settings?session=t", {"pace": "realtime"})
    desk.ask("PATCH", "settings?session=t", {"faults": {"then": "disconnect", "after_events": 1}})
    move_clock(desk.store.clocks, "t", ClockMove(advance=60), 1_800_000_000.0)
    desk.ask("POST", "scenarios?session=t", b"scenarios: [{name: a, reply: x}, {name: b, reply: y}]")
    desk.ask("PATCH", "settings", {"pace": "realtime"})
    desk.receive("hello", session="other")
    rows = {row["name"]: row for row in desk.ask("GET", "sessions").json["sessions"]}
    assert rows["t"]["changed"] == ["settings", "faults", "clock"]
    assert (rows["t"]["scenarios"], rows["t"]["requests"], rows["t"]["last_at"]) == (2, 0, None)
    assert rows["other"]["changed"] == []


def test_names_that_are_keys_are_masked(desk: Desk) -> None:
    desk.receive("hello", session=None)
    (row,) = desk.ask("GET", "sessions").json["sessions"]
    assert (row["name"], KEY in str(row)) == ("sk-ant-…last", False)
    assert desk.ask("GET", f"sessions?session={row['name']}").json["sessions"] == [row]


def test_list_is_bounded(desk: Desk) -> None:
    for number in range(120):
        desk.store.sessions.reveal(f"s{number}")
    got = desk.ask("GET", "sessions").json
    assert (len(got["sessions"]), got["total"], got["sessions"][0]["name"]) == (100, 120, "s119")
    assert len(desk.ask("GET", "sessions?limit=7").json["sessions"]) == 7
    assert desk.ask("GET", "sessions?limit=x").status == 400


def test_batches_and_files_have_their_session(visited: Desk) -> None:
    visited.receive("hello", session=None)
    batches = visited.ask("GET", "batches").json["batches"]
    assert [row["session"] for row in batches] == ["t", "other", "sk-ant-…last"]
    assert {key: batches[0][key] for key in BATCH} == BATCH
    assert visited.ask("GET", "batches?session=t&limit=5").json["batches"] == batches[:1]
    assert visited.ask("GET", "batches?limit=0").json["batches"] == []
    assert visited.ask("GET", "files").json["files"] == [{**FILE, "session": None}]
