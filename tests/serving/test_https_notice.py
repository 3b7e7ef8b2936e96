"""The notice about clients that speak TLS."""

from __future__ import annotations

import logging
import socket
import ssl

import httpx2 as httpx
import pytest

from mockserver.records.clock import Clock
from mockserver.serving.https_notice import PAUSE, HttpsNotice
from mockserver.testing.server import MockServer

HELLO = b"\x16\x03\x01\x02\x00\x01"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "https" in record.getMessage()]


def test_client_that_speaks_tls_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer() as server:
        host, port = server.url.removeprefix("http://").split(":")
        for _ in range(3):
            with socket.create_connection((host, int(port))) as plain, pytest.raises(ssl.SSLError):
                ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
        assert httpx.get(f"{server.url}/api/hello").status_code == 200
    assert told(caplog) == [f"a client speaks https; use {server.url}"]
    assert [record.levelno for record in caplog.records if "https" in record.getMessage()] == [logging.WARNING]


def test_it_is_told_again_after_a_while(caplog: pytest.LogCaptureFixture) -> None:
    now = [5.0]
    notice = HttpsNotice(Clock(now=lambda: 0.0, monotonic=lambda: now[0]))
    for step in (0.0, PAUSE - 1, 1.0, 1.0):
        now[0] += step
        notice.look(HELLO, ("127.0.0.1", 80))
    assert told(caplog) == ["a client speaks https; use http://127.0.0.1:80"] * 2


@pytest.mark.parametrize(
    ("address", "shown"), [(("::1", 80, 0, 0), "http://[::1]:80"), ("/run/mock.sock", "http:///run/mock.sock")]
)
def test_any_address_can_be_told(caplog: pytest.LogCaptureFixture, address: object, shown: str) -> None:
    HttpsNotice(Clock(now=lambda: 0.0, monotonic=lambda: 0.0)).look(HELLO, address)
    assert told(caplog) == [f"a client speaks https; use {shown}"]


@pytest.mark.parametrize("data", [b"", b"\x16", b"POST / HTTP/1.1\r\n", b"\x00\x16\x03"])
def test_other_bytes_are_no_tls(caplog: pytest.LogCaptureFixture, data: bytes) -> None:
    HttpsNotice(Clock(now=lambda: 0.0, monotonic=lambda: 0.0)).look(data, ("127.0.0.1", 80))
    assert told(caplog) == []


def test_body_that_looks_like_tls_is_none(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer() as server, httpx.Client() as client:
        client.get(f"{server.url}/api/hello")
        client.post(f"{server.url}/v1/messages", content=HELLO)
    assert told(caplog) == []
