"""Why no answer could be had of an upstream: the status and the sentence that its client gets."""

from __future__ import annotations

import ssl
from typing import Any

from msgspec import Struct

from mockserver.recordings.clients import CONNECT, READ, USER_INFO
from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import show_host

_MOST = 300


class UpstreamFailure(Struct, frozen=True):
    """A failure. ``is_final``: no retry can mend it."""

    status: int
    message: str
    is_final: bool = False


def describe_loop(upstream: Upstream) -> UpstreamFailure:
    """The failure of a call that this server has forwarded before."""
    host = show_host(upstream.url)
    return UpstreamFailure(508, f"The upstream {host} leads back to this mock server: name another one.", is_final=True)


def describe(error: Exception, upstream: Upstream, library: Any) -> UpstreamFailure:
    """What an error of the HTTP client means; never with what is secret.

    Args:
        error: the error.
        upstream: what was asked.
        library: the module of the client.
    """
    host = show_host(upstream.url)
    if isinstance(error, library.ConnectTimeout):
        return UpstreamFailure(504, f"The upstream {host} took no connection within {CONNECT:.0f} seconds.")
    if isinstance(error, library.TimeoutException):
        return UpstreamFailure(504, f"The upstream {host} did not answer within {READ:.0f} seconds.")
    return UpstreamFailure(502, f"The upstream {host} {_find_verb(error, library)}: {_show(error, upstream)}")


def _find_verb(error: Exception, library: Any) -> str:
    if _is_of_tls(error):
        return "could not be verified, or speaks no TLS"
    if isinstance(error, library.ProxyError):
        return "could not be reached through the proxy"
    if isinstance(error, library.ConnectError):
        return "could not be reached"
    if isinstance(error, library.LocalProtocolError | library.InvalidURL | library.UnsupportedProtocol):
        return "cannot be sent such a request"
    if isinstance(error, library.NetworkError):
        return "broke the connection"
    return "sent no answer that can be passed on"


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _show(error: Exception, upstream: Upstream) -> str:
    text = USER_INFO.sub("//", str(error) or type(error).__name__)
    for _, value in upstream.headers:
        text = text.replace(value, "…").replace(value.rpartition(" ")[2], "…")
    return text[:_MOST]
