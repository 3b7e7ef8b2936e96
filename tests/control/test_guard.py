"""The guard: programs of this machine and those with the token are served, others are not."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.control import ROUTES
from tests.control.desk import KEY, Desk

LOCAL = (
    "127.0.0.1",
    "127.8.8.8:8000",
    "localhost:1",
    "LOCALHOST",
    "a.localhost",
    "[::1]:8000",
    "0.0.0.0:80",
)
IN_PROCESS = ("testserver", "test", "mockserver:80")
FOREIGN = (
    *("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[", ""),
    # Read by some programs as the one, by others as the other.
    *("evil.example\\.localhost", "evil.example:80\\@localhost", "evil.example@localhost", "evil.example .localhost"),
    *IN_PROCESS,
)
TOKEN = "a-token-of-our-own"
# What needs no token: health checks, and the page that asks for it.
OPEN = ("/", "/inspector/{file}", "/health", "/ready")
BEARINGS: list[tuple[str, dict[str, Any]]] = [
    ("requests", {"x_mock_token": TOKEN}),
    ("requests", {"authorization": f"Bearer {TOKEN}"}),
    ("requests", {"authorization": f"bearer  {TOKEN} "}),
    (f"requests?token={TOKEN}", {}),
    (f"requests?limit=3&%74oken={TOKEN}", {}),
    (f"requests?token={TOKEN}", {"x_mock_token": "another"}),
]


@pytest.mark.parametrize("host", LOCAL)
def test_loopback_hosts_and_origins_are_served(desk: Desk, host: str) -> None:
    assert desk.ask("GET", "health", host=host).status == 200
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_hosts_are_refused(desk: Desk, host: str) -> None:
    got = desk.ask("GET", "health", host=host)
    assert got.status == 403
    assert "--allowed-host" in got.error["expected"]


@pytest.mark.parametrize("host", IN_PROCESS)
def test_names_of_test_clients_are_for_calls_without_a_socket(desk: Desk, host: str) -> None:
    """Over a socket they are machines of somebody's network."""
    inside = Desk(in_process=True)
    assert inside.ask("GET", "requests", host=host, origin=f"http://{host}").status == 200
    assert inside.ask("GET", "requests", host="evil.example").status == 403
    assert desk.ask("GET", "requests", host="localhost", origin=f"http://{host}").status == 403


@pytest.mark.parametrize(
    "origin", [*(f"https://{host}" for host in FOREIGN), "null", "chrome-extension://abc", "file://", "http://["]
)
@pytest.mark.parametrize("changes", [{}, {"allowed_hosts": ("*",)}, {"control_token": TOKEN}])
def test_foreign_origins_are_refused(origin: str, changes: dict[str, Any]) -> None:
    """Whatever hosts are allowed, and with the token too."""
    got = Desk(**changes).ask("POST", "reset", host="localhost", origin=origin, x_mock_token=TOKEN)
    assert got.status == 403
    assert "--allowed-origin" in got.error["expected"]


@pytest.mark.parametrize("host", ["mock.internal", "mock.internal:8000", "ci.example"])
def test_allowed_hosts_are_served(host: str) -> None:
    desk = Desk(allowed_hosts=("mock.internal", "*.example"))
    assert desk.ask("GET", "health", host=host).status == 200
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 403


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ("https://app.example", "https://app.example", 200),
        ("https://App.example", "https://app.example", 200),
        ("https://app.example", "http://app.example", 403),
        ("https://app.example", "https://app.example:8443", 403),
        ("https://*.example", "https://app.example", 200),
        ("https://*.example", "https://example.evil", 403),
        ("https://*.example", "null", 403),
        ("null", "null", 200),
        ("*", "null", 200),
    ],
)
def test_allowed_origins_are_served(allowed: str, origin: str, status: int) -> None:
    desk = Desk(allowed_origins=(allowed,))
    assert desk.ask("GET", "requests", host="localhost", origin=origin).status == status
    assert desk.ask("GET", "requests", host="evil.example", origin=origin).status == 403


def test_preflight_of_a_local_page_is_answered(desk: Desk) -> None:
    got = desk.ask("OPTIONS", "settings", host="localhost:8000", origin="http://localhost:5173")
    assert (got.status, got.json) == (204, None)


# With a token


