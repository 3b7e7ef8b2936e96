"""The control interface: each endpoint, with right and wrong requests, for one session, for all, and from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .edges import HELLO
from .exchange import COUNT, Exchange, Group, encode_json, make_headers, post, request
from .questions import ENDPOINTS, EXPLAINED, HOSTS, METHODS, ONE, QUERIES, SCENARIOS, SETTINGS, WHENS

# The callers, by the headers that choose the session.
CALLERS: Mapping[str, Mapping[str, str | None]] = {
    "session": {},
    "key": {"x-mock-session": None},
    "nobody": {"x-mock-session": None, "x-api-key": None},
    "stranger": {"x-mock-session": "stranger"},
}
# These change too much to be sent among the others; the length of a journal depends on how long the calls took.
LATER = (("DELETE", "requests"), ("POST", "reset"), ("HEAD", "requests"), ("HEAD", "requests/1"))


def groups() -> Iterator[Group]:
    """All groups of this module."""
    for name, headers in CALLERS.items():
        yield Group(f"control/{name}", "control", tuple(questions(f"control/{name}", headers)))
    for server in ("relay", "hosts"):
        yield Group(f"guard/{server}", server, tuple(hosts_and_origins(f"guard/{server}")))
    yield Group("bounds", "bounds", tuple(bounds()))


def questions(session: str, headers: Mapping[str, str | None]) -> Iterator[Exchange]:
    """Some calls of the API, and then every request to the control interface."""
    for text in ("weather in Oslo", "Hello mock server", "weather in Rome", "fail with 500", "x" * 3000):
        body = {**HELLO, "messages": [{"role": "user", "content": text}]}
        yield Exchange(f"called/{text[:20]}", post(body, session))
    yield Exchange("called/count", post(HELLO, session, COUNT))
    yield Exchange("called/wrong", post({**HELLO, "top_p": 7}, session))
    own = make_headers(session, headers)
    for endpoint in ENDPOINTS:
        for method in METHODS:
            if (method, endpoint) not in LATER:
                yield Exchange(f"{method} {endpoint}", request(f"{method} /_mock/{endpoint}", own))
    for query in QUERIES:
        yield Exchange(f"requests/{query}", request(f"GET /_mock/requests?{query}", own))
        yield Exchange(f"requests/{query}/named", request(f"GET /_mock/requests?session={session}&{query}", own))
    for name in ONE:
        yield Exchange(f"request/{name}", request(f"GET /_mock/requests/{name}", own))
    for path, bodies in {"verify": WHENS, "explain": EXPLAINED, "scenarios": SCENARIOS}.items():
        for number, body in enumerate(bodies):
            yield Exchange(f"{path}/{number}", post(body, session, f"/_mock/{path}", headers))
    yield from changes(session, own)


def changes(session: str, own: Mapping[str, str]) -> Iterator[Exchange]:
    """Requests that change something: scenarios, settings, the journal, and the reset."""
    for name in ("one", "a b/c", "a%20b/c", "nothing"):
        yield Exchange(f"remove/{name}", request(f"DELETE /_mock/scenarios/{name.replace(' ', '%20')}", own))
    for number, change in enumerate(SETTINGS):
        body = change if isinstance(change, bytes) else encode_json(change)
        yield Exchange(f"settings/{number}", request("PATCH /_mock/settings", own, body))
        yield Exchange(f"settings/{number}/shown", request("GET /_mock/settings", own))
    for line in (
        "GET /_mock/scenarios",
        "DELETE /_mock/scenarios",
        "DELETE /_mock/requests",
        "GET /_mock/openapi.json",
    ):
        yield Exchange(f"at last/{line}", request(line, own))
    yield Exchange("at last/again", post(HELLO, session))
    for number, body in enumerate((b'{"session": "control/key"}', b'{"session": null}', b'{"sesion": 1}', b"[", b"")):
        yield Exchange(f"reset/{number}", request("POST /_mock/reset", own, body))
        yield Exchange(f"reset/{number}/health", request("GET /_mock/health", own))
    yield Exchange("too long", request("POST /_mock/verify", own, b" " * ((1 << 20) + 1)))


def hosts_and_origins(session: str) -> Iterator[Exchange]:
    """Hosts and origins of this machine and of others."""
    for host in HOSTS:
        yield Exchange(f"host {host}", request("GET /_mock/settings", make_headers(session, {"host": host})))
        for scheme in ("http", "https"):
            headers = make_headers(session, {"origin": f"{scheme}://{host}"})
            yield Exchange(f"origin {scheme} {host}", request("GET /_mock/settings", headers))
            yield Exchange(f"origin {scheme} {host}/asks", request("OPTIONS /_mock/settings", headers))
    for origin in ("null", "chrome-extension://abc", "file://"):
        yield Exchange(f"origin {origin}", request("GET /_mock/settings", make_headers(session, {"origin": origin})))


def bounds() -> Iterator[Exchange]:
    """More sessions and requests than a server keeps."""
    for number in range(12):
        session = f"bounds {number % 5}"
        yield Exchange(f"{number}", post(HELLO, session))
        yield Exchange(
            f"{number}/requests", request("GET /_mock/requests", make_headers(session, {"x-mock-session": None}))
        )
        yield Exchange(f"{number}/own", request("GET /_mock/requests", make_headers(session)))
    yield Exchange("health", request("GET /_mock/health", make_headers("bounds")))
