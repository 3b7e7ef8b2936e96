"""What pages of other origins may do with the API and with the control interface."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from starlette.middleware.cors import CORSMiddleware

from mockserver import MockApp, Settings, asgi_transport
from mockserver.serving import cors
from mockserver.testing import MockSession
from tests.sockets import HELLO

PAGE = "https://app.example"
PREFLIGHTS: list[dict[str, str]] = [
    {"access-control-request-method": "POST"},
    {"access-control-request-method": "POST", "access-control-request-headers": "x-api-key, x-other"},
    {"access-control-request-method": "GET", "access-control-request-private-network": "true"},
    {"access-control-request-method": "BREW"},
    {"access-control-request-method": "DELETE", "origin": "null"},
]


def ask(app: Any, method: str, path: str, headers: dict[str, str]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    async def once() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1") as client:
            content = HELLO if method == "POST" and path.startswith("/v1/") else None
            answered: httpx2.Response = await client.request(method, path, headers=headers, content=content)
            return answered

    answered = asyncio.run(once())
    return answered.status_code, answered.headers.raw, answered.content


def reference() -> CORSMiddleware:
    """Starlette's own, around an application that answers nothing of interest."""
    return CORSMiddleware(
        MockApp(), allow_origins=["*"], allow_methods=cors.METHODS, allow_headers=["*"], allow_private_network=True,
        expose_headers=["*"], max_age=cors.DAY,
    )  # fmt: skip


@pytest.mark.parametrize("headers", PREFLIGHTS)
def test_preflights_are_answered_as_starlette_does(headers: dict[str, str]) -> None:
    asked = {"origin": PAGE, **headers}
    found, expected = (ask(app, "OPTIONS", "/v1/messages", asked) for app in (MockApp(), reference()))
    assert found == expected
    assert found[0] == (400 if "BREW" in headers.values() else 200)


def test_any_page_may_read_answers_of_the_api() -> None:
    status, headers, _ = ask(MockApp(), "POST", "/v1/messages", {"origin": PAGE})
    assert status == 200
    assert headers[-3:] == [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"*"),
        (b"vary", b"Origin"),
    ]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ({"text": "Hi.", "headers": {"retry-after-ms": "20"}}, 200),
        ({"error": 429, "headers": {"retry-after-ms": "20"}}, 429),
        ({"error": 529, "headers": {"retry-after-ms": "20"}}, 529),
        ({"raw": {"status": 502, "body": "<html>", "headers": {"retry-after-ms": "20"}}}, 502),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_page_may_read_what_a_script_adds(
    session: MockSession, reply: dict[str, Any], status: int, stream: bool
) -> None:
    session.when().reply(**reply)
    body, headers = {**json.loads(HELLO), "stream": stream}, {"origin": PAGE, "x-api-key": session.api_key}
    answered = httpx2.post(f"{session.url}/v1/messages", json=body, headers=headers)
    assert answered.status_code == status
    assert answered.headers["retry-after-ms"] == "20"
    assert answered.headers["access-control-expose-headers"] == "*"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"access-control-allow-origin": PAGE}, [PAGE, "*", "Origin"]),
        ({"Access-Control-Expose-Headers": "x-a"}, ["*", "x-a", "Origin"]),
        ({"access-control-allow-origin": PAGE, "vary": "Origin"}, [PAGE, "*", "Origin"]),
        ({"vary": "accept-encoding, origin"}, ["*", "*", "accept-encoding, origin"]),
        ({"vary": "Accept-Encoding"}, ["*", "*", "Accept-Encoding, Origin"]),
        ({"vary": "*"}, ["*", "*", "*"]),
    ],
)
@pytest.mark.parametrize("answer", [{"text": "Hi."}, {"error": 429}, {"raw": {"status": 502, "body": "no"}}])
def test_what_a_script_says_of_origins_wins(
    session: MockSession, answer: dict[str, Any], said: dict[str, str], expected: list[str]
) -> None:
    session.when().reply(**answer, headers=said)
    headers = {"origin": PAGE, "x-api-key": session.api_key}
    found = httpx2.post(f"{session.url}/v1/messages", content=HELLO, headers=headers).headers
    names = ("access-control-allow-origin", "access-control-expose-headers", "vary")
    assert [found[name] for name in names] == expected


