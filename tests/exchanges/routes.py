"""Routing: methods, paths, and requests of pages in browsers."""

from __future__ import annotations

from collections.abc import Iterator

from .bodies import group
from .edges import DATA, STREAM
from .exchange import COUNT, MESSAGES, Exchange, Group, make_headers, request

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
PATHS = (
    *("/", "//", "/v1", "/v1/", "/v1/messagez", "/v1/messages/", "/v1//messages", "/V1/messages", "/v1/messages/x"),
    *("/anthropic/v1/messages", "/a/b/v1/messages/", "/v1/v1/messages", "/v1/messages?beta=true", "/v1/messages#x"),
    *("/v1%2Fmessages", "/v1/mess%61ges", "/v1/messages%00", "/v1/messages/batches", "/v1/complete", "/v1/models/"),
    *("/favicon.ico", "/_mock", "/_mock/", "/_mock/nothing", "/x/_mock/health", "/v1/messages/../messages", "*"),
    *(
        "http://127.0.0.1/v1/messages",
        "http://other.example/v1/messages?x=1",
        "/%E2%82%AC/v1/messages",
        "/v1/messages;a",
    ),
)
ORIGINS = ("https://app.example", "http://127.0.0.1:5173", "http://localhost", "null", "")
ASKED_HEADERS = "x-api-key, anthropic-version, content-type"


def groups() -> Iterator[Group]:
    """All groups of this module."""
    yield group("routes", "relay", routes("routes"))
    yield group("browsers", "relay", browsers("browsers"))


def routes(session: str) -> Iterator[Exchange]:
    """Each method of each endpoint, and each path."""
    for path in (MESSAGES, COUNT, "/v1/models", "/v1/models/claude-opus-5", "/nowhere", "/_mock/health"):
        for method in METHODS:
            yield Exchange(f"{method} {path}", request(f"{method} {path}", make_headers(session), DATA))
            yield Exchange(f"{method} {path}/empty", request(f"{method} {path}", make_headers(session)))
    for number, path in enumerate(PATHS):
        for method in ("GET", "POST"):
            sent = request(f"{method} {path}", make_headers(session), DATA)
            yield Exchange(f"{number} {method} {path}", sent, alone=True)


def browsers(session: str) -> Iterator[Exchange]:
    """Calls of pages, and their browsers' preflight requests."""
    for origin in ORIGINS:
        for path in (MESSAGES, COUNT, "/v1/models", "/nowhere", "/_mock/health", "/_mock/settings"):
            headers = make_headers(session, {"origin": origin})
            for body, name in ((DATA, "whole"), (STREAM, "streamed"), (b"{", "broken")):
                yield Exchange(f"{origin} {path}/{name}", request(f"POST {path}", headers, body))
            yield Exchange(f"{origin} {path}/got", request(f"GET {path}", headers))
            for number, asking in enumerate(
                (
                    {"access-control-request-method": "POST", "access-control-request-headers": ASKED_HEADERS},
                    {"access-control-request-method": "DELETE", "access-control-request-private-network": "true"},
                    {"access-control-request-method": "NONE"},
                    {},
                )
            ):
                yield Exchange(f"{origin} {path}/asks {number}", request(f"OPTIONS {path}", {**headers, **asking}))
