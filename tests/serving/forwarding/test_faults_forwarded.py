"""Whatever goes wrong at an upstream, or is slow there, its clients see the same through the server; over TLS, too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer
from mockserver.wires import FAULTS
from tests.fault_cases import NEEDED

from .upstreams import OK, recording, serving

KEY = "sk-of-upstream"
OWN, OWN_KEY = (str(Path(__file__).parents[2] / "data" / "tls" / f"{name}.pem") for name in ("own", "own-key"))
HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Weather?"}],
    "tools": [{"name": "weather", "input_schema": {"type": "object"}}],
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[MockServer]:
    with MockServer(profile="anthropic", seed=7) as server:
        yield server


def take(url: str, key: str, body: dict[str, Any]) -> tuple[int, bytes, str]:
    """Status, body as far as it came, and the error in which it ended."""
    came, status = b"", 0
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01", "accept-encoding": "identity"}
    timeout = httpx2.Timeout(30, read=0.3)
    try:
        with (
            httpx2.Client(trust_env=False, headers=headers, timeout=timeout) as client,
            client.stream("POST", f"{url}/v1/messages", json=body) as answered,
        ):
            status = answered.status_code
            for data in answered.iter_raw():
                came += data
    except httpx2.TransportError as error:
        return status, came, type(error).__name__
    return status, came, ""


@pytest.mark.parametrize(("name", "stream"), [*itertools.product(FAULTS, (False, True))])
def test_faults_of_an_upstream_are_passed_on(
    running: MockServer,
    upstream: MockServer,
    key: str,
    name: str,
    stream: bool,
) -> None:
    body, found = {**HELLO, "stream": stream}, []
    tool_use = {"name": "weather", "input": {"city": "Oslo"}}
    for url, own in ((upstream.url, KEY), (running.url, key)):
        upstream.session(KEY).reset()
        upstream.session(KEY).reply(
            content=[{"type": "text", "text": "Let me look that up."}, {"tool_use": tool_use}],
            fault={"then": name, **NEEDED.get(name, {})},
        )
        with recording(running, key, upstream.url):
            found.append(take(url, own, body))
    direct, forwarded = found
    if direct[0] == 0:  # cut before its head
        assert forwarded[0] == 502 or forwarded[2] == direct[2]
    else:
        assert forwarded == direct


def test_paces_are_recorded_with_their_pauses(running: MockServer, upstream: MockServer, key: str) -> None:
    upstream.session(KEY).reset()
    upstream.session(KEY).reply(
        "One two three four five.", pace={"first": 0.05, "tokens_per_second": 200, "chunk": "word"}
    )
    with recording(running, key, upstream.url) as recorded:
        status, body, error = take(running.url, key, {**HELLO, "stream": True})
        (kept,) = recorded.kept
    assert (status, error) == (200, "")
    assert kept.response.body == body
    assert len(kept.response.chunks) > 5
    delays = [chunk.delay for chunk in kept.response.chunks]
    assert all(delay >= 0 for delay in delays)
    assert (kept.response.first or 0) + delays[0] >= 0.04
    assert sum(delays[1:]) >= 0.015


def test_certificate_of_the_environment_is_trusted(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as upstream:
        with MockServer() as server, recording(server, key, upstream.url):
            status, body, _ = take(server.url, key, HELLO)
        assert status == 502
        assert b"could not be verified" in body
        monkeypatch.setenv("SSL_CERT_FILE", OWN)
        with MockServer() as server, recording(server, key, upstream.url) as recorded:
            status, body, _ = take(server.url, key, HELLO)
            assert (status, recorded.kept[0].response.body) == (200, body)


def test_proxy_of_the_environment_is_asked(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(OK + b"content-length: 5\r\n\r\nhello") as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        with MockServer() as server, recording(server, key, "http://upstream.example/x"):
            assert take(server.url, key, HELLO)[:2] == (200, b"hello")
        assert proxy.requests[0].startswith(b"POST http://upstream.example/x/v1/messages HTTP/1.1\r\n")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with serving(OK + b"content-length: 2\r\n\r\nok") as other:
            with MockServer() as server, recording(server, key, other.url):
                assert take(server.url, key, HELLO)[:2] == (200, b"ok")
            assert len(proxy.requests) == 1


def test_proxy_that_refuses_is_a_bad_gateway(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"HTTP/1.1 407 Not You\r\ncontent-length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("http://", "http://me:secret@"))
        with MockServer() as server, recording(server, key, "https://upstream.example"):
            status, body, _ = take(server.url, key, HELLO)
    assert status == 502
    assert b"through the proxy" in body
    assert b"secret" not in body
