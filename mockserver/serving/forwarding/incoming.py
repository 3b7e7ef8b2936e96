"""A request as its client sent it, of which a call tells only what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from mockserver.records.call import SESSION_PATH, Call

Pairs = tuple[tuple[bytes, bytes], ...]
# What need not be quoted in a path.
_SAFE = "/:@!$&'()*+,;=~-._%"


class Incoming(Struct, frozen=True):
    """A request as it was sent. ``path`` stands behind the name of a session, and has no query.

    Names of ``headers`` are in lower case. ``call`` has the body, as it was sent.
    """

    call: Call
    path: bytes
    query: bytes
    headers: Pairs

    @property
    def target(self) -> bytes:
        """The path with its query."""
        return b"%b?%b" % (self.path, self.query) if self.query else self.path


def from_scope(scope: Mapping[str, Any], call: Call) -> Incoming:
    """The request of an ASGI scope, from which the call was made."""
    headers = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
    return Incoming(call, _find_path(scope.get("raw_path") or b"", call), scope["query_string"], headers)


def from_request(request: Any, call: Call) -> Incoming:
    """The request of an httpx or httpx2 client, from which the call was made."""
    path, _, query = request.url.raw_path.partition(b"?")
    headers = tuple((name.lower(), value) for name, value in request.headers.raw)
    return Incoming(call, _find_path(path, call), query, headers)


def _find_path(sent: bytes, call: Call) -> bytes:
    """The path as it was sent, behind mount and session; where these cannot be cut off, as it is understood."""
    meant = (
        call.path.removeprefix(call.root) if call.root and f"{call.path}/".startswith(f"{call.root}/") else call.path
    )
    path = sent.removeprefix(quote(call.root).encode()) if call.root else sent
    if call.session_path and path.startswith(SESSION_PATH.encode()):
        path = b"/" + b"/".join(path.split(b"/", 3)[3:])
    is_same = path.startswith(b"/") and unquote_to_bytes(path).decode("utf-8", "replace") == meant
    return path if is_same else quote(meant or "/", safe=_SAFE.replace("%", "")).encode()
