"""The events that the journal unfolds again are those on the wire, whatever the answer, its pace and its faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import yaml

from mockserver.control.timeline import NOT_STREAMED, STRUCK_WHOLE
from mockserver.testing.server import MockServer
from mockserver.wires import FAULTS
from tests.control.watching import ASKED, Client, events_sent, parse_events
from tests.fault_cases import NEEDED, OF_MESSAGES

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
WORDS = {
    "thinking": "天気を見よう。",
    "text": "Let me look that up for you.",
    "tool_use": {"name": "get_weather", "input": {"city": "Oslo", "days": 3}},
}
PACE = {"first": "10ms", "tokens_per_second": 500, "jitter": "20%"}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no time pass while answers leave."""

    async def sleep(client: Any, wait: float) -> bool:  # noqa: ARG001  the client stays, and no time passes
        return False

    monkeypatch.setattr("mockserver.serving.client.Client.sleep", sleep)


@pytest.fixture
def client(server: MockServer, hurry: None) -> Iterator[Client]:  # noqa: ARG001
    server.reset()
    with Client(server) as client:
        yield client


PLACES: tuple[dict[str, int], ...] = ({}, {"after_events": 3}, {"after_ms": 30}, {"at_block": 1})


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (name, place)
        for name, kind in FAULTS.items()
        if name in OF_MESSAGES
        for place in PLACES
        if set(place) <= set(kind.places)
    ],
)
def test_every_fault_is_seen_as_it_struck(client: Client, name: str, place: dict[str, int]) -> None:
    fault = {"then": name, **NEEDED.get(name, {})}
    for pace in (None, PACE):
        client.script({**WORDS, "fault": {**fault, **place}, **({"pace": pace} if pace else {})})
        got = client.ask()
        timeline = client.see()
        assert events_sent(timeline) == parse_events(got)
        assert timeline["note"] is None
        (struck,) = timeline["faults"]
        assert struck["then"] == name
        # There is no ping in the second block, and some faults are for whole answers alone.
        is_idle = not FAULTS[name].streamed or (name == "no_data" and "at_block" in place)
        assert (struck["struck_after"] is None) == is_idle
        assert all(each["at_ms"] is not None for each in timeline["events"] if each["sent"])


@pytest.mark.parametrize("words", [WORDS, {"error": 529}, {"raw": {"status": 502, "body": "<p>\n\nBad</p>"}}], ids=str)
@pytest.mark.parametrize("name", OF_MESSAGES)
def test_whole_answer_is_seen_as_faults_left_it(client: Client, name: str, words: dict[str, Any]) -> None:
    client.script({**words, "fault": {"then": name, **NEEDED.get(name, {})}})
    got = client.ask(stream=False)
    timeline = client.see()
    (struck,) = timeline["faults"]
    if struck["struck_after"] is None:
        assert (timeline["events"], timeline["note"]) == ([], NOT_STREAMED)
    else:
        assert [each["data"] for each in timeline["events"]] == ([got.decode()] if got else [])
        assert all((each["event"], each["sent"]) == ("", True) for each in timeline["events"])
        assert timeline["note"] == STRUCK_WHOLE


def list_texts() -> Iterator[str]:
    """What the users of the example scenarios say."""
    for path in sorted(FIXTURES.glob("*.yaml")):
        for scenario in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).get("scenarios", ()):
            user = scenario.get("when", {}).get("user")
            if isinstance(user, str) and not user.startswith("/"):
                yield user


@pytest.mark.usefixtures("hurry")
def test_example_answers_are_unfolded_again() -> None:
    texts = [*list_texts(), "Who are you?"]
    assert len(texts) > 100
    seen = 0
    with MockServer(FIXTURES) as server, Client(server) as client:
        for text in texts:
            got = client.ask(text)
            timeline = client.see()
            assert events_sent(timeline) == parse_events(got), text
            seen += bool(timeline["events"])
    assert seen > 100


@pytest.mark.usefixtures("hurry")
def test_recorded_answers_are_shown_as_they_were_recorded() -> None:
    exchanges = [
        json.loads(line)
        for path in (FIXTURES / "recorded").glob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
        if '"stream":true' in line
    ]
    assert exchanges
    with MockServer(FIXTURES / "recorded", unmatched="error") as server, Client(server) as client:
        for each in exchanges:
            asked = each["request"]
            response = client.http.post(asked["path"], json=asked["json"], headers=asked["headers"])
            assert response.headers["content-type"].startswith("text/event-stream")
            timeline = client.see()
            assert events_sent(timeline) == parse_events(response.content)
            assert len(timeline["events"]) > 5


def test_raw_streams_are_read_as_clients_do(client: Client) -> None:
    body = ": hello\n\nevent: a\ndata: {}\n\ndata: one\ndata: two\n\nevent: empty\n\ndata: half"
    client.script({"raw": {"stream": True, "body": body}, "pace": PACE})
    assert parse_events(client.ask()) == [("a", {}), ("message", "one\ntwo")]
    shown = [(each["event"], each["data"]) for each in client.see()["events"]]
    assert shown == [
        ("", ": hello\n\n"),
        ("a", {}),
        ("message", "one\ntwo"),
        ("", "event: empty\n\n"),
        ("", "data: half"),
    ]


