"""HTTP requests become calls: bodies read with a bound, headers by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from mockserver.records.call import SESSION_PATH, Call, split_session
from mockserver.records.spool import SPOOLED, Spool
from mockserver.serving.bodies import Body, UnfinishedBodies

if TYPE_CHECKING:
    from starlette.types import Message, Receive


class Received(Struct, frozen=True):
    """A body as it was received; ``is_dropped`` says that it had to make room for others, and is empty for that.

    ``spool`` holds one that is too large for memory.
    """

    data: bytes = b""
    is_dropped: bool = False
    spool: Spool | None = None


NOTHING = Received()


async def read_body(
    receive: Receive, max_body: int, bodies: UnfinishedBodies, find_limit: Callable[[], int] | None = None
) -> Received | None:
    """The whole body; None when the client hung up before its end.

    Of a longer body ``max_body + 1`` bytes are kept: enough to tell that it is too long. Until it is whole, it is one
    of ``bodies``.

    Args:
        receive: gives the parts of the body.
        max_body: the most bytes of a body that is held in memory.
        bodies: all bodies that are being received.
        find_limit: the most bytes of this body, where its route takes more: it is spooled then.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        data = bytes(message.get("body", b""))
        if len(data) <= max_body or find_limit is None or find_limit() <= max_body:
            return Received(data[: max_body + 1])
    body = bodies.begin()
    try:
        while message["type"] == "http.request":
            data = message.get("body", b"")
            if find_limit is not None and len(body.data) + len(data) > SPOOLED:
                if (limit := find_limit()) > max_body:
                    return await _spool(body, data, message, receive, limit, bodies)
                find_limit = None
            bodies.extend(body, data[: max_body + 1 - len(body.data)])
            if not message.get("more_body"):
                return Received(bytes(body.data), body.is_dropped)
            message = await receive()
        return None
    finally:
        bodies.end(body)


async def _spool(
    body: Body, data: bytes, message: Message, receive: Receive, limit: int, bodies: UnfinishedBodies
) -> Received | None:
    """Receive the rest of a body into a file, in which at most one byte more than ``limit`` is kept."""
    spool = Spool()
    spool.write(body.data)
    bodies.end(body)
    while True:
        spool.write(data[: max(0, limit + 1 - spool.size)])
        if not message.get("more_body"):
            return Received(spool=spool)
        message = await receive()
        if message["type"] != "http.request":
            return None
        data = message.get("body", b"")


def is_refusable(headers: Iterable[tuple[bytes, bytes]], max_body: int, find_limit: Callable[[], int]) -> bool:
    """Whether a client asks before it sends a body (``expect: 100-continue``) that is too long: it is not read then."""
    named = dict(headers)
    if b"expect" not in named:
        return False
    length = named.get(b"content-length", b"")
    return length.isdigit() and int(length) > max_body and int(length) > find_limit()


def make_call(
    method: str,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: Received,
    at: float,
    *,
    in_process: bool = False,
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
    return Call(
        method,
        path,
        named,
        body.data,
        query.decode("latin-1"),
        at,
        in_process,
        body.is_dropped,
        spool=body.spool,
    )


def _join_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name, the values of one that came several times joined."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {name: ", ".join(each) for name, each in values.items()}
