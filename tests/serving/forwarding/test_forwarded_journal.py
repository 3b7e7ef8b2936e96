"""What journal, access log and figures say of forwarded calls."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from mockserver import MockServer
from mockserver.serving.app import MockApp
from mockserver.serving.server import BackgroundServer
from mockserver.testing import MockSession
from tests.sockets import until

from .upstreams import HELLO, OK, VERSION, Recording, make_recorder, recording, serving


@pytest.fixture(scope="module")
def upstream() -> Iterator[MockServer]:
    with MockServer(profile="anthropic", seed=7) as server:
        yield server


@pytest.fixture
def recorded(running: MockServer, upstream: MockServer, key: str) -> Iterator[Recording]:
    with recording(running, key, upstream.url) as found:
        yield found


def test_journal_tells_of_forwarded_calls(recorded: Recording, running: MockServer, key: str) -> None:
    session: MockSession = running.session(key)
    recorded.client.post("/v1/messages", json=HELLO, headers=VERSION)
    stream = {**HELLO, "stream": True}
    recorded.client.post("/v1/messages", json=stream, headers=VERSION)
    whole, streamed = session.requests
    assert (whole.forwarded, whole.unmatched, whole.scenario, whole.status) == (True, False, None, 200)
    assert whole.usage is not None
    assert (whole.answer or {})["type"] == "message"
    assert (streamed.events_sent, streamed.events_total) == (streamed.events_total, streamed.events_total)
    assert streamed.events_total > 5
    assert streamed.answer == {**(whole.answer or {}), "id": (streamed.answer or {})["id"]}
    assert streamed.usage == whole.usage
    assert whole.answer_findings == ()
    assert (whole.cost or 0) > 0
    assert streamed.cost == whole.cost
    shown = recorded.client.get("/_mock/requests").json()["requests"][-1]
    assert (shown["forwarded"], shown["unmatched"], shown["reason"]) == (True, False, None)


def test_journal_says_what_would_have_been_refused_here(running: MockServer, key: str) -> None:
    with serving(OK + b"content-length: 2\r\n\r\n{}") as raw, recording(running, key, raw.url) as other:
        other.client.post("/v1/messages", json={**HELLO, "max_tokens": 0.5})
    (entry,) = running.session(key).requests
    assert (entry.status, entry.findings) == (200, ())
    assert entry.objection is not None
    assert entry.objection.rule == "schema.integer_type"
    assert str(entry.summary()["reason"]).startswith("not refused: schema.integer_type: ")
    assert entry.as_dict()["objection"]["rule"] == "schema.integer_type"


def test_refusal_of_the_upstream_is_the_reason(recorded: Recording, running: MockServer, key: str) -> None:
    recorded.client.post("/v1/messages", json={**HELLO, "messages": []}, headers=VERSION)
    (entry,) = running.session(key).requests
    assert (entry.status, entry.summary()["reason"]) == (400, "messages: at least one message is required")


def test_access_log_says_forwarded(upstream: MockServer, key: str) -> None:
    lines: list[str] = []
    app = MockApp(log=lines.append)
    server = BackgroundServer(app, "127.0.0.1", 0)
    server.start()
    try:
        app.mock.recorders.set(make_recorder(upstream.url)[0], key)
        httpx2.post(
            f"{server.url}/v1/messages", json=HELLO, headers={"x-api-key": key, "anthropic-version": "2023-06-01"}
        )
    finally:
        server.stop()
    assert lines[0].startswith("POST /v1/messages 200 forwarded ")


def test_client_that_left_before_an_answer_is_told_apart(running: MockServer, key: str) -> None:
    with serving(lambda connection: connection.recv(1)) as raw, recording(running, key, raw.url) as other:
        with pytest.raises(httpx2.ReadTimeout):
            other.client.get("/v1/odd", timeout=httpx2.Timeout(30, read=0.05))
        until(lambda: running.session(key).requests)
    (entry,) = running.session(key).requests
    assert (entry.forwarded, entry.status, entry.hung_up) == (True, 499, True)


def test_failure_of_the_upstream_is_told(running: MockServer, key: str) -> None:
    with recording(running, key, "http://127.0.0.1:1") as other:
        other.client.get("/v1/odd")
    (entry,) = running.session(key).requests
    assert (entry.forwarded, entry.status, entry.unmatched) == (True, 502, False)
    assert "could not be reached" in str(entry.summary()["reason"])


def test_large_answers_are_not_in_the_journal(running: MockServer, key: str) -> None:
    sent = OK + b"content-length: 2000000\r\n\r\n" + bytes(2_000_000)
    with serving(sent) as raw, recording(running, key, raw.url) as other:
        assert len(other.client.get("/v1/odd").content) == 2_000_000
        assert len(other.kept[0].response.body) == 2_000_000
    (entry,) = running.session(key).requests
    assert (entry.answer or {})["body"] == ""
