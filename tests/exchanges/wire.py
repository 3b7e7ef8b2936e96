"""A client of raw bytes: sends a request as it is, and reads the answer without judging it."""

from __future__ import annotations

import re
import socket
import time

from .exchange import Answer, Exchange, Headers, Outcome, request

# Follows a request that is alone, to see whether the connection was kept.
PROBE = request("GET /is-this-kept", {"host": "127.0.0.1", "x-mock-session": "probe"})
BODILESS = (204, 304)


class EndError(Exception):
    """The answer ended early; ``end`` says how."""

    def __init__(self, end: str) -> None:
        super().__init__(end)
        self.end = end


class Connection:
    """A connection that is opened when it is first needed, and again after it was closed."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._received = b""

    def close(self) -> None:
        """Closes it, if it is open."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._received = None, b""

    def exchange(self, exchange: Exchange, data: bytes) -> Outcome:
        """Sends a request and reads its answers."""
        if exchange.alone:
            self.close()
        self._send(data, exchange.torn, exchange.patience)
        answers: list[Answer] = []
        is_head = data.startswith(b"HEAD ")
        for _ in range(exchange.answers):
            answers += self._read(is_head)
            if self._socket is None:
                break
        if exchange.alone:
            self._send(PROBE, 0, exchange.patience)
            answers += self._read(is_head=False)
            self.close()
        return Outcome(tuple(answers))

    def _send(self, data: bytes, torn: int, patience: float) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(patience)
        try:
            for start in range(0, len(data), torn or len(data)):
                self._socket.sendall(data[start : start + (torn or len(data))])
                time.sleep(0.001 if torn else 0)
        except OSError:
            return  # an answer sent before the server closed is still read

    def _read(self, is_head: bool) -> list[Answer]:
        """The next answer, with the interim answers before it."""
        status, headers, body, end = 0, list[tuple[str, str]](), bytearray(), "complete"
        try:
            status = int(self._read_line().split()[1])
            while line := self._read_line():
                name, _, value = line.decode("latin-1").partition(": ")
                headers.append((name, value))
            if status == 100:
                return [Answer(100, tuple(headers), b"", end), *self._read(is_head)]
            if not is_head and status not in BODILESS:
                self._read_body(tuple(headers), body)
        except EndError as gone:
            end = gone.end
        named = {name.lower(): value.lower() for name, value in headers}
        if end == "complete" and named.get("connection") == "close":
            end = self._wait_for_close()
        if end != "complete":
            self.close()
            # Give the server time to notice, before the journal is read.
            time.sleep(0.05 if end == "silence" else 0)
        return [Answer(status, tuple(headers), bytes(body), end)]

    def _read_body(self, headers: Headers, body: bytearray) -> None:
        named = {name.lower(): value for name, value in headers}
        if "chunked" in named.get("transfer-encoding", ""):
            while size := int(self._read_line(), 16):
                self._read_bytes(size, body)
                self._read_line()
            while self._read_line():
                pass
        elif "content-length" in named:
            self._read_bytes(int(named["content-length"]), body)
        else:
            try:
                self._read_bytes(1 << 62, body)
            except EndError as gone:
                raise EndError("closed" if gone.end == "cut" else gone.end) from None

    def _read_line(self) -> bytes:
        while b"\r\n" not in self._received:
            self._receive()
        line, _, self._received = self._received.partition(b"\r\n")
        return line

    def _read_bytes(self, size: int, body: bytearray) -> None:
        """Read so many bytes into the body; those that came stay there when the connection ends."""
        while size:
            if not self._received:
                self._receive()
            part, self._received = self._received[:size], self._received[size:]
            body += part
            size -= len(part)

    def _receive(self) -> None:
        try:
            data = self._socket.recv(1 << 18) if self._socket else b""
        except TimeoutError:
            raise EndError("silence") from None
        except OSError:
            raise EndError("reset") from None
        if not data:
            raise EndError("cut")
        self._received += data

    def _wait_for_close(self) -> str:
        """Wait for the end of a connection that the server has promised to close; return how it ended."""
        try:
            self._receive()
        except EndError as gone:
            return "silence" if gone.end == "silence" else "closed"
        return "more than it said"


def mask(answer: Answer, *, of_control: bool) -> Answer:
    """The answer without times: ``date``, and in the control interface how long a call took."""
    body = re.sub(rb'("(?:duration|first_byte)_ms": )[\d.e-]+', rb"\g<1>0", answer.body) if of_control else answer.body
    hidden = ("date",) if body == answer.body else ("date", "content-length")
    headers = tuple((name, "_" if name.lower() in hidden else value) for name, value in answer.headers)
    return Answer(answer.status, headers, body, answer.end)
