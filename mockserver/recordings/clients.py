"""The HTTP client that asks upstreams: httpx2, imported when the first is asked.

httpx2 rather than httpx: the SDK needs it since 2.0, so most users have it; and it takes the certificates that the
system trusts. Both respect SSL_CERT_FILE, HTTPS_PROXY and NO_PROXY.
"""

from __future__ import annotations

import re
from typing import Any

from mockserver.recordings.upstreams import NO_CLIENT

# Seconds: to connect, and between two parts of an answer (as long as the SDK waits).
CONNECT, READ = 10.0, 600.0
# What may be secret in a URL.
USER_INFO = re.compile(r"//[^/\s@]*@")
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