@pytest.mark.parametrize(("path", "headers"), BEARINGS)
@pytest.mark.parametrize("host", ["127.0.0.1", "mock:8000", "10.0.0.1:8000"])
def test_token_is_taken_in_every_form(path: str, headers: dict[str, Any], host: str) -> None:
    """Who has it may call the server by any name."""
    assert Desk(control_token=TOKEN).ask("GET", path, host=host, **headers).status == 200


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("requests", {}),
        ("requests", {"x_mock_token": TOKEN[:-1]}),
        ("requests", {"x_mock_token": "ä€"}),
        ("requests", {"x_mock_token": f"{TOKEN}, {TOKEN}"}),
        ("requests", {"x_api_key": TOKEN}),
        ("requests", {"authorization": TOKEN}),
        ("requests", {"authorization": f"Basic {TOKEN}"}),
        ("requests?token=", {}),
        ("requests?session=x&token=wrong", {}),
        ("requests/health", {}),
        ("nothing", {}),
        ("x/_mock/health", {}),
    ],
)
def test_no_token_or_a_wrong_one_is_told(path: str, headers: dict[str, Any]) -> None:
    got = Desk(control_token=TOKEN).ask("GET", path, host="127.0.0.1", **headers)
    assert (got.status, got.headers["www-authenticate"]) == (401, "Bearer")
    assert "token" in got.error["message"]
    for way in ("x-mock-token", "Authorization: Bearer", "query parameter", "MOCKSERVER_CONTROL_TOKEN"):
        assert way in got.error["expected"]
    assert TOKEN not in str(got)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["health", "ready"])
def test_checks_need_no_token(method: str, path: str) -> None:
    desk = Desk(control_token=TOKEN)
    assert desk.ask(method, path, host="10.0.0.1:8000").status == 200
    assert desk.ask("POST", path, host="10.0.0.1:8000").status == 401


def test_every_endpoint_but_checks_and_the_page_asks_for_the_token() -> None:
    desk = Desk(control_token=TOKEN)
    answers = {
        (method, path): desk.ask(method.upper(), path.strip("/").replace("{", "").replace("}", ""), host="m").status
        for path, operations in desk.document["paths"].items()
        for method in operations
        if path not in OPEN
    }
    assert len(answers) == len(ROUTES) - len(OPEN)
    assert {*answers.values()} == {401}


def test_health_is_open_to_probes() -> None:
    """They call by address or by the name of a container, and know no token."""
    desk = Desk(control_token=TOKEN)
    for host in ("127.0.0.1:8000", "10.1.2.3:8000", "mock:8000"):
        assert desk.ask("GET", "health", host=host).json["status"] == "ok"
        assert desk.ask("HEAD", "health", host=host).status == 200
    assert desk.ask("GET", "health", host="10.1.2.3", origin="http://evil.example").status == 403
    assert desk.ask("POST", "health", host="127.0.0.1").status == 401


def test_calls_without_a_socket_need_no_token() -> None:
    desk = Desk(in_process=True, control_token=TOKEN)
    assert desk.ask("GET", "requests", host="test").status == 200
    assert desk.ask("GET", "requests", host="evil.example").status == 403


def test_token_may_be_sent_to_a_server_that_asks_for_none(desk: Desk) -> None:
    assert desk.ask("GET", f"requests?token={TOKEN}", x_mock_token=TOKEN).status == 200


def test_preflights_need_no_token_but_an_origin_that_may_come() -> None:
    desk = Desk(control_token=TOKEN, allowed_origins=("https://app.example",))
    assert desk.ask("OPTIONS", "settings", host="mock:8000", origin="https://app.example").status == 204
    assert desk.ask("OPTIONS", "settings", host="mock:8000", origin="https://evil.example").status == 403


def test_pages_of_the_server_itself_may_use_it_with_the_token() -> None:
    desk = Desk(control_token=TOKEN)
    page: dict[str, Any] = {"host": "Mock:8000", "origin": "http://mock:8000"}
    assert desk.ask("POST", "reset", x_mock_token=TOKEN, **page).status == 200
    assert desk.ask("POST", "reset", **page).status == 403


def test_token_names_no_session_and_is_shown_nowhere() -> None:
    desk = Desk(control_token=TOKEN)
    bearer = f"Bearer {TOKEN}"
    assert desk.ask("POST", "reset", authorization=bearer).json == {"reset": "all"}
    assert desk.ask("POST", "scenarios", {"reply": "x"}, authorization=bearer).status == 400
    assert desk.ask("POST", f"reset?token={TOKEN}", authorization=f"Bearer {KEY}").json["reset"] == "sk-ant-…last"
    body = {"model": "claude-a", "messages": []}
    assert desk.ask("POST", f"explain?token={TOKEN}", body, authorization=bearer, x_mock_token=TOKEN).status == 200
    (call,) = desk.explained
    assert TOKEN not in str(call)
    asked = desk.ask("GET", f"requests?token={TOKEN}&sttus=4", authorization=bearer)
    # A page would send its address, with the token in it, along with its next request.
    assert (asked.status, asked.headers["referrer-policy"]) == (400, "no-referrer")
    assert desk.store.sessions.names() == ()
