"""The journal over HTTP: filters, pages, one request whole, and clearing it."""

from __future__ import annotations

import orjson
import pytest

from mockserver.control import journal
from mockserver.records.call import Call
from mockserver.records.reply import Fault, StoredReply
from mockserver.store import CallRecord
from tests.control.desk import KEY, Desk


@pytest.fixture
def busy() -> Desk:
    desk = Desk()
    said = StoredReply(b'{"content":[{"type":"tool_use","name":"get_weather","input":{"city":"San Francisco"}}]}')
    desk.receive("one", scenario="weather", model="claude-opus", outcome=said)
    desk.receive("two", status=404, unmatched=True, fallbacks=(None, "next"))
    desk.receive("three", status=529, path="/api/v1/messages")
    desk.receive("four", session=None, query="beta=true")
    desk.receive("five", endpoint="messages/count_tokens", path="/v1/messages/count_tokens")
    return desk


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("status=404", [2]),
        ("status=5xx", [3]),
        ("status=2XX", [1, 4, 5]),
        ("scenario=wea*", [1]),
        ("scenario=ne?t", [2]),
        ("model=claude-opus", [1]),
        ("model=claude-*", [1, 2, 3, 4, 5]),
        ("path=/api/*", [3]),
        ("path=/v1/messages", [1, 2, 4]),
        ("path=*/messages[?]beta=*", [4]),
        ("order=newest", [5, 4, 3, 2, 1]),
        ("order=newest&since=3&full=1", [5, 4]),
        ("order=oldest&full=no&since=4", [5]),
        ("unmatched=true", [2]),
        ("unmatched=false", [1, 3, 4, 5]),
        ("since=3", [4, 5]),
        ("session=t", [1, 2, 3, 5]),
        ("session=sk-ant-…last", [4]),
        ("session=nobody", []),
        ("text=FIVE", [5]),
        ("text=four&session=t", []),
        ("text=san+francisco", [1]),
        ("tool=get_*", [1]),
        ("tool=weather", []),
        ("session=t&status=2xx&since=1", [5]),
    ],
)
def test_requests_are_filtered(busy: Desk, query: str, numbers: list[int]) -> None:
    got = busy.ask("GET", f"requests?{query}").json
    assert [entry["number"] for entry in got["requests"]] == numbers
    assert (got["total"], got["next"]) == (len(numbers), None)


def test_requests_of_a_key_by_header(busy: Desk) -> None:
    assert [entry["number"] for entry in busy.ask("GET", "requests", x_api_key=KEY).json["requests"]] == [4]


def test_label_of_two_keys_names_neither(desk: Desk) -> None:
    for worker in "12":
        call = Call("POST", "/v1/messages", {"x-api-key": f"sk-test-worker{worker}-key-same"}, b"{}")
        desk.record(CallRecord(call))
    for method, path, body in (
        ("GET", "requests", b""),
        ("DELETE", "requests", b""),
        ("GET", "requests/1", b""),
        ("GET", "scenarios", b""),
        ("DELETE", "scenarios", b""),
        ("DELETE", "scenarios/a", b""),
        ("GET", "settings", b""),
        ("PATCH", "settings", {"unmatched": "error"}),
        ("POST", "reset", b""),
        ("POST", "verify", {"exactly": 0}),
    ):
        got = desk.ask(method, f"{path}?session=sk-…same", body)
        assert (got.status, got.error["message"]) == (
            400,
            "2 sessions are shown as 'sk-…same': their keys end alike.",
        )
    got = desk.ask("GET", "requests", x_api_key="sk-test-worker2-key-same")
    assert [entry["number"] for entry in got.json["requests"]] == [2]


@pytest.mark.parametrize(("order", "pages"), [("oldest", [[1, 2], [3, 4], [5]]), ("newest", [[5, 4], [3, 2], [1]])])
@pytest.mark.parametrize("full", ["true", "false"])
def test_requests_come_in_pages(busy: Desk, order: str, pages: list[list[int]], full: str) -> None:
    found, after = [], 0
    while after is not None:
        got = busy.ask("GET", f"requests?limit=2&after={after}&order={order}&full={full}").json
        found.append([entry["number"] for entry in got["requests"]])
        assert got["total"] == 5
        after = got["next"]
    assert found == pages


