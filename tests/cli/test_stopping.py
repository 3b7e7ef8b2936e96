"""How a server ends at a signal, whatever it is doing."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.serving.server import DRAIN, HURRY, LATE
from tests.cli.test_cli import HELLO, serving
from tests.sockets import request

STREAM = {**HELLO, "stream": True}
# A server that computes without end: in its event loop, where signals would not be heard, or in the thread that reads
# fixtures, for which Python waits in the end.
BUSY = """
import sys

def compute(*_):
    print("busy", file=sys.stderr, flush=True)
    while True:
        pass

if "serve" in sys.orig_argv:
    from mockserver.serving import server
    import {module} as module
    module.{name} = compute
    server.DRAIN = 0.5
"""


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


def hold_up(folder: Path, module: str, name: str) -> dict[str, str]:
    """Variables with which a server computes without end once it calls that function."""
    (folder / "sitecustomize.py").write_text(BUSY.format(module=module, name=name))
    return {"PYTHONPATH": os.pathsep.join((str(folder), *filter(None, sys.path)))}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_that_computes_without_end_ends(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    busy = hold_up(tmp_path, "mockserver.journey", "answer")
    with serving("--quiet", environment={**environment, **busy}) as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request("k"))
            assert process.stderr is not None
            assert process.stderr.readline() == "busy\n"
            process.send_signal(number)
            process.send_signal(number)
            assert process.wait(timeout=60) == 0


def test_reload_without_end_does_not_keep_the_server(environment: dict[str, str], tmp_path: Path) -> None:
    busy = hold_up(tmp_path, "mockserver.serving.assembly", "reload")
    fixture = tmp_path / "some.yaml"
    fixture.write_text("scenarios: [{name: one, reply: One.}]")
    with serving("--quiet", "--reload", str(fixture), environment={**environment, **busy}) as (process, _):
        fixture.write_text("scenarios: [{name: other, reply: Other.}]")
        assert process.stderr is not None
        assert process.stderr.readline() == "busy\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_all_is_answered_to_its_end_after_a_signal(environment: dict[str, str], tmp_path: Path) -> None:
    """A stream under way comes whole; idle connections are closed, and new ones refused; then the server ends."""
    fixture = tmp_path / "slow.yaml"
    fixture.write_text('scenarios: [{reply: {text: "one two three four five", pace: {tokens_per_second: 20}}}]')
    with serving("--quiet", str(fixture), environment=environment) as (process, url):
        host, port = url.removeprefix("http://").split(":")
        address = host, int(port)
        with socket.create_connection(address) as idle, idle.makefile("rb") as incoming:
            idle.sendall(b"GET /_mock/ready HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            assert incoming.readline() == b"HTTP/1.1 200 OK\r\n"
            assert b"}\n" in iter(incoming.readline, b"")
            with httpx.stream("POST", f"{url}/v1/messages", json=STREAM) as stream:
                chunks = stream.iter_bytes()
                received = next(chunks)
                process.send_signal(signal.SIGTERM)
                process.send_signal(signal.SIGTERM)
                assert incoming.read() == b"", "it is closed while the stream goes on"
                with pytest.raises(ConnectionError):
                    socket.create_connection(address)
                received += b"".join(chunks)
        assert received.count(b"content_block_delta") > 2
        assert received.rpartition(b"event: ")[2].startswith(b"message_stop\n")
        assert process.wait(timeout=60) == 0


def test_who_waits_for_the_journal_is_answered_at_a_signal(environment: dict[str, str]) -> None:
    """After ``DRAIN`` the connection would be cut, without an answer."""
    with serving("--quiet", environment=environment) as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(
                b"POST /_mock/verify?wait=60s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}"
            )
            with socket.create_connection((host, int(port))) as other:
                other.sendall(b"GET /_mock/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
                assert other.recv(12) == b"HTTP/1.1 200"
            process.send_signal(signal.SIGTERM)
            assert connection.recv(12) == b"HTTP/1.1 409"
            assert process.wait(timeout=60) == 0


def test_time_to_end_is_less_than_containers_are_given() -> None:
    assert DRAIN + 2 * HURRY < DRAIN + LATE < 10
