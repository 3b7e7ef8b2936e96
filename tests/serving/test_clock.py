"""The one clock of a server: what clients see is told by it, durations by the part of it that never goes back."""

from __future__ import annotations

import time

import httpx2
import pytest

from mockserver import MockServer, asgi_transport
from tests.sockets import HELLO, exchange, request


def test_calls_come_at_the_time_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """``time.time`` is looked up at each reading, so that a test may put another in its place."""
    with MockServer() as server:
        monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0)
        exchange(server, request("k"))
        with httpx2.Client(transport=server.transport) as client:
            client.post("http://m/v1/messages", content=HELLO, headers={"x-api-key": "k"})
        assert [entry.at for entry in server.session("k").requests] == [1_800_000_000.0] * 2


def test_durations_are_measured_by_a_clock_that_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([10.0, 10.25])
    api = asgi_transport().session("k")
    monkeypatch.setattr(time, "monotonic", lambda: next(readings, 10.25))
    with httpx2.Client(transport=api.transport) as client:
        client.post("http://m/v1/messages", content=HELLO, headers={"x-api-key": "k"})
    assert api.last_request.duration_ms == 250
