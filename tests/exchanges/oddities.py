"""HTTP itself: headers, versions, framing; requests that are broken, in pieces, or pipelined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .edges import DATA, STREAM
from .exchange import COUNT, MESSAGES, Exchange, Group, make_headers, request

# Headers beside the common ones; None leaves one out.
BESIDE: Mapping[str, Mapping[str, str | None]] = {
    "closing": {"connection": "close"},
    "keeping": {"connection": "keep-alive"},
    "asks to go on": {"expect": "100-continue"},
    "asks for something": {"expect": "200-ok"},
    "h2c": {"connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABk"},
    "websocket": {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"},
    "closing h2c": {"connection": "close, upgrade", "upgrade": "h2c"},
    "upgrade without connection": {"upgrade": "h2c"},
    "no host": {"host": None},
    "other host": {"host": "evil.example"},
    "latin header": {"x-other": "é"},
    "folded": {"x-other": "a\r\n b"},
    "spaces": {"x-other": "   a   "},
    "long header": {"x-other": "a" * 30_000},
    "too long header": {"x-other": "a" * 70_000},
    "many headers": {f"x-{number}": "a" for number in range(300)},
    "accepts gzip": {"accept-encoding": "gzip, br", "accept": "text/event-stream"},
}
CHUNKED = b"%x\r\n%b\r\n%x;ext=1\r\n%b\r\n0\r\n" % (20, DATA[:20], len(DATA) - 20, DATA[20:])


def groups() -> Iterator[Group]:
    """All groups of this module."""
    yield Group("http", "relay", tuple(requests("http")))
    yield Group("framing", "relay", tuple(framing("framing")))
    yield Group("broken", "relay", tuple(broken("broken")))
    yield Group("rows", "relay", tuple(rows("rows")))


def requests(session: str) -> Iterator[Exchange]:
    """Headers of every kind, versions of HTTP, in one piece and in many."""
    targets = {"whole": (MESSAGES, DATA), "streamed": (MESSAGES, STREAM), "health": ("/_mock/health", None)}
    for version in ("1.1", "1.0"):
        for name, beside in BESIDE.items():
            for kind, (path, body) in targets.items():
                line = f"{'GET' if body is None else 'POST'} {path} HTTP/{version}"
                sent = request(line, make_headers(session, beside), body)
                yield Exchange(f"{version} {name}/{kind}", sent, alone=True)
                if len(sent) < 2000:
                    yield Exchange(f"{version} {name}/{kind}/torn", sent, alone=True, torn=97)
    plain = request(f"POST {MESSAGES}", make_headers(session), DATA)
    yield Exchange("by the byte", plain, torn=1)
    yield Exchange("capitals", plain.replace(b"x-api-key", b"X-API-Key").replace(b"content-length", b"Content-LENGTH"))
    yield Exchange("bare line ends", plain.replace(b"\r\n", b"\n"), alone=True)
    yield Exchange("empty line first", b"\r\n" + plain, alone=True)
    yield Exchange("repeated header", plain.replace(b"host:", b"x-a: 1\r\nx-a: 2\r\nhost:"))
    yield Exchange("two keys", plain.replace(b"host:", b"x-api-key: other\r\nhost:"))
    yield Exchange("two lengths", plain.replace(b"host:", b"content-length: 3\r\nhost:"), alone=True)
    for version in ("HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/x", "ICY/1.1"):
        yield Exchange(version, plain.replace(b"HTTP/1.1", version.encode()), alone=True)


def framing(session: str) -> Iterator[Exchange]:
    """Bodies in chunks, with and without trailers, for the API, a browser and the control interface."""
    for path in (MESSAGES, COUNT, "/_mock/explain"):
        for name, beside in (("plain", {}), ("browser", {"origin": "http://localhost"})):
            headers = {**make_headers(session, beside), "transfer-encoding": "chunked"}
            for kind, end in (("", b"\r\n"), ("/trailer", b"x-trailer: 1\r\n\r\n")):
                sent = request(f"POST {path}", headers) + CHUNKED + end
                yield Exchange(f"{path} {name}{kind}", sent, alone=True)
                yield Exchange(f"{path} {name}{kind}/torn", sent, alone=True, torn=50)
            head = request(f"POST {path}", headers)
            for kind, body in (
                ("no size", b"xyz\r\n"),
                ("too short", b"5\r\n{}\r\n0\r\n\r\n"),
                ("nothing", b"0\r\n\r\n"),
            ):
                yield Exchange(f"{path} {name}/{kind}", head + body, alone=True)
            both = request(f"POST {path}", headers, DATA).replace(DATA, CHUNKED + b"\r\n")
            yield Exchange(f"{path} {name}/both", both, alone=True)


def broken(session: str) -> Iterator[Exchange]:
    """Bytes that are no request, and requests that no server of the API supports."""
    host = b"host: 127.0.0.1\r\n"
    for number, sent in enumerate(
        (
            *(
                b"no HTTP at all\r\n\r\n",
                b"\0\1\2\3\r\n\r\n",
                b"GET\r\n\r\n",
                b"GET / \r\n\r\n",
                b"GET  / HTTP/1.1\r\n\r\n",
            ),
            *(b"GET / HTTP/1.1\r\n: nameless\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"),
            *(b"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", b"GET / HTTP/1.1\r\nx: a\0b\r\n\r\n"),
            *(b"G\xc3\x89T / HTTP/1.1\r\n" + host + b"\r\n", "GET /v1ü HTTP/1.1\r\n".encode() + host + b"\r\n"),
            *(
                b"POST / HTTP/1.1\r\n" + host + b"content-length: " + size + b"\r\n\r\n"
                for size in (b"-1", b"x", b"1x")
            ),
            b"POST / HTTP/1.1\r\n" + host + b"transfer-encoding: gzip\r\n\r\n",
            b"CONNECT example.com:443 HTTP/1.1\r\n" + host + b"\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        )
    ):
        yield Exchange(str(number), sent, alone=True)
    good = request(f"POST {MESSAGES}", make_headers(session), DATA)
    yield Exchange("behind a good one", good + b"no HTTP at all\r\n\r\n", answers=2, alone=True)
    yield Exchange("endless headers", good.partition(b"\r\n\r\n")[0] + b"\r\nx-long: " + b"x" * (1 << 20), alone=True)


def rows(session: str) -> Iterator[Exchange]:
    """Several requests at once on one connection."""
    kinds = {
        "whole": request(f"POST {MESSAGES}", make_headers(session), DATA),
        "streamed": request(f"POST {MESSAGES}", make_headers(session), STREAM),
        "browser": request(f"POST {MESSAGES}", make_headers(session, {"origin": "http://localhost"}), DATA),
        "models": request("GET /v1/models?limit=1", make_headers(session)),
        "control": request("GET /_mock/settings", make_headers(session)),
        "refused": request(f"POST {MESSAGES}", make_headers(session), b"{"),
        "h2c": request(f"POST {MESSAGES}", make_headers(session, {"connection": "upgrade", "upgrade": "h2c"}), DATA),
    }
    for first, sent in kinds.items():
        for second, more in kinds.items():
            yield Exchange(f"{first}, {second}", sent + more, answers=2, alone=True)
        yield Exchange(f"twenty {first}", sent * 20, answers=20, alone=True)
        yield Exchange(f"twenty {first}/torn", sent * 20, answers=20, alone=True, torn=1111)
        last = sent.replace(b"host:", b"connection: close\r\nhost:")
        yield Exchange(f"last {first}", last + kinds["whole"], alone=True)
