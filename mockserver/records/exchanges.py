"""An exchange with an upstream as it was recorded, whichever way it came to us."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


class Chunk(Struct, frozen=True):
    """Bytes of a body that came together, ``delay`` seconds after what came before; of the first: after the headers."""

    data: bytes
    delay: float = 0.0


class RecordedRequest(Struct, frozen=True):
    """A request as it was sent to the upstream. ``path`` begins behind the prefix of a gateway (``/v1/messages``).

    ``headers`` has lower-case names; ``query`` has no question mark; ``body`` is decoded (gzip, deflate).
    """

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    query: str = ""


class RecordedResponse(Struct, frozen=True):
    """An answer of the upstream. Names of ``headers`` are in lower case; a header may come several times.

    ``chunks`` are its body, decoded: there is no ``content-encoding`` among the headers. ``content`` is a file with the
    body instead, where that is too large for memory; it has no times. ``first`` is the seconds from the request to the
    headers; None: no times are known. ``end`` is ``close``, or ``abort`` when the upstream cut the answer.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    chunks: tuple[Chunk, ...] = ()
    content: Path | None = None
    first: float | None = None
    end: str = "close"

    @property
    def body(self) -> bytes:
        """The whole body. Of one in a file it is read anew each time."""
        return b"".join([chunk.data for chunk in self.chunks]) if self.content is None else self.content.read_bytes()

    def header(self, name: str) -> str:
        """The value of a header, the first when it came several times; "" when it did not."""
        return next((value for each, value in self.headers if each == name), "")

    @property
    def is_stream(self) -> bool:
        """Whether the body is a stream of events."""
        return self.header("content-type").startswith("text/event-stream")


class RecordedExchange(Struct, frozen=True):
    """A request, its answer, and the time of the request in seconds since 1970; 0.0: not known.

    ``test`` names the test that it was made in; "": none. ``id`` is its number in the side file of its cassette,
    from 1; 0: it is in none yet.
    """

    request: RecordedRequest
    response: RecordedResponse
    at: float = 0.0
    id: int = 0
    test: str = ""
