"""``replay: exact``: what an upstream sent is sent again, to the byte, in the same chunks and times.

The upstreams are another mock server, with paces and faults, and one of raw bytes. What is heard of them is made a
cassette, a second mock server replays that, and the same client hears the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import orjson
import pytest
from msgspec.structs import replace

from mockserver import MockServer
from mockserver.endpoints.replaying import deliver_recorded
from mockserver.records.delivery import Delivery
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Recorded
from mockserver.scenarios import Variables, load
from mockserver.wires import WIRES
from tests.recordings.making import EVENTS, MESSAGE, STREAM, ask, save_cassette, write_events
from tests.serving.overhearing import chunked, overhear, raw_server

Play = Callable[[RecordedExchange], str]
STREAMED = orjson.dumps(ask(stream=True))
WHOLE = orjson.dumps(ask())
SSE_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    b"Request-Id: req_011\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nDate: Mon, 02 Nov 2026 10:00:00 GMT\r\n\r\n"
)
JSON_HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nRequest-Id: req_012\r\n"
INSIDE_LETTER = STREAM.index("ö".encode()) + 1
INSIDE_FIELD = STREAM.index(b"data:", 400) + 3
CRLF = write_events(EVENTS, "\r\n")

# Answers of the other mock server: the words of a scenario.
ANSWERS: dict[str, dict[str, Any]] = {
    "paced": {"text": "It rains in Malmö. " * 5, "pace": {"tokens_per_second": 4000, "chunk": 3}},
    "stalled": {"text": "It rains.", "pace": {"first": "20ms", "stall": {"after": 4, "for": "30ms"}, "chunk": "word"}},
    "split": {"text": "Malmö", "fault": {"then": "split", "bytes": 7}},
    "cut": {"text": "It rains.", "fault": {"then": "disconnect", "after_events": 4}},
    "tool": {"tool_use": {"name": "look", "input": {"place": "Malmö"}}, "pace": {"tokens_per_second": 2000}},
    "error in stream": {"text": "It rains.", "fault": {"then": "error", "after_events": 3}},
    "comments": {"text": "It rains.", "fault": "comment_keepalive"},
    "carriage returns": {"text": "It rains.", "fault": "crlf"},
    "overloaded": {"error": {"type": "overloaded_error", "retry_after": 3}},
    "page": {"raw": {"status": 502, "body": "<html>Bad gateway</html>"}},
    "nothing": {"raw": {"status": 204}},
}
# Answers of the server of raw bytes.
BYTES: dict[str, bytes] = {
    "inside a letter": SSE_HEAD + chunked(STREAM[:INSIDE_LETTER], STREAM[INSIDE_LETTER:]),
    "inside a field": SSE_HEAD + chunked(STREAM[:INSIDE_FIELD], STREAM[INSIDE_FIELD:]),
    "several events": SSE_HEAD + chunked(STREAM[:900], STREAM[900:]),
    "byte by byte": SSE_HEAD + chunked(*[STREAM[at : at + 1] for at in range(len(STREAM))]),
    "carriage returns": SSE_HEAD + chunked(CRLF[:501], CRLF[501:]),
    "no events": SSE_HEAD + chunked(b"data: [DONE]", b"\n\n: a comment"),
    "cut": SSE_HEAD + chunked(STREAM[:INSIDE_LETTER], is_whole=False),
    "cut at once": SSE_HEAD,
    "empty": SSE_HEAD + chunked(),
    "chunked body": JSON_HEAD % 200 + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b'{"type":', b'"message"}'),
    "body with a length": JSON_HEAD % 200 + b"Content-Length: 18\r\n\r\n" + b'{"type":"message"}',
    "body cut short": JSON_HEAD % 200 + b"Content-Length: 99\r\n\r\n" + b'{"type":"message"',
    "no JSON": JSON_HEAD % 500 + b"Content-Length: 3\r\n\r\n\xff\xfe\xfd",
    "rate limited": JSON_HEAD % 429 + b"Retry-After: 7\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.fixture(scope="module")
def running() -> Iterator[MockServer]:
    with MockServer(seed=7, profile="anthropic") as server:
        yield server


@pytest.fixture
def upstream(running: MockServer) -> MockServer:
    running.reset()
    return running


@pytest.fixture(scope="module")
def player() -> Iterator[MockServer]:
    """A server that gives all recorded answers exactly, whatever their files say."""
    with MockServer(replay="exact") as server:
        yield server


@pytest.fixture
def play(player: MockServer, tmp_path: Path) -> Play:
    """Replays an exchange, and gives the URL to ask."""

    def play(exchange: RecordedExchange) -> str:
        player.reset()
        player.session("key").load(save_cassette(tmp_path, [exchange], replay="content"))
        return player.url

    return play


def deliver(folder: Path, exchange: RecordedExchange, replay: str) -> Delivery:
    """The delivery of a recorded answer, without a server."""
    (scenario,) = load([save_cassette(folder, [exchange], replay=replay)]).scenarios
    answer = scenario.steps[0].answer(Variables(Prompt(ask())))
    assert answer.recorded is not None
    recorded = Recorded(answer.recorded.response, is_timed=answer.is_timed)
    return deliver_recorded(recorded, WIRES["messages"], 0)[0]


@pytest.mark.parametrize("body", [STREAMED, WHOLE], ids=["streamed", "whole"])
@pytest.mark.parametrize("name", ANSWERS)
def test_answer_of_a_mock_server_is_the_same(play: Play, upstream: MockServer, name: str, body: bytes) -> None:
    upstream.session("key").reply(**ANSWERS[name])
    heard = overhear(upstream.url, body)
    assert overhear(play(heard.exchange("POST", "/v1/messages", body)), body).told == heard.told


@pytest.mark.parametrize("name", BYTES)
def test_answer_of_raw_bytes_is_the_same(play: Play, name: str) -> None:
    with raw_server(BYTES[name]) as url:
        heard = overhear(url, STREAMED)
    assert ("cut" in name) == (heard.end == "abort")
    assert overhear(play(heard.exchange("POST", "/v1/messages", STREAMED)), STREAMED).told == heard.told


def test_recorded_date_is_not_given_again(play: Play) -> None:
    """All other headers are, also those that come several times; what concerns the connection is the server's own."""
    with raw_server(BYTES["empty"]) as url:
        exchange = overhear(url, STREAMED).exchange("POST", "/v1/messages", STREAMED)
    heard = overhear(play(exchange), STREAMED)
    assert dict(heard.headers)["date"] != "Mon, 02 Nov 2026 10:00:00 GMT"
    assert [value for name, value in heard.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert ("request-id", "req_011") in heard.headers


@pytest.mark.parametrize("replay", ["exact", "paced"])
def test_gaps_are_those_of_the_recording(tmp_path: Path, upstream: MockServer, replay: str) -> None:
    upstream.session("key").reply(**ANSWERS["stalled"])
    heard = overhear(upstream.url, STREAMED)
    delivery = deliver(tmp_path, heard.exchange("POST", "/v1/messages", STREAMED), replay)
    assert [piece.delay for piece in delivery.pieces] == [chunk.delay for chunk in heard.chunks]
    assert delivery.delay == heard.first
    assert any(chunk.delay for chunk in heard.chunks)
    assert sum(piece.events for piece in delivery.pieces) == b"".join([c.data for c in heard.chunks]).count(b"\n\n")


def test_by_default_all_leaves_at_once(tmp_path: Path) -> None:
    with raw_server(BYTES["byte by byte"]) as url:
        heard = overhear(url, STREAMED)
    delivery = deliver(tmp_path, heard.exchange("POST", "/v1/messages", STREAMED), "content")
    assert [piece.data for piece in delivery.pieces] == [STREAM]
    assert not delivery.delay


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models?limit=3"),
        ("GET", "/v1/models/claude-sonnet-4-5"),
        ("GET", "/v1/models/nothing"),
        ("HEAD", "/v1/models"),
        ("POST", "/v1/messages/count_tokens"),
        ("GET", "/v1/files"),
        ("GET", "/no/such/path"),
    ],
)
def test_other_endpoints_are_the_same(play: Play, upstream: MockServer, method: str, path: str) -> None:
    body = orjson.dumps({"model": "claude-sonnet-4-5", "messages": ask()["messages"]}) if method == "POST" else b""
    heard = overhear(upstream.url, body, path=path, method=method)
    bare, _, query = path.partition("?")
    exchange = heard.exchange(method, bare, body)
    exchange = replace(exchange, request=replace(exchange.request, query=query))
    assert overhear(play(exchange), body, path=path, method=method).told == heard.told


