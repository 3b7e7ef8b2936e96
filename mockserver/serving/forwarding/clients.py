"""The HTTP clients that ask upstreams: httpx2, imported when the first call is forwarded.

httpx2 rather than httpx: the SDK needs it since 2.0, so most users have it; and it takes the certificates that the
system trusts. Both respect SSL_CERT_FILE, HTTPS_PROXY and NO_PROXY.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import NO_CLIENT
from mockserver.records.call import Call
from mockserver.serving.forwarding.failures import CONNECT, READ, USER_INFO
from mockserver.serving.forwarding.headers import FORWARDED, choose_request_headers, list_servers
from mockserver.serving.forwarding.incoming import Incoming
from mockserver.serving.forwarding.targets import find_origin, find_target, write_basic_auth

# Bytes of a large body that are read at a time.
_PART = 64 * 1024
# Connections that are kept for the next call.
_KEPT = 20


class NoClientError(Exception):
    """No upstream can be asked; the message says what to do."""


def open_client(kind: str, kept: int = _KEPT) -> tuple[Any, Any]:
    """The module of the client, and a new ``Client`` or ``AsyncClient``.

    It speaks HTTP/1.1, verifies certificates, and leaves redirects to whoever asked.

    Args:
        kind: which of them.
        kept: how many connections may wait for the next call.

    Raises:
        NoClientError: it is not installed, or what the environment says of proxies and certificates cannot be used.
    """
    try:
        import httpx2
    except ImportError:
        raise NoClientError(NO_CLIENT) from None
    timeout = httpx2.Timeout(READ, connect=CONNECT, pool=None)
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=kept)
    try:
        return httpx2, getattr(httpx2, kind)(timeout=timeout, limits=limits)
    except (ImportError, OSError, ValueError, httpx2.InvalidURL) as error:
        told = USER_INFO.sub("//", str(error))
        raise NoClientError(f"No upstream can be asked, by HTTP_PROXY and SSL_CERT_FILE as they are: {told}") from error


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
