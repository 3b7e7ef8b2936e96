"""The guard: loopback names are served, foreign ones are not."""

from __future__ import annotations

import pytest

from tests.control.desk import Desk

LOCAL = (
    "127.0.0.1",
    "127.8.8.8:8000",
    "localhost:1",
    "LOCALHOST",
    "a.localhost",
    "[::1]:8000",
    "0.0.0.0:80",
    "testserver",
)
FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[", "")


@pytest.mark.parametrize("host", LOCAL)
def test_loopback_hosts_and_origins_are_served(desk: Desk, host: str) -> None:
    assert desk.ask("GET", "health", host=host).status == 200
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_hosts_are_refused(desk: Desk, host: str) -> None:
    got = desk.ask("GET", "health", host=host)
    assert got.status == 403
    assert "--allowed-host" in got.error["expected"]


@pytest.mark.parametrize(
    "origin", [*(f"https://{host}" for host in FOREIGN), "null", "chrome-extension://abc", "file://"]
)
def test_foreign_origins_are_refused(desk: Desk, origin: str) -> None:
    got = desk.ask("POST", "reset", host="localhost", origin=origin)
    assert got.status == 403


@pytest.mark.parametrize("host", ["mock.internal", "mock.internal:8000", "ci.example"])
def test_allowed_hosts_are_served(host: str) -> None:
    desk = Desk(allowed_hosts=("mock.internal", "*.example"))
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 200


def test_preflight_of_a_local_page_is_answered(desk: Desk) -> None:
    got = desk.ask("OPTIONS", "settings", host="localhost:8000", origin="http://localhost:5173")
    assert (got.status, got.json) == (204, None)
