"""Forwarded against direct to the same upstream: how much later the first byte comes, and what a large answer costs."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers
from .load import Request, is_complete
from .requests import TEXT, body
from .rows import Row

ROUNDS = 500
SCENARIOS = """
scenarios:
  - name: hello
    when: {user: hello}
    reply: {text: "%s"}
"""
LARGE = 100 * 1024 * 1024
_PART = b"10000\r\n" + bytes(65_536) + b"\r\n"
_PEAK = "VmHWM:"


class Client:
    """One connection, on which one request follows the other."""

    def __init__(self, port: int, request: Request) -> None:
        self._request = request
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> float:
        """The milliseconds until the first byte of an answer, of which the rest is read."""
        start = time.perf_counter()
        self._socket.sendall(self._request.data)
        received = bytearray(self._socket.recv(65_536))
        first = time.perf_counter() - start
        while not is_complete(received):
            received += self._socket.recv(65_536)
        if not received.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(bytes(received[:500]).decode())
        return first * 1000


def compare(direct: int, forwarded: int, request: Request) -> float:
    """How many milliseconds later the first byte comes, at the median, asked in turns."""
    clients = Client(direct, request), Client(forwarded, request)
    for client in clients:
        for _ in range(50):
            client.ask()
    times = [[client.ask() for client in clients] for _ in range(ROUNDS)]
    mine, theirs = [[each[at] for each in times] for at in (0, 1)]
    return statistics.median(theirs) - statistics.median(mine)


def pass_large_answer(listener: socket.socket) -> None:
    """Answers one request with a stream of 100 MB."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(LARGE // 65_536):
            connection.sendall(_PART)
        connection.sendall(b"0\r\n\r\n")


def read_peak(pid: int) -> int:
    """The most bytes of memory that a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(_PEAK))


def measure_large_answer() -> tuple[float, float]:
    """By how many MB the memory of a server grows while 100 MB pass, and the MB that came."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=pass_large_answer, args=(listener,), daemon=True).start()
        with servers.serving("-m", "tests.bench.recorder", f"http://127.0.0.1:{listener.getsockname()[1]}") as server:
            before = server.memory()
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(b"GET /v1/large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            came = 0
            while data := connection.recv(1024 * 1024):
                came += len(data)
            return (read_peak(server.pid) - before) / 1e6, came / 1e6


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "hello.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        with (
            servers.serving(*servers.ours(fixture)) as upstream,
            servers.serving("-m", "tests.bench.recorder", f"http://127.0.0.1:{upstream.port}") as server,
        ):
            for name, stream in (("whole answer", False), ("stream", True)):
                request = Request.post("/v1/messages", body(stream=stream))
                later = compare(upstream.port, server.port, request)
                yield Row(f"first byte of a forwarded {name}, later by", later, unit="ms", at_most=2.0)
    grown, came = measure_large_answer()
    yield Row("memory while 100 MB are forwarded", grown, unit="MB", at_most=20)
    yield Row("of 100 MB forwarded came", came, unit="MB", at_least=LARGE / 1e6)
