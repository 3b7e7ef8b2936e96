"""The parts of an upstream's URL that a request needs."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from mockserver.recordings.upstreams import show_host


def find_origin(url: str) -> str:
    """Scheme, host and port: nothing that is secret, since clients write it into their log."""
    return f"{_split(url).scheme}://{show_host(url)}/"


def find_target(url: str, sent: bytes) -> bytes:
    """The target of a request at the upstream: below the path of its URL, else byte for byte as it was sent."""
    return _split(url).path.rstrip("/").encode() + sent


def write_basic_auth(url: str) -> bytes:
    """The value of ``authorization`` that user and password in the URL ask for; b"" when it has none."""
    parts = _split(url)
    if parts.username is None:
        return b""
    user, password = unquote(parts.username), unquote(parts.password or "")
    return b"Basic " + b64encode(f"{user}:{password}".encode())


@lru_cache(maxsize=16)
def _split(url: str) -> SplitResult:
    return urlsplit(url)