@pytest.mark.parametrize("after_ms", range(20, 120, 10))
def test_raw_streams_are_cut_where_their_pace_was(client: Client, after_ms: int) -> None:
    body = "".join(f'data: {{"delta": "some words {number}"}}\n\n' for number in range(12))
    fault = {"then": "disconnect", "after_ms": after_ms}
    client.script({"raw": {"stream": True, "body": body}, "pace": {**PACE, "jitter": "90%"}, "fault": fault})
    got = client.ask()
    assert events_sent(client.see()) == parse_events(got)


@pytest.mark.parametrize("limit", range(30, 70))
def test_input_that_was_cut_off_is_unfolded_as_it_was_written(client: Client, limit: int) -> None:
    inputs = {f"key_{number}": "some words of a value" for number in range(8)}
    tools = [{**ASKED["tools"][0], "eager_input_streaming": True}]
    client.script({"tool_use": {"name": "get_weather", "input": inputs}, "enforce_limits": True})
    got = client.ask(max_tokens=limit, thinking={"type": "disabled"}, tools=tools)
    assert parse_events(got)[-2][1]["delta"]["stop_reason"] == "max_tokens"
    assert events_sent(client.see()) == parse_events(got)


def test_events_behind_a_cut_are_shown_as_lost(client: Client) -> None:
    client.script({**WORDS, "fault": {"then": "disconnect", "after_events": 3}})
    client.ask()
    timeline = client.see()
    assert [each["sent"] for each in timeline["events"][:5]] == [True, True, True, False, False]
    assert timeline["events"][-1]["event"] == "message_stop"
    assert timeline["faults"] == [{"then": "disconnect", "after_events": 3, "struck_after": 3}]
    assert timeline["end"] == "abort"


def test_times_grow_with_the_pieces(client: Client) -> None:
    client.script({**WORDS, "pace": PACE})
    client.ask()
    times = [each["at_ms"] for each in client.see()["events"]]
    assert times == sorted(times)
    assert len(set(times)) > 5
    client.script(WORDS)
    client.ask()
    assert len({each["at_ms"] for each in client.see()["events"]}) == 1


def test_times_are_measured_without_a_socket_too() -> None:
    server = MockServer()
    with httpx.Client(transport=server.transport, base_url="http://localhost") as client:
        reply = {**WORDS, "pace": {"first": "10ms", "tokens_per_second": 2000}}
        client.post("/_mock/scenarios", json={"reply": reply}, headers={"x-mock-session": "t"})
        asked = {**ASKED, "messages": [{"role": "user", "content": "hi"}]}
        client.post("/v1/messages", json=asked, headers={"x-mock-session": "t", "x-api-key": "k"})
        events = client.get("/_mock/requests/1/events").json()["events"]
        times = [each["at_ms"] for each in events]
        assert times == sorted(times)
        assert len(set(times)) > 2


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/v1/messages", {"stream": False}),
        ("/v1/messages", {"max_tokens": 0, "stream": True, "model": 1}),
        ("/v1/messages/count_tokens", {}),
        ("/v1/nowhere", {}),
    ],
)
def test_whole_answers_have_no_events(client: Client, path: str, changes: dict[str, Any]) -> None:
    body = {**ASKED, "messages": [{"role": "user", "content": "hi"}], **changes}
    client.http.post(path, json=body)
    timeline = client.see()
    assert (timeline["events"], timeline["end"]) == ([], None)
    assert "whole" in timeline["note"]


def test_no_secret_is_shown_that_comes_in_parts(client: Client) -> None:
    key = "sk-ant-api03-planted-" + "q7" * 20
    client.script({"echo": True})
    assert b"planted" in b"".join(client.ask(f"My key is {key}, and yours?").split(b'"text":"'))
    timeline = client.see()
    texts = [each["data"]["delta"]["text"] for each in timeline["events"] if "text" in each["data"].get("delta", {})]
    assert key not in "".join(texts)
    assert "My key is" in "".join(texts)
    assert "masked" in timeline["note"]
    split = "".join(f'data: {{"delta": {{"text": "{part}"}}}}\n\n' for part in (key[:20], key[20:40], key[40:]))
    client.script({"raw": {"stream": True, "body": split}})
    client.ask(f"My key is {key}")
    texts = [each["data"]["delta"]["text"] for each in client.see()["events"]]
    assert "q7q7q7" not in "".join(texts)


@pytest.mark.usefixtures("hurry")
def test_store_in_a_folder_keeps_what_is_needed(tmp_path: Path) -> None:
    with MockServer(store=tmp_path) as server, Client(server) as client:
        client.script({**WORDS, "pace": PACE, "fault": {"then": "truncate", "after_ms": 30}})
        got = client.ask()
        before = client.see()
        assert events_sent(before) == parse_events(got)
    with MockServer(store=tmp_path) as server, Client(server) as client:
        assert client.see() == before


def test_unknown_number_is_refused(client: Client) -> None:
    assert client.http.get("/_mock/requests/99999/events").status_code == 404
