"""An exchange: the request that is sent, and the answer as a client sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Headers = tuple[tuple[str, str], ...]

KEY = "sk-ant-api03-exchanges-0001"
VERSION, NEWER = "2023-06-01", "2026-10-21"
MESSAGES, COUNT, CHAT = "/v1/messages", "/v1/messages/count_tokens", "/v1/chat/completions"
# Seconds of silence after which a client leaves: for most answers, and for those that are known to hang.
PATIENT, IMPATIENT = 20.0, 0.5


@dataclass(frozen=True)
class Answer:
    """An answer as it came over the wire, its body joined from its chunks.

    ``end`` is ``complete``, ``closed`` (complete, and the connection with it), ``cut``, ``reset`` (cut by force),
    ``silence`` (no more came, and the client left) or ``more than it said`` (more bytes than promised).
    """

    status: int
    headers: Headers
    body: bytes
    end: str


@dataclass(frozen=True)
class Outcome:
    """The answers of an exchange; ``trouble`` says why it could not be sent."""

    answers: tuple[Answer, ...] = ()
    trouble: str = ""


# The requests and answers of the conversation so far.
Past = Sequence[tuple[bytes, Outcome]]


@dataclass(frozen=True)
class Exchange:
    """A request, or a function that makes it from the conversation so far, and the number of answers it gets.

    A request that is ``alone`` has a connection of its own, on which another request follows: its answer shows whether
    the connection was kept. ``patience`` is the silence after which the client leaves, in seconds. ``torn`` is the size
    of the pieces in which the request is sent; 0: in one.
    """

    name: str
    request: bytes | Callable[[Past], bytes]
    answers: int = 1
    alone: bool = False
    torn: int = 0
    patience: float = PATIENT


@dataclass(frozen=True)
class Group:
    """Exchanges one after the other with one server, most of them over one connection."""

    name: str
    server: str
    exchanges: tuple[Exchange, ...]

    @property
    def source(self) -> str:
        """Where the exchanges come from."""
        return self.name.partition("/")[0]


def make_headers(session: str, headers: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The common headers of a request, with changes; None leaves one out."""
    common = {"host": "127.0.0.1", "x-api-key": KEY, "x-mock-session": session, "content-type": "application/json"}
    return {name: value for name, value in {**common, **(headers or {})}.items() if value is not None}


def request(line: str, headers: Mapping[str, str] | Iterable[tuple[str, str]], body: bytes | None = None) -> bytes:
    """A request of HTTP/1.1, unless ``line`` ends with another version."""
    line = line if " HTTP/" in line else f"{line} HTTP/1.1"
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    if body is not None:
        pairs.append(("content-length", str(len(body))))
    head = "\r\n".join((line, *(f"{name}: {value}" for name, value in pairs), "", ""))
    return head.encode("utf-8", "surrogateescape") + (body or b"")


def post(body: Any, session: str, path: str = MESSAGES, headers: Mapping[str, str | None] | None = None) -> bytes:
    """A POST of a JSON value, or of bytes as they are."""
    return request(
        f"POST {path}", make_headers(session, headers), body if isinstance(body, bytes) else encode_json(body)
    )


def encode_json(value: Any) -> bytes:
    """The value as JSON without spaces, its texts unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def both(
    name: str, body: Json, session: str, headers: Mapping[str, str | None] | None = None, path: str = MESSAGES
) -> list[Exchange]:
    """The request, once for a whole answer and once for a stream."""
    streamed = {"whole": False, "stream": True}
    return [
        Exchange(f"{name}/{kind}", post({**body, "stream": stream}, session, path, headers))
        for kind, stream in streamed.items()
    ]


def journal(session: str) -> list[Exchange]:
    """Requests to the journal of a session: for the list, the first entry and the last."""

    def make_request(index: int, back: int) -> Callable[[Past], bytes]:
        def ask(past: Past) -> bytes:
            (listed,) = past[-back][1].answers
            number = json.loads(listed.body)["requests"][index]["number"]
            return request(f"GET /_mock/requests/{number}", make_headers(session))

        return ask

    listed = request("GET /_mock/requests?limit=1000", make_headers(session))
    return [
        Exchange(f"{session}/journal", listed),
        Exchange(f"{session}/journal/first", make_request(0, 1)),
        Exchange(f"{session}/journal/last", make_request(-1, 2)),
    ]
