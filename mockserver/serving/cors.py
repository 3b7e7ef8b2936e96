"""CORS: pages of any origin may use the API, those of this machine and of allowed origins the control interface."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.control import guard
from mockserver.delivery.headers import merge_headers
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Piece
from mockserver.records.settings import Settings

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
DAY = 86400
# A page may read every header, those of scripts too. Both stars hold because no answer allows credentials: a key in
# x-api-key or authorization is none in the sense of the fetch standard, which means cookies and the browser's log-ins.
API = {"access-control-allow-origin": "*", "access-control-expose-headers": "*"}
CONTROL = {
    "access-control-allow-methods": "GET, POST, PATCH, DELETE",
    "access-control-allow-headers": "content-type, authorization, last-event-id, x-api-key, x-mock-session, "
    + guard.TOKEN,
}
PREFLIGHT = {
    "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers,"
    " Access-Control-Request-Private-Network",
    "access-control-allow-origin": "*",
    "access-control-allow-methods": ", ".join(METHODS),
    "access-control-max-age": str(DAY),
}


def is_preflight(call: Call) -> bool:
    """Whether a browser asks before it sends the request that a page wants."""
    headers = call.headers
    return call.method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def answer_preflight(call: Call) -> Delivery:
    """Permission for whatever a page wants of the API, but for methods that do not exist."""
    headers = dict(PREFLIGHT)
    if (wanted := call.headers.get("access-control-request-headers")) is not None:
        headers["access-control-allow-headers"] = wanted
    if "access-control-request-private-network" in call.headers:
        headers["access-control-allow-private-network"] = "true"
    is_known = call.headers["access-control-request-method"] in METHODS
    body = b"OK" if is_known else b"Disallowed CORS method"
    headers |= {"content-length": str(len(body)), "content-type": "text/plain; charset=utf-8"}
    return Delivery(200 if is_known else 400, tuple(headers.items()), (Piece(body),))


def open_to_any(delivery: Delivery) -> Delivery:
    """An answer of the API, which any page may read, unless a script says otherwise: each header of its own wins."""
    said = dict(delivery.headers)
    return _with_headers(delivery, {**API, **{name: said[name] for name in API if name in said}, "vary": _vary(said)})


def _vary(said: Mapping[str, str]) -> str:
    named = [name.strip() for name in said.get("vary", "").split(",") if name.strip()]
    is_said = any(name.lower() in {"origin", "*"} for name in named)
    return ", ".join(named if is_said else [*named, "Origin"])


def open_to_allowed(delivery: Delivery, call: Call, settings: Settings) -> Delivery:
    """An answer of the control interface, which only pages that may use it may read."""
    origin = guard.find_reader(call, settings)
    if origin is None:
        return delivery
    headers = {"access-control-allow-origin": origin, **CONTROL, "vary": "origin"}
    if "access-control-request-private-network" in call.headers:
        headers["access-control-allow-private-network"] = "true"
    return _with_headers(delivery, headers)


def _with_headers(delivery: Delivery, headers: Mapping[str, str]) -> Delivery:
    return replace(delivery, headers=merge_headers(delivery.headers, headers))
