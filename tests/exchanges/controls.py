"""The control interface: each endpoint, asked rightly and wrongly, for one session, for all, and by whom it may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .edges import HELLO
from .exchange import COUNT, Exchange, Group, dumped, headed, post, request
from .questions import ENDPOINTS, EXPLAINED, HOSTS, METHODS, ONE, QUERIES, SCENARIOS, SETTINGS, WHENS

# Who asks, and about what.
ASKERS: Mapping[str, Mapping[str, str | None]] = {
    "session": {},
    "key": {"x-mock-session": None},
    "nobody": {"x-mock-session": None, "x-api-key": None},
    "stranger": {"x-mock-session": "stranger"},
}
# What changes too much to be asked at once; and the length of a journal depends on how long the calls took.
LATER = (("DELETE", "requests"), ("POST", "reset"), ("HEAD", "requests"), ("HEAD", "requests/1"))


def groups() -> Iterator[Group]:
    """All groups of this module."""
    for name, headers in ASKERS.items():
        yield Group(f"control/{name}", "control", tuple(asked(f"control/{name}", headers)))
    for server in ("relay", "hosts"):
        yield Group(f"guard/{server}", server, tuple(guarded(f"guard/{server}")))
    yield Group("bounds", "bounds", tuple(bounds()))


def asked(session: str, headers: Mapping[str, str | None]) -> Iterator[Exchange]:
    """Some calls, and then every question."""
    for text in ("weather in Oslo", "Hello mock server", "weather in Rome", "fail with 500", "x" * 3000):
        body = {**HELLO, "messages": [{"role": "user", "content": text}]}
        yield Exchange(f"called/{text[:20]}", post(body, session))
    yield Exchange("called/count", post(HELLO, session, COUNT))
    yield Exchange("called/wrong", post({**HELLO, "top_p": 7}, session))
    own = headed(session, headers)
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
    yield from ended(session, own)


def ended(session: str, own: Mapping[str, str]) -> Iterator[Exchange]:
    """What changes something: scenarios removed, settings, the journal cleared, everything started over."""
    for name in ("one", "a b/c", "a%20b/c", "nothing"):
        yield Exchange(f"remove/{name}", request(f"DELETE /_mock/scenarios/{name.replace(' ', '%20')}", own))
    for number, change in enumerate(SETTINGS):
        body = change if isinstance(change, bytes) else dumped(change)
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


def guarded(session: str) -> Iterator[Exchange]:
    """Hosts and origins of this machine and of others."""
    for host in HOSTS:
        yield Exchange(f"host {host}", request("GET /_mock/settings", headed(session, {"host": host})))
        for scheme in ("http", "https"):
            headers = headed(session, {"origin": f"{scheme}://{host}"})
            yield Exchange(f"origin {scheme} {host}", request("GET /_mock/settings", headers))
            yield Exchange(f"origin {scheme} {host}/asks", request("OPTIONS /_mock/settings", headers))
    for origin in ("null", "chrome-extension://abc", "file://"):
        yield Exchange(f"origin {origin}", request("GET /_mock/settings", headed(session, {"origin": origin})))


def bounds() -> Iterator[Exchange]:
    """More sessions and requests than a server keeps."""
    for number in range(12):
        session = f"bounds {number % 5}"
        yield Exchange(f"{number}", post(HELLO, session))
        yield Exchange(f"{number}/requests", request("GET /_mock/requests", headed(session, {"x-mock-session": None})))
        yield Exchange(f"{number}/own", request("GET /_mock/requests", headed(session)))
    yield Exchange("health", request("GET /_mock/health", headed("bounds")))
