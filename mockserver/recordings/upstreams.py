"""The upstream that commands and tests record: its address, and the key that it is asked with."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

from mockserver.recordings.recorder import Upstream

DEFAULT = "https://api.anthropic.com"
URL_VARIABLE = "ANTHROPIC_BASE_URL"
_PORTS = {"http": 80, "https": 443}
NO_CLIENT = "Recording needs httpx2, which is not installed: pip install 'messages-mockserver[record]'"
_NO_KEY = "There is no key for the upstream {}: set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) in the environment"


class MissingKeyError(ValueError):
    """There is no key for an upstream; the text says what to set."""


def make_upstream(url: str, environ: Mapping[str, str], forward_auth: bool = False) -> Upstream:
    """The upstream of an option.

    Args:
        url: its base URL; "": the variable ANTHROPIC_BASE_URL, else https://api.anthropic.com.
        environ: the environment. Its ANTHROPIC_API_KEY is sent as ``x-api-key``, else its ANTHROPIC_AUTH_TOKEN as
            ``authorization: Bearer``.
        forward_auth: send what clients send instead.

    Raises:
        MissingKeyError: there is no key.
        ValueError: this is no base URL.
    """
    chosen = url.strip() or environ.get(URL_VARIABLE, "").strip() or DEFAULT
    source = "--upstream" if url.strip() else URL_VARIABLE
    parts = _split(chosen, source)
    if forward_auth:
        return Upstream(_join(parts), forwards_auth=True)
    return Upstream(_join(parts), _find_key(environ, show_host(chosen)))


def check_client() -> None:
    """Check that calls can be forwarded, before a server starts.

    Raises:
        ValueError: the HTTP client is not installed; the message says how to install it.
    """
    if find_spec("httpx2") is None:
        raise ValueError(NO_CLIENT)


def show_host(url: str) -> str:
    """The host of a URL, with its port where it names one; never what may be secret."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host


def hide_user(url: str) -> str:
    """A URL without the name and the password in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def check_loop(upstream: Upstream, host: str, port: int) -> None:
    """Refuse an upstream that is the server itself.

    Args:
        upstream: the upstream.
        host: the address that the server listens on.
        port: its port.

    Raises:
        ValueError: its URL leads there, as far as can be told without asking for names.
    """
    parts = urlsplit(upstream.url)
    asked = parts.hostname or ""
    is_same = asked == host.strip("[]").lower() or (_is_local(asked) and _is_local(host.strip("[]").lower()))
    if is_same and (parts.port or _PORTS.get(parts.scheme)) == port:
        raise ValueError(
            f"The upstream {show_host(upstream.url)} is this mock server itself: say --upstream URL of the server to "
            f"record, or unset {URL_VARIABLE}."
        )


def _split(url: str, source: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError as error:
        raise ValueError(f"{source}: expected a base URL such as {DEFAULT}: {error}") from error
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment or not is_plain:
        raise ValueError(f"{source}: expected a base URL such as {DEFAULT}, without a query")
    if parts.path.rstrip("/").endswith("/v1"):
        raise ValueError(f"{source}: the base URL ends with /v1, which clients add; leave it out")
    return parts


def _join(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _find_key(environ: Mapping[str, str], host: str) -> tuple[tuple[str, str], ...]:
    for variable, name, scheme in (
        ("ANTHROPIC_API_KEY", "x-api-key", ""),
        ("ANTHROPIC_AUTH_TOKEN", "authorization", "Bearer "),
    ):
        key = environ.get(variable, "").strip()
        if key:
            if not key.isascii() or not key.isprintable():
                raise ValueError(f"{variable}: expected a key of printable ASCII characters")
            return ((name, scheme + key),)
    raise MissingKeyError(_NO_KEY.format(host))


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