def test_programs_are_told_nothing() -> None:
    for path in ("/v1/models", "/_mock/health"):
        _, headers, _ = ask(MockApp(), "GET", path, {})
        assert not [name for name, _ in headers if name.startswith(b"access-control") or name == b"vary"]


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize(
    ("given", "status", "allowed"),
    [
        ({"origin": "http://localhost:5173"}, 200, b"http://localhost:5173"),
        ({"origin": "http://[::1]:8000"}, 200, b"http://[::1]:8000"),
        ({"origin": "https://a.localhost"}, 200, b"https://a.localhost"),
        ({"origin": PAGE}, 403, None),
        ({"origin": "null"}, 403, None),
        ({"origin": "http://localhost:5173", "host": "rebound.example"}, 403, None),
    ],
)
def test_only_local_pages_may_use_the_control_interface(
    method: str, given: dict[str, str], status: int, allowed: bytes | None
) -> None:
    found, headers, _ = ask(MockApp(), method, "/_mock/health", given)
    assert found == (204 if status == 200 and method == "OPTIONS" else status)
    assert dict(headers).get(b"access-control-allow-origin") == allowed
    assert (b"PATCH" in dict(headers).get(b"access-control-allow-methods", b"")) is bool(allowed)
    assert (b"vary", b"origin") in headers if allowed else b"vary" not in dict(headers)


OPT_IN = "anthropic-dangerous-direct-browser-access"
STRICT = {"origin": PAGE, "x-api-key": "k", "anthropic-version": "2023-06-01"}


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/messages"), ("GET", "/v1/models")])
@pytest.mark.parametrize("opt_in", [{}, {OPT_IN: "false"}, {OPT_IN: ""}])
def test_pages_have_to_say_that_their_key_may_be_seen(method: str, path: str, opt_in: dict[str, str]) -> None:
    status, headers, body = ask(MockApp(Settings(profile="anthropic")), method, path, {**STRICT, **opt_in})
    assert status == 401
    assert json.loads(body)["error"] == {
        "type": "authentication_error",
        "message": "CORS requests must set 'anthropic-dangerous-direct-browser-access' header",
    }
    assert b"access-control-allow-origin" not in dict(headers)


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        (Settings(profile="anthropic"), {**STRICT, OPT_IN: "true"}),
        (Settings(profile="anthropic"), {**STRICT, OPT_IN: "True"}),
        (Settings(), STRICT),
    ],
)
def test_pages_that_say_so_are_answered(settings: Settings, headers: dict[str, str]) -> None:
    status, answered, _ = ask(MockApp(settings), "POST", "/v1/messages", headers)
    assert (status, dict(answered)[b"access-control-allow-origin"]) == (200, b"*")


def test_pages_of_allowed_origins_may_send_the_token() -> None:
    app = MockApp(Settings(control_token="a-token", allowed_origins=(PAGE,)))
    wanted = {"access-control-request-method": "POST", "access-control-request-headers": "x-mock-token"}
    asked = {"origin": PAGE, "host": "mock:8000", **wanted, "access-control-request-private-network": "true"}
    status, headers, _ = ask(app, "OPTIONS", "/_mock/reset", asked)
    assert status == 204
    assert dict(headers)[b"access-control-allow-origin"] == PAGE.encode()
    assert dict(headers)[b"access-control-allow-private-network"] == b"true"
    assert b"x-mock-token" in dict(headers)[b"access-control-allow-headers"].split(b", ")
    assert b"POST" in dict(headers)[b"access-control-allow-methods"].split(b", ")
    for given, expected in ({}, 401), ({"x-mock-token": "a-token"}, 200):
        status, headers, _ = ask(app, "POST", "/_mock/reset", {"origin": PAGE, "host": "mock:8000", **given})
        assert (status, dict(headers).get(b"access-control-allow-origin")) == (expected, PAGE.encode())


def test_scripted_headers_keep_their_place() -> None:
    transport = asgi_transport()
    transport.session("k").reply(raw={"body": "x", "headers": {"vary": "accept", "access-control-allow-origin": "me"}})
    with httpx2.Client(transport=transport) as client:
        answered = client.post("http://m/v1/messages", content=HELLO, headers={"x-api-key": "k", "origin": PAGE})
    assert (answered.headers["vary"], answered.headers["access-control-allow-origin"]) == ("accept, Origin", "me")
