"""Thousands of paced streams at once: when each event came, beside the time that its script gives. One thread that does
little but read, since it shares the processors with what it measures.
"""

from __future__ import annotations

import resource
import select
import socket
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

END = b"\r\n0\r\n\r\n"
LAST = b"event: message_stop"
# What begins an event, and is in no text.
EVENT = b"event: "
# Seconds for which a stream may be late before it counts as lost.
PATIENCE = 60.0


@dataclass(slots=True)
class Stream:
    """A stream that is read: when it was asked for, how many of its events came, and its last bytes."""

    connection: socket.socket
    asked: float
    events: int = 0
    tail: bytes = b""


@dataclass
class Arrivals:
    """How late the events came, in seconds, and how many streams came whole."""

    lateness: array[float] = field(default_factory=lambda: array("d"))
    whole: int = 0
    lost: int = 0

    def percentile(self, share: float) -> float:
        """The lateness that this share of the events does not exceed."""
        ordered = sorted(self.lateness)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class PacedLoad:
    """Starts streams evenly over a span of time, and reads them all.

    Args:
        port: where the server listens.
        request: the bytes of the request of each.
        due: the seconds after its request at which each event of a stream is due.
        streams: how many there are.
        span: over how many seconds they are started.
    """

    def __init__(self, port: int, request: bytes, due: Sequence[float], streams: int, span: float) -> None:
        self._port, self._request, self._due = port, request, due
        self._streams, self._span = streams, span
        self._poll = select.epoll()
        self._open: dict[int, Stream] = {}
        self.arrivals = Arrivals()

    def run(self, when_all_run: Callable[[], object] | None = None) -> Arrivals:
        """Returns when all streams have ended; calls ``when_all_run`` once all have been started."""
        began, started = time.perf_counter(), 0
        deadline = began + self._span + self._due[-1] + PATIENCE
        while (started < self._streams or self._open) and time.perf_counter() < deadline:
            while started < self._streams and time.perf_counter() >= began + started * self._span / self._streams:
                self._start()
                started += 1
                if started == self._streams and when_all_run is not None:
                    when_all_run()
            for descriptor, _ in self._poll.poll(0.002 if started < self._streams else 0.05):
                self._read(self._open[descriptor])
        self.arrivals.lost += len(self._open)
        for stream in tuple(self._open.values()):
            self._close(stream)
        self._poll.close()
        return self.arrivals

    def _start(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port))
        connection.setblocking(False)
        stream = Stream(connection, time.perf_counter())
        connection.send(self._request)
        self._open[connection.fileno()] = stream
        self._poll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, stream: Stream) -> None:
        try:
            data = stream.connection.recv(65_536)
        except ConnectionResetError:
            data = b""
        if not data:
            self.arrivals.lost += 1
            self._close(stream)
            return
        late = time.perf_counter() - stream.asked
        for _ in range(data.count(EVENT)):
            if stream.events < len(self._due):
                self.arrivals.lateness.append(late - self._due[stream.events])
            stream.events += 1
        # The end may be read in parts.
        stream.tail = (stream.tail + data)[-512:]
        if stream.tail.endswith(END):
            is_whole = stream.events == len(self._due) and LAST in stream.tail
            self.arrivals.whole += is_whole
            self.arrivals.lost += not is_whole
            self._close(stream)

    def _close(self, stream: Stream) -> None:
        descriptor = stream.connection.fileno()
        self._poll.unregister(descriptor)
        del self._open[descriptor]
        stream.connection.close()


def allow_descriptors() -> int:
    """Lets this process, and those that it starts, have as many files open as the machine allows; returns how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