def test_full_list_shows_what_one_request_shows(busy: Desk) -> None:
    got = busy.ask("GET", "requests?full=true").json
    assert got["requests"] == [busy.ask("GET", f"requests/{number}").json for number in range(1, 6)]
    assert got["requests"][0]["headers"]["x-api-key"] == "sk-ant-…last"


def test_full_pages_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(120):
        desk.receive("x" * 1000)
    got = desk.ask("GET", "requests?full=true&limit=1000").json
    assert (len(got["requests"]), got["next"]) == (100, 100)
    monkeypatch.setattr(journal, "_FULL_BYTES", 3500)
    got = desk.ask("GET", "requests?full=true").json
    assert (len(got["requests"]), got["next"], got["total"]) == (3, 3, 120)
    monkeypatch.setattr(journal, "_FULL_BYTES", 1)
    assert desk.ask("GET", "requests?full=true&after=3").json["next"] == 4


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "unmatched=maybe",
        "unmatched=",
        "full=all",
        "order=first",
        "order=",
        "since=-1",
        "status=40",
        "status=abc",
        "sttus=404",
        "after=" + "9" * 30,
    ],
)
def test_bad_filters_are_refused(busy: Desk, query: str) -> None:
    got = busy.ask("GET", f"requests?{query}")
    assert got.status == 400
    assert got.error["expected"]


def test_one_request_is_shown_whole(desk: Desk) -> None:
    message = {"id": "msg_1", "content": [], "usage": {"output_tokens": 1}}
    entry = desk.receive("hi", outcome=StoredReply(orjson.dumps(message), faults=(Fault("stall"),)), events_total=7)
    got = desk.ask("GET", f"requests/{entry.number}")
    assert got.status == 200
    assert (got.json["answer"], got.json["faults"], got.json["events_total"]) == (message, ["stall"], 7)
    assert got.json["headers"]["x-api-key"] == "sk-ant-…last"


@pytest.mark.parametrize("name", ["99", "x", "01", "-1"])
def test_unknown_request_is_not_found(busy: Desk, name: str) -> None:
    got = busy.ask("GET", f"requests/{name}")
    assert got.status == 404
    assert "1 to 5" in got.error["expected"]


def test_request_of_another_session_is_not_found(busy: Desk) -> None:
    assert busy.ask("GET", "requests/4", x_mock_session="t").status == 404


def test_clearing_is_for_one_session_or_all(busy: Desk) -> None:
    assert busy.ask("DELETE", "requests?session=t").json == {"cleared": 4}
    assert [entry.number for entry in busy.journal.entries()] == [4]
    assert busy.ask("DELETE", "requests").json == {"cleared": 1}


def test_answers_are_held_against_their_requests(desk: Desk) -> None:
    called = {"content": [{"type": "tool_use", "name": "get_weather", "input": {}}], "stop_reason": "tool_use"}
    desk.receive("one", scenario="weather", outcome=StoredReply(orjson.dumps(called)))
    desk.receive("two", outcome=StoredReply(orjson.dumps(called)))
    scripted, generated = (desk.ask("GET", f"requests/{number}").json["answer_findings"] for number in (1, 2))
    assert scripted == [
        {
            "rule": "tool_offered",
            "path": "content.0.name",
            "source": "documented, tool use; recorded",
            "message": "the request offers no tool 'get_weather'; it offers none",
        }
    ]
    assert generated == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "requests?session=t&session=t"),
        ("GET", "requests?since=1&status=404&since=2"),
        ("POST", "verify?wait=1s&wait=2s"),
        ("POST", "reset?session=one&session=two"),
    ],
)
def test_parameter_given_twice_is_refused(busy: Desk, method: str, path: str) -> None:
    got = busy.ask(method, path)
    name = path.partition("?")[2].partition("=")[0]
    assert (got.status, got.error["message"], got.error["expected"]) == (
        *(400, f"The query has {name!r} twice.", "each parameter once"),
    )
    assert busy.ask("GET", "requests").json["total"] == 5