def test_failure_and_success_are_replayed_to_the_sdk(tmp_path: Path, upstream: MockServer) -> None:
    """A 529 and the answer to the retry are the same request: they are ``calls``."""
    upstream.session("key").calls([{"error": {"type": "overloaded_error", "retry_after": 0}}, "It rains."])
    heard = [overhear(upstream.url, WHOLE), overhear(upstream.url, WHOLE)]
    exchanges = [each.exchange("POST", "/v1/messages", WHOLE, number) for number, each in enumerate(heard, 1)]
    turns = "  - {name: a, when: {recorded: 1}, calls: [{recorded: 1}, {recorded: 2, times: always}]}\n"
    path = save_cassette(tmp_path, exchanges, turns)
    with MockServer(path) as server, anthropic.Anthropic(base_url=server.url, api_key="key") as client:
        for _ in range(2):
            message = client.messages.create(**ask())
            assert message.content[0].text == "It rains."
        statuses = [entry.status for entry in server.session("key").requests]
    assert statuses == [529, 200, 200]
    assert orjson.loads(heard[1].chunks[0].data)["id"] == message.id


def test_message_is_in_the_journal(tmp_path: Path) -> None:
    """Whole or streamed: the journal shows the message, its usage, and no objections to what the API itself said."""
    with raw_server(BYTES["inside a letter"]) as url:
        exchange = overhear(url, STREAMED).exchange("POST", "/v1/messages", STREAMED)
    with MockServer(save_cassette(tmp_path, [exchange])) as server:
        overhear(server.url, STREAMED)
        (entry,) = server.session("key").requests
    assert entry.scenario == "weather-1"
    assert entry.answer == MESSAGE
