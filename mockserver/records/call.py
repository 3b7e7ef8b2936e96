"""An HTTP request as received."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.spool import SPOOLED, Spool

VERSIONS = ("2023-06-01", "2026-10-21")
# What stands before the name of a session in a base URL: for clients that can send no header of their own.
SESSION_PATH = "/_session/"
NO_BETAS: frozenset[str] = frozenset()


class Call(Struct, frozen=True):
    """An HTTP request as received.

    ``headers`` has lower-case names; a header sent several times is joined with ", ". ``body`` is already decoded
    (gzip, deflate). ``at`` is the time it arrived, in seconds since 1970: nothing that handles a call reads a clock.
    ``in_process`` says that a client in this very process made it, without a socket; ``is_dropped`` that its body had
    to make room while it was received. ``root`` is the path below which the application is mounted in another one.
    ``local_path`` is the path behind the prefix that the server knows; None where any prefix may stand before it.
    ``spool`` holds the body where that is too large for memory; ``body`` is empty then.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""
    at: float = 0.0
    in_process: bool = False
    is_dropped: bool = False
    root: str = ""
    local_path: str | None = None
    spool: Spool | None = None

    def __repr__(self) -> str:
        # Nothing of what may be secret.
        return f"<Call {self.method} with {len(self.headers)} headers and {self.size} bytes>"

    @property
    def size(self) -> int:
        """The bytes of the body."""
        return len(self.body) if self.spool is None else self.spool.size

    @property
    def is_large(self) -> bool:
        """Whether the body is, or may be, one of those that only some routes take."""
        is_long = len(self.body) > SPOOLED or self.announced > SPOOLED
        return is_long or self.spool is not None or "content-encoding" in self.headers

    def open(self) -> BinaryIO:
        """A reader of the body, in memory or spooled."""
        return BytesIO(self.body) if self.spool is None else self.spool.open()

    def without_spool(self) -> Call:
        """The call as it is recorded: a spooled body is gone when the call has been answered."""
        return self if self.spool is None else replace(self, spool=None)

    @property
    def api_path(self) -> str:
        """The path behind the prefix that the server knows, else the whole path."""
        return self.path if self.local_path is None else self.local_path

    @property
    def version(self) -> str | None:
        """The value of the ``anthropic-version`` header; None when it is absent."""
        return self.headers.get("anthropic-version")

    @property
    def betas(self) -> frozenset[str]:
        """The values of the ``anthropic-beta`` header."""
        given = self.headers.get("anthropic-beta")
        if not given:
            return NO_BETAS
        return frozenset(value.strip() for value in given.split(",") if value.strip())

    @property
    def announced(self) -> int:
        """The bytes of the body as ``content-length`` announces them; 0 when it does not."""
        length = self.headers.get("content-length", "")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0

    @property
    def key(self) -> str | None:
        """The caller's key: ``x-api-key``, else ``Authorization`` with or without "Bearer "."""
        given = self.headers.get("x-api-key")
        if given:
            return given
        given = self.headers.get("authorization", "").strip()
        scheme, _, rest = given.partition(" ")
        return (rest.strip() if scheme.lower() == "bearer" else given) or None

    @property
    def session(self) -> str:
        """The name of the caller's session: ``x-mock-session``, else the key."""
        return self.headers.get("x-mock-session") or self.key or ""


def split_session(path: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The path behind ``/_session/NAME``, and the headers with that name as ``x-mock-session``.

    A path without a name is left as it is, and so are the headers.
    """
    name, _, rest = path.removeprefix(SESSION_PATH).partition("/")
    if not name or not path.startswith(SESSION_PATH):
        return path, headers
    return f"/{rest}", {**headers, "x-mock-session": name}
