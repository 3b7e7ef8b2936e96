"""The figures of a server as its control interface shows them, as JSON and for Prometheus."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.reply import StoredReply
from mockserver.store import CallRecord, Departure
from tests.control.desk import KEY, Desk

SECRET = "sk-ant-api03-" + "z" * 30 + "-last"
TOKENS = (10, 2, 3, 4)
REFUSAL = Finding("max_tokens: Field required", "schema", "SDK")


def count(desk: Desk, session: str = "t", first: float | None = 2.0, whole: float = 8.0, **more: Any) -> None:
    """A call that has been answered."""
    call = Call("POST", "/v1/messages", {"x-api-key": KEY, "x-mock-session": session})
    record = CallRecord(call, **{"model": "claude-a", "outcome": StoredReply(b"{}"), "tokens": TOKENS, **more})
    desk.store.sessions.touch(session)
    desk.store.stats.count(session, record, Departure(duration_ms=whole, first_ms=first))


@pytest.fixture
def busy() -> Desk:
    desk = Desk()
    count(desk, scenario="weather", position="0", cost=0.1)
    count(desk, scenario="weather", position="1", whole=80.0, cost=0.2)
    count(desk, unmatched=True)
    count(desk, status=400, model=None, outcome=None, tokens=None, findings=(REFUSAL,))
    count(desk, "other", model="claude-b", status=529, outcome=None, tokens=None, scenario="overloaded")
    return desk


def test_stats_tell_of_the_whole_server(busy: Desk) -> None:
    told = busy.ask("GET", "stats").json
    assert {name: told[name] for name in ("session", "requests", "refused", "unmatched", "generated")} == {
        "session": "all",
        "requests": 5,
        "refused": 1,
        "unmatched": 1,
        "generated": 1,
    }
    assert told["scenarios"] == {"weather": 2, "overloaded": 1}
    assert told["statuses"] == {"200": 3, "400": 1, "529": 1}
    assert told["tokens"]["cache_read_input_tokens"] == 9
    assert (told["cost"], [row["cost"] for row in told["endpoints"]]) == (0.3, [0.0, 0.3, 0.0])
    assert [(row["model"], row["requests"]) for row in told["endpoints"]] == [
        (None, 1),
        ("claude-a", 3),
        ("claude-b", 1),
    ]
    assert told["duration_ms"]["max"] == 80.0
    assert told["duration_ms"]["p50"] == pytest.approx(8.0, rel=0.025)
    assert told["duration_ms"]["p99"] == pytest.approx(80.0, rel=0.025)


def test_stats_of_one_session(busy: Desk) -> None:
    told = busy.ask("GET", "stats?session=other").json
    assert (told["session"], told["requests"], told["scenarios"]) == ("other", 1, {"overloaded": 1})
    assert busy.ask("GET", "stats", x_mock_session="other").json == told


def test_stats_of_nobody_are_empty(desk: Desk) -> None:
    told = desk.ask("GET", "stats?session=nobody").json
    assert (told["requests"], told["endpoints"]) == (0, [])
    assert set(told["duration_ms"].values()) == {0}


def test_stats_begin_anew(busy: Desk) -> None:
    assert busy.ask("DELETE", "stats?session=t").json == {"cleared": 4}
    assert busy.ask("GET", "stats?session=t").json["requests"] == 0
    assert busy.ask("GET", "stats").json["requests"] == 5
    assert busy.ask("DELETE", "stats").json == {"cleared": 5}
    assert busy.ask("GET", "stats").json["requests"] == 0


def test_reset_reaches_the_stats(busy: Desk) -> None:
    busy.ask("POST", "reset", {"session": "t"})
    assert busy.ask("GET", "stats?session=t").json["requests"] == 0
    assert busy.ask("GET", "stats").json["requests"] == 5
    busy.ask("POST", "reset")
    assert busy.ask("GET", "stats").json["requests"] == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "stats"), ("DELETE", "stats"), ("GET", "metrics")])
def test_unknown_query_is_refused(desk: Desk, method: str, path: str) -> None:
    got = desk.ask(method, f"{path}?sesion=t")
    assert (got.status, got.error["expected"]) == (400, ["session"])


def test_secrets_are_masked_and_odd_names_shown() -> None:
    desk = Desk(control_token="a-long-control-token-of-ours")
    for model in (SECRET, SECRET[:20] + SECRET[21:], KEY, "a-long-control-token-of-ours", "half \ud800\n"):
        count(desk, model=model, scenario=model)
    shown = str(desk.ask("GET", "stats", x_mock_token="a-long-control-token-of-ours").json)
    assert shown.count("…last") == 2
    assert "half \\\\ud800\\\\n" in shown
    for secret in (SECRET[:30], KEY[:30], "a-long-control-token-of-ours"):
        assert secret not in shown


def test_metrics_without_the_library_name_the_extra(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mockserver.control.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    got = busy.ask("GET", "metrics")
    assert got.status == 501
    assert "prometheus-client" in got.error["message"]
    assert "pip install prometheus-client, the extra metrics" in got.error["expected"]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_guard_asks_before_the_library(token: str) -> None:
    desk = Desk(control_token="right")
    assert desk.ask("GET", "metrics", authorization=f"Bearer {token}").status == 401
    assert desk.ask("GET", "stats", authorization=f"Bearer {token}").status == 401
    assert desk.ask("GET", "stats", authorization="Bearer right").status == 200
