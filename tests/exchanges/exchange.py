"""What is sent, and what is seen of the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Headers = tuple[tuple[str, str], ...]

KEY = "sk-ant-api03-exchanges-0001"
VERSION, NEWER = "2023-06-01", "2026-10-21"
MESSAGES, COUNT = "/v1/messages", "/v1/messages/count_tokens"
# Long enough for every answer that comes; and for those of which it is known that no more comes.
PATIENT, IMPATIENT = 20.0, 0.5


@dataclass(frozen=True)
class Answer:
    """An answer as it stood on the wire, its body without the chunks in which it came.

    ``end`` is ``complete``, ``closed`` (complete, and the connection with it), ``cut``, ``reset`` (cut by force),
    ``silence`` (no more came, and the client left) or ``more than it said``.
    """

    status: int
    headers: Headers
    body: bytes
    end: str


@dataclass(frozen=True)
class Seen:
    """What came of an exchange; ``trouble`` says why it could not be sent."""

    answers: tuple[Answer, ...] = ()
    trouble: str = ""


# The requests and answers of the conversation so far.
Past = Sequence[tuple[bytes, Seen]]


@dataclass(frozen=True)
class Exchange:
    """A request, or how it is made of what was said before, and how many answers it gets.

    A request that is ``alone`` has a connection of its own, on which another request follows: its answer shows whether
    the connection was kept. ``patience`` is the silence after which the client leaves, in seconds. A request that is
    ``torn`` comes in pieces of so many bytes.
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


def headed(session: str, headers: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """The headers of a common request with changes; None leaves one out."""
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
    return request(f"POST {path}", headed(session, headers), body if isinstance(body, bytes) else dumped(body))


def dumped(value: Any) -> bytes:
    """The value as JSON without spaces, its texts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def both(name: str, body: Json, session: str, headers: Mapping[str, str | None] | None = None) -> list[Exchange]:
    """The request whole and streamed."""
    streamed = {"whole": False, "stream": True}
    return [
        Exchange(f"{name}/{kind}", post({**body, "stream": stream}, session, headers=headers))
        for kind, stream in streamed.items()
    ]


def journal(session: str) -> list[Exchange]:
    """What the journal shows of a session: the list, its first request and its last."""

    def shown(index: int, back: int) -> Callable[[Past], bytes]:
        def ask(past: Past) -> bytes:
            (listed,) = past[-back][1].answers
            number = json.loads(listed.body)["requests"][index]["number"]
            return request(f"GET /_mock/requests/{number}", headed(session))

        return ask

    listed = request("GET /_mock/requests?limit=1000", headed(session))
    return [
        Exchange(f"{session}/journal", listed),
        Exchange(f"{session}/journal/first", shown(0, 1)),
        Exchange(f"{session}/journal/last", shown(-1, 2)),
    ]
