"""Servers that speak https."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import ssl
from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver.serving.tls import Tls
from mockserver.testing.server import MockServer

FOLDER = Path(__file__).parent.parent / "data" / "tls"
OWN, OWN_KEY, LOCKED, NAMED, SIGNED = (
    str(FOLDER / f"{name}.pem") for name in ("own", "own-key", "locked-key", "named", "signed")
)
PASSWORD = "open sesame"
HELLO: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Hi"}],
}
KEY = {"x-api-key": "sk-test"}


def trusting(path: str = OWN) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=path)


@pytest.mark.parametrize(
    "settings",
    [
        {"ssl_certfile": OWN, "ssl_keyfile": OWN_KEY},
        {"ssl_certfile": Path(OWN), "ssl_keyfile": Path(OWN_KEY)},
        {"ssl_certfile": OWN, "ssl_keyfile": LOCKED, "ssl_keyfile_password": PASSWORD},
    ],
)
def test_server_speaks_https(settings: Any) -> None:
    with MockServer(**settings) as server, httpx.Client(verify=trusting()) as client:
        assert server.url.startswith("https://127.0.0.1:")
        assert client.get(f"{server.url}/_mock/health").json()["status"] == "ok"
        assert client.post(f"{server.url}/v1/messages", json=HELLO).json()["type"] == "message"


def test_sdk_streams_over_it_in_its_session() -> None:
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as server:
        api = server.session("sk-test")
        api.reply("Hello yourself.")
        assert api.session_url.startswith("https://")
        with (
            httpx.Client(verify=trusting()) as http,
            anthropic.Anthropic(base_url=api.url, api_key=api.api_key, http_client=http) as client,
            client.messages.stream(**HELLO) as stream,
        ):
            assert stream.get_final_text() == "Hello yourself."
        api.assert_called(1)


def test_name_of_the_address_is_one_that_the_certificate_holds() -> None:
    with MockServer(ssl_certfile=NAMED) as server:
        assert server.url.startswith("https://localhost:")
        assert httpx.get(f"{server.url}/_mock/health", verify=trusting(NAMED)).status_code == 200


@pytest.mark.parametrize(("files", "is_self_signed"), [((OWN, OWN_KEY), True), ((NAMED,), True), ((SIGNED,), False)])
def test_certificate_is_known_to_be_signed_by_itself(files: tuple[str, ...], is_self_signed: bool) -> None:
    assert Tls(*files).is_self_signed is is_self_signed


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ssl_certfile": "gone.pem"}, "ssl_certfile: there is no file gone.pem"),
        ({"ssl_certfile": OWN, "ssl_keyfile": "gone.pem"}, "ssl_keyfile: there is no file gone.pem"),
        ({"ssl_certfile": str(FOLDER)}, f"ssl_certfile: there is no file {FOLDER}"),
        ({"ssl_certfile": OWN_KEY}, f"ssl_certfile: expected a certificate in PEM, there is none in {OWN_KEY}"),
        ({"ssl_certfile": OWN}, f"ssl_keyfile: expected a private key in PEM, there is none in {OWN}"),
        (
            {"ssl_certfile": OWN, "ssl_keyfile": NAMED},
            f"ssl_keyfile: expected the key of {OWN}, got another one in {NAMED}",
        ),
        (
            {"ssl_certfile": OWN, "ssl_keyfile": LOCKED},
            f"ssl_keyfile_password: expected the password of {LOCKED}, got none",
        ),
        (
            {"ssl_certfile": OWN, "ssl_keyfile": LOCKED, "ssl_keyfile_password": "open barley"},
            f"ssl_keyfile_password: expected the password of {LOCKED}, got another one",
        ),
        ({"ssl_keyfile": OWN_KEY}, "ssl_keyfile: expected ssl_certfile beside it, got none"),
    ],
)
def test_files_that_cannot_be_used_are_told(settings: Any, told: str) -> None:
    with pytest.raises(ValueError, match=r"^ssl_") as caught:
        MockServer(**settings)
    assert str(caught.value) == told


def test_wrong_types_are_told() -> None:
    with pytest.raises(TypeError, match="ssl_certfile: expected a path, got 7"):
        MockServer(ssl_certfile=7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ssl_keyfile_password: expected a text"):
        MockServer(ssl_certfile=OWN, ssl_keyfile_password=b"x")  # type: ignore[arg-type]


def test_printing_settings_shows_no_password() -> None:
    server = MockServer(ssl_certfile=OWN, ssl_keyfile=LOCKED, ssl_keyfile_password=PASSWORD)
    assert PASSWORD not in repr(server.settings)
    assert f"ssl_certfile={OWN!r}" in repr(server.settings)


@pytest.mark.parametrize("stream", [False, True])
def test_connections_are_cut_under_tls(stream: bool) -> None:
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as server, httpx.Client(verify=trusting()) as client:
        api = server.session("sk-test")
        api.reply("word " * 50, fault={"then": "disconnect", "after_events": 4} if stream else "disconnect")
        with pytest.raises(httpx.TransportError):
            client.post(f"{server.url}/v1/messages", headers=KEY, json={**HELLO, "stream": stream})
        assert api.last_request.faults
        assert api.last_request.events_sent == (4 if stream else 0)
        assert client.get(f"{server.url}/_mock/health").status_code == 200


def test_stopping_cuts_what_is_under_way() -> None:
    server = MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY).start()
    server.session("sk-test").reply("never", fault="stall")
    body = {**HELLO, "stream": True}
    with (
        httpx.Client(verify=trusting()) as client,
        client.stream("POST", f"{server.url}/v1/messages", headers=KEY, json=body) as answer,
    ):
        pieces = answer.iter_bytes()
        assert next(pieces)
        server.stop()
        with pytest.raises(httpx.TransportError):
            list(pieces)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "mockserver"]


def test_client_that_speaks_plain_http_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as server:
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                httpx.get(server.url.replace("https", "http"))
        assert httpx.get(f"{server.url}/_mock/health", verify=trusting()).status_code == 200
    assert messages(caplog) == ["a client speaks plain http; this server has a certificate: use https"]


@pytest.mark.parametrize("first", [b"", b"\x16\x03\x01\x02\x00\x01", b"nonsense\r\n\r\n"])
def test_other_bytes_are_told_of_by_nobody(caplog: pytest.LogCaptureFixture, first: bytes) -> None:
    caplog.set_level(logging.WARNING)
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as plain:
            plain.sendall(first)
        assert httpx.get(f"{server.url}/_mock/health", verify=trusting()).status_code == 200
    assert messages(caplog) == []


def test_no_notice_of_tls_where_tls_is_spoken(caplog: pytest.LogCaptureFixture) -> None:
    """Not even for a request that begins, inside TLS, as TLS does."""
    with MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY) as server:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        with (
            socket.create_connection(address) as plain,
            trusting().wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
        ):
            wrapped.sendall(b"\x16\x03\x01\x02\x00\x01")
            assert wrapped.recv(100).startswith(b"HTTP/1.1 400")
    assert messages(caplog) == []


def test_handshake_works_in_the_loop_of_the_standard_library(caplog: pytest.LogCaptureFixture) -> None:
    """uvloop is not there on every platform."""

    async def talk() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=Tls(OWN, OWN_KEY).make_context())
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting())
            came = await reader.read()
            writer.close()
            return came

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    assert asyncio.run(talk()) == b"hello"
    assert messages(caplog) == []


def test_idle_clients_hold_up_no_stop() -> None:
    """They do not answer the end of TLS; a server that is asked to stop gives answers under way eight seconds."""
    server = MockServer(ssl_certfile=OWN, ssl_keyfile=OWN_KEY).start()
    with httpx.Client(verify=trusting()) as client:
        assert client.get(f"{server.url}/_mock/health").status_code == 200
        running = server._server._running
        assert running is not None
        uvicorn, thread = running
        uvicorn._loop.call_soon_threadsafe(uvicorn.stop, math.inf)
        thread.join(20)
        assert not thread.is_alive()
    server.stop()
