"""Who reaches the control interface of a server: over a socket, and from a test client in the same process."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from mockserver import MockApp, MockServer, MockSession, Settings, asgi_transport
from mockserver.serving.reach import is_everywhere, is_in_process, is_loopback, protect
from mockserver.serving.server import bind, url_of
from tests.sockets import HELLO

EVERYWHERE = "0.0.0.0"  # noqa: S104  what the tests are about
TOKEN = "a-token-of-our-own"


@pytest.mark.parametrize(
    ("host", "loopback", "everywhere"),
    [
        ("127.0.0.1", True, False),
        ("127.8.8.8", True, False),
        ("::1", True, False),
        ("localhost", True, False),
        (EVERYWHERE, False, True),
        ("::", False, True),
        ("", False, True),
        ("0", False, True),
        ("10.0.0.1", False, False),
        ("x" * 64, False, False),
        ("a:b", False, False),
    ],
)
def test_addresses_that_others_reach_get_a_token(host: str, loopback: bool, everywhere: bool) -> None:
    assert (is_loopback(host), is_everywhere(host)) == (loopback, everywhere)
    assert bool(protect(Settings(), host).control_token) is not loopback
    assert protect(Settings(control_token=TOKEN), host).control_token == TOKEN
    assert protect(Settings(no_control_token=True), host).control_token == ""


def test_tokens_made_up_differ_and_cannot_be_guessed() -> None:
    tokens = {protect(Settings(), EVERYWHERE).control_token for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 20


def test_server_open_to_others_asks_for_its_token() -> None:
    """Whoever sends a Host of 127.0.0.1 is not therefore a program of this machine."""
    with MockServer(host=EVERYWHERE) as server, httpx2.Client(base_url=server.url) as client:
        assert server.url.startswith("http://127.0.0.1:")
        assert client.post("/v1/messages", content=HELLO).status_code == 200
        assert client.get("/_mock/health").json()["status"] == "ok"
        refused = client.get("/_mock/requests", headers={"host": "127.0.0.1"})
        assert refused.status_code == 401
        assert server.control_token not in refused.text
        found = client.get("/_mock/requests", headers={"host": "mock:8000", "x-mock-token": server.control_token})
        assert found.json()["total"] == 1
        api = server.session("sk-test")
        api.reply("Hello yourself.")
        with httpx2.Client(transport=server.transport, base_url=server.url) as inside:
            assert inside.get("/_mock/requests").status_code == 200


def test_server_may_be_opened_to_others_without_a_token() -> None:
    with MockServer(host=EVERYWHERE, no_control_token=True) as server:
        assert server.control_token == ""
        assert httpx2.get(f"{server.url}/_mock/requests").status_code == 200


def test_loopback_server_asks_for_a_token_that_was_given() -> None:
    with MockServer(control_token=TOKEN) as server:
        assert httpx2.get(f"{server.url}/_mock/requests").status_code == 401
        assert httpx2.get(f"{server.url}/_mock/requests?token={TOKEN}").status_code == 200
    with MockServer() as server:
        assert server.control_token == ""
        assert httpx2.get(f"{server.url}/_mock/requests").status_code == 200


@pytest.mark.parametrize("name", ["test", "mockserver", "testserver"])
@pytest.mark.parametrize("header", ["host", "origin"])
def test_names_of_test_clients_are_foreign_over_a_socket(name: str, header: str) -> None:
    with MockServer() as server:
        value = name if header == "host" else f"http://{name}"
        assert httpx2.get(f"{server.url}/_mock/requests", headers={header: value}).status_code == 403


@pytest.mark.parametrize("origin", ["null", "http://evil.example"])
def test_any_host_is_not_any_page(origin: str) -> None:
    with MockServer(allowed_hosts=("*",)) as server:
        assert httpx2.get(f"{server.url}/_mock/requests", headers={"host": "mock"}).status_code == 200
        refused = httpx2.get(f"{server.url}/_mock/requests", headers={"origin": origin})
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers


def test_url_is_one_that_clients_can_use() -> None:
    with bind(EVERYWHERE, 0) as listener:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_url_of_all_addresses_of_ipv6_is_loopback() -> None:
    class Listener:
        def getsockname(self) -> tuple[str, int, int, int]:
            return "::", 80, 0, 0

    listener: Any = Listener()
    assert url_of(listener) == "http://[::1]:80"


# Without a socket

SETTINGS = (Settings(), Settings(control_token=TOKEN))


@pytest.mark.parametrize("settings", SETTINGS)
def test_test_client_of_starlette_needs_nothing(settings: Settings) -> None:
    app = MockApp(settings)
    MockSession(app.mock, "sk-test").reply("Hello yourself.")
    for client in (TestClient(app), TestClient(Starlette(routes=[Mount("/mock", app)]), root_path="")):
        prefix = "" if client.app is app else "/mock"
        assert client.get(f"{prefix}/_mock/requests").status_code == 200
        assert client.get(f"{prefix}/_mock/requests", headers={"origin": "http://testserver"}).status_code == 200
        assert client.get(f"{prefix}/_mock/requests", headers={"host": "evil.example"}).status_code == 403


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("name", ["test", "testserver", "mockserver", "localhost"])
def test_asgi_transports_of_httpx_need_nothing(settings: Settings, library: Any, name: str) -> None:
    async def ask() -> int:
        transport = library.ASGITransport(MockApp(settings))
        async with library.AsyncClient(transport=transport, base_url=f"http://{name}") as client:
            return int((await client.get("/_mock/requests")).status_code)

    assert asyncio.run(ask()) == 200


@pytest.mark.parametrize("name", ["test", "testserver", "mockserver", "127.0.0.1"])
def test_own_transport_needs_nothing(name: str) -> None:
    with httpx2.Client(transport=asgi_transport(control_token=TOKEN), base_url=f"http://{name}") as client:
        assert client.get("/_mock/requests").status_code == 200


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"client": ("testclient", 50000), "server": ["testserver", 80]}, True),
        ({"client": ["testclient", 50000]}, True),
        ({"client": ("127.0.0.1", 123), "server": ("test", None)}, True),
        # An address is also what a server on a socket has.
        ({"client": ("127.0.0.1", 123), "server": ("127.0.0.1", 80)}, False),
        ({"client": ("127.0.0.1", 123), "server": ("::1", 80)}, False),
        ({"client": ("127.0.0.1", 4711), "server": ("127.0.0.1", 80)}, False),
        # A socket of Unix behind a proxy, and what a proxy says of its client.
        ({"client": None, "server": ("/run/mock.sock", None)}, False),
        ({"client": ("127.0.0.1", 0), "server": ("/run/mock.sock", None)}, False),
        ({"client": ("testclient", 0), "server": ("10.0.0.1", 80)}, False),
        ({"client": ("127.0.0.1", 123), "server": None}, False),
        ({}, False),
    ],
)
def test_clients_in_this_process_are_told_by_the_scope(scope: dict[str, Any], expected: bool) -> None:
    assert is_in_process(scope) is expected


# What is logged


def test_token_in_a_query_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []
    with MockServer(host=EVERYWHERE, log=lines.append) as server:
        token = server.control_token
        for path in (
            f"/_mock/requests?token={token}",
            f"/_mock/nothing?token={token}",
            f"/_mock/requests/x?token={token}",
        ):
            assert token not in httpx2.get(server.url + path).text
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as raw:
            raw.sendall(f"get /_mock/requests?token={token} HTTP/1.1\r\n\r\n".encode())
            assert token.encode() not in raw.recv(1000)
        told = httpx2.get(f"{server.url}/_mock/requests?token={token}").text
    assert token not in "".join(lines) + caplog.text + told
