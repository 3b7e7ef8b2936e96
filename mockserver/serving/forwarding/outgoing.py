"""A request as it goes to its upstream, made for the HTTP client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from mockserver.recordings.recorder import Upstream
from mockserver.records.call import Call
from mockserver.serving.forwarding.headers import FORWARDED, choose_request_headers, list_servers
from mockserver.serving.forwarding.incoming import Incoming
from mockserver.serving.forwarding.targets import find_origin, find_target, write_basic_auth

# Bytes of a large body that are read at a time.
_PART = 64 * 1024


def list_decodable(client: Any) -> frozenset[str]:
    """The encodings that a client decodes: gzip and deflate; br and zstd with their packages."""
    return frozenset(name.strip() for name in client.headers.get("accept-encoding", "").split(","))


def make_request(
    library: Any,
    incoming: Incoming,
    upstream: Upstream,
    decodable: frozenset[str],
    server: str,
    body: Any,
    timeout: Mapping[str, float | None] | None = None,
) -> Any:
    """The request that goes to an upstream.

    Args:
        library: the module of the client.
        incoming: what came.
        upstream: where it goes.
        decodable: the encodings that the answer may have.
        server: the name of this server, which the request has passed then.
        body: bytes, or parts of bytes.
        timeout: seconds as httpx2 has them; None: those of the client.

    Raises:
        Exception: of the library; there is no such request.
    """
    headers = choose_request_headers(incoming.headers, upstream, decodable)
    headers.append((FORWARDED, ", ".join([*list_servers(incoming.headers), server]).encode("latin-1")))
    if basic := write_basic_auth(upstream.url):
        headers = [each for each in headers if each[0] != b"authorization"]
        headers.append((b"authorization", basic))
    call = incoming.call
    if call.size or "content-length" in call.headers:
        headers.append((b"content-length", str(call.size).encode()))
    return library.Request(
        call.method,
        find_origin(upstream.url),
        headers=headers,
        content=body,
        extensions={"target": find_target(upstream.url, incoming.target), **({"timeout": timeout} if timeout else {})},
    )


def read_parts(call: Call) -> bytes | Iterator[bytes]:
    """The body of a call: whole, or in parts where it is large."""
    if call.spool is None:
        return call.body
    reader = call.open()
    return iter(lambda: reader.read(_PART), b"")


def read_parts_async(call: Call) -> bytes | AsyncIterator[bytes]:
    """The same for an async client."""
    parts = read_parts(call)
    return parts if isinstance(parts, bytes) else _pass(parts)


async def _pass(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
