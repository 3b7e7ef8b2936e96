"""Upstreams are asked politely, and whatever they answer has an end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.cassettes.drift.asking import Asker, UnansweredError
from mockserver.recordings.recorder import Upstream
from mockserver.records.exchanges import RecordedRequest
from mockserver.testing import MockSession
from mockserver.testing.server import MockServer
from tests.cassettes.hostile import serve_bytes
from tests.cassettes.recording import ask_for

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def asker(running: MockServer, session: MockSession, key: str, waits: list[float]) -> Iterator[Asker]:
    assert session.requests == ()
    with Asker(Upstream(running.url, (("x-api-key", key),)), waits.append) as asker:
        yield asker


def test_the_key_of_the_upstream_is_sent_alone(asker: Asker, session: MockSession) -> None:
    request = ask_for("Hi")
    asker.ask(
        RecordedRequest(
            "POST", "/v1/messages", {**request.headers, "authorization": "Bearer of-the-client"}, request.body
        )
    )
    sent = session.requests[-1].headers
    assert "authorization" not in sent
    assert len(session.requests) == 1


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        ({"type": "overloaded_error"}, 529, [1.0, 2.0]),
        ({"type": "rate_limit_error", "retry_after": 7}, 429, [7.0, 7.0]),
        ({"type": "rate_limit_error", "retry_after": 3600}, 429, []),
        ({"type": "not_found_error"}, 404, []),
    ],
)
def test_what_passes_is_waited_for(
    asker: Asker, session: MockSession, waits: list[float], error: Any, status: int, expected: list[float]
) -> None:
    session.calls([{"error": error}] * 3)
    assert asker.ask(ask_for("Hi")).status == status
    assert waits == expected


def test_an_answer_after_a_wait_counts(asker: Asker, session: MockSession, waits: list[float]) -> None:
    session.calls([{"error": "overloaded_error"}, "Hello"])
    assert asker.ask(ask_for("Hi")).status == 200
    assert waits == [1.0]


def ask_bytes(head: bytes, endless: bytes = b"", **bounds: int | float) -> str:
    with serve_bytes(head, endless) as url, Asker(Upstream(url), lambda _: None, **bounds) as asker:  # type: ignore[arg-type]
        try:
            return f"{asker.ask(ask_for('Hi')).status}"
        except UnansweredError as error:
            return str(error)


HOSTILE = {
    "garbage": (b"\x00\xff garbage\r\n\r\n", b"", "no whole answer"),
    "nothing": (b"", b"", "no whole answer"),
    "shorter than it says": (HEAD + b"content-length: 100\r\n\r\n{}", b"", "no whole answer"),
    "headers without end": (HEAD, b"x-more: " + b"a" * 1000 + b"\r\n", "no whole answer"),
    "a wrong chunk": (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", b"", "no whole answer"),
    "a body without end": (HEAD + b"\r\n", b"a" * 10_000, "more than 100,000 bytes"),
    "zipped garbage": (HEAD + b"content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}", b"", "no whole answer"),
}


@pytest.mark.parametrize(("head", "endless", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_answers_have_an_end(head: bytes, endless: bytes, expected: str) -> None:
    assert expected in ask_bytes(head, endless, most_bytes=100_000)


def test_slow_answers_have_an_end() -> None:
    assert "has not ended in" in ask_bytes(HEAD + b"\r\n", b"a", whole=-1)


def test_nobody_listens() -> None:
    with serve_bytes(b"") as url:
        pass
    with Asker(Upstream(url), lambda _: None) as asker, pytest.raises(UnansweredError) as raised:
        asker.ask(ask_for("Hi"))
    assert raised.value.is_final
