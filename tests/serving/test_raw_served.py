"""Raw event streams over real connections and without a socket: chunked, paced, cut, and read by the official SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockServer, asgi_transport
from mockserver.testing import MockSession
from tests.fault_cases import CLEAN, EVENTS

SSE = {"content-type": "text/event-stream"}
ASKED: Any = {"model": "claude-opus-5", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}
RAW: Any = {"body": CLEAN.decode(), "headers": SSE}
WHOLE: Any = {**RAW, "stream": False}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        yield running


@pytest.fixture
def session(server: MockServer, request: pytest.FixtureRequest) -> MockSession:
    return server.session(request.node.name)


def get(client: Any, key: str) -> tuple[Any, list[bytes], bool]:
    """The response, its pieces, and whether it was cut."""
    pieces: list[bytes] = []
    with client.stream("POST", "/v1/messages", json=ASKED, headers={"x-api-key": key}) as response:
        try:
            for piece in response.iter_raw():
                pieces.append(piece)  # noqa: PERF402  what came before the cut counts
        except httpx2.RemoteProtocolError:
            return response, pieces, True
    return response, pieces, False


def over_a_socket(session: MockSession) -> tuple[Any, list[bytes], bool]:
    with httpx2.Client(base_url=session.url, timeout=5) as client:
        return get(client, session.api_key)


def without_one(session: MockSession) -> tuple[Any, list[bytes], bool]:
    with httpx2.Client(base_url="http://mock", transport=session.transport) as client:
        return get(client, session.api_key)


WAYS = pytest.mark.parametrize("way", [over_a_socket, without_one])


@WAYS
def test_raw_stream_is_chunked(session: MockSession, way: Any) -> None:
    session.reply(raw=RAW)
    response, pieces, is_cut = way(session)
    assert (b"".join(pieces), is_cut) == (CLEAN, False)
    assert response.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in response.headers
    entry = session.last_request
    assert (entry.status, entry.events_sent, entry.finished) == (200, len(EVENTS), True)


@WAYS
def test_raw_stream_may_be_sent_whole(session: MockSession, way: Any) -> None:
    session.reply(raw=WHOLE)
    response, pieces, _ = way(session)
    assert b"".join(pieces) == CLEAN
    assert response.headers["content-length"] == str(len(CLEAN))
    assert "transfer-encoding" not in response.headers


@WAYS
def test_raw_stream_has_a_pace(session: MockSession, way: Any) -> None:
    session.reply(raw=RAW, pace={"first": "1ms", "tokens_per_second": 2000})
    response, pieces, _ = way(session)
    assert b"".join(pieces) == CLEAN
    assert response.headers["content-type"] == "text/event-stream"
    assert len(pieces) > 3


@WAYS
def test_raw_stream_is_cut(session: MockSession, way: Any) -> None:
    session.reply(raw={"body": "data: 1\n\ndata: 2\n\ndata: 3\n\n", "stream": True}, fault="disconnect")
    response, pieces, is_cut = way(session)
    assert (b"".join(pieces), is_cut) == (b"data: 1\n\ndata: 2\n\n", True)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert session.last_request.events_sent == 2


@WAYS
def test_any_body_arrives_byte_for_byte(session: MockSession, way: Any) -> None:
    body = 'data: {"type": "message_start"\n\n\n\r\nevent: nothing\rdata:x\r\r{"a": 1} no end'
    session.reply(raw={"body": body, "headers": SSE}, pace={"first": "1ms"}, fault={"then": "pings", "every": 0})
    assert b"".join(way(session)[1]) == body.encode()


def test_fault_of_the_session_strikes_a_raw_stream(session: MockSession) -> None:
    session.reply(raw=RAW)
    session.fault("start_usage", input_tokens=5)
    _, pieces, _ = over_a_socket(session)
    assert b'"usage":{"input_tokens":5,' in b"".join(pieces)


def test_sdk_reads_a_raw_stream() -> None:
    session = asgi_transport().session("sdk")
    session.reply(raw=RAW, pace={"first": "1ms", "tokens_per_second": 5000})
    with (
        httpx2.Client(transport=session.transport) as client,
        anthropic.Anthropic(base_url="http://mock", api_key=session.api_key, http_client=client) as api,
        api.messages.stream(**ASKED) as stream,
    ):
        assert stream.get_final_text() == "Let me look that up for you."
