"""HTTP requests become calls: bodies read with a bound, headers by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from mockserver.records.call import SESSION_PATH, Call, split_session
from mockserver.serving.bodies import UnfinishedBodies

if TYPE_CHECKING:
    from starlette.types import Receive


class Received(Struct, frozen=True):
    """A body as it was received; ``is_dropped`` says that it had to make room for others, and is empty for that."""

    data: bytes = b""
    is_dropped: bool = False


NOTHING = Received()


async def read_body(receive: Receive, max_body: int, bodies: UnfinishedBodies) -> Received | None:
    """The whole body; None when the client hung up before its end.

    Of a longer body ``max_body + 1`` bytes are kept: enough to tell that it is too long. Until it is whole, it is one
    of ``bodies``.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return Received(bytes(message.get("body", b"")[: max_body + 1]))
    body = bodies.begin()
    try:
        while message["type"] == "http.request":
            bodies.extend(body, message.get("body", b"")[: max_body + 1 - len(body.data)])
            if not message.get("more_body"):
                return Received(bytes(body.data), body.is_dropped)
            message = await receive()
        return None
    finally:
        bodies.end(body)


def is_refusable(headers: Iterable[tuple[bytes, bytes]], max_body: int) -> bool:
    """Whether a client asks before it sends a body (``expect: 100-continue``) that is too long: it is not read then."""
    named = dict(headers)
    if b"expect" not in named:
        return False
    length = named.get(b"content-length", b"")
    return length.isdigit() and int(length) > max_body


def make_call(
    method: str,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    at: float,
    *,
    in_process: bool = False,
    is_dropped: bool = False,
) -> Call:
    """The call that an HTTP request makes at a time. Names of ``headers`` are in lower case.

    A session in the path is what the header ``x-mock-session`` says, and takes the place of that header: behind this
    function the path is as without it.
    """
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    if len(named) < len(headers):
        named = _join_values(headers)
    if path.startswith(SESSION_PATH):
        path, named = split_session(path, named)
    return Call(method, path, named, body, query.decode("latin-1"), at, in_process, is_dropped)


def _join_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name, the values of one that came several times joined."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {name: ", ".join(each) for name, each in values.items()}
