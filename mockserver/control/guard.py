"""Opens the control interface to programs on this machine and to those that know its token, and closes it to others.

A page of another site could reach the server through a browser on this machine: directly, which its Origin shows, or by
a name of its own that it points at 127.0.0.1 (DNS rebinding), which the Host shows. A program on another machine can
send any Host it likes; a server that such programs can reach asks for a token.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from msgspec.structs import replace

from mockserver.control.requests import RefusalError, find_local_path
from mockserver.records.call import Call
from mockserver.records.masks import HIDDEN
from mockserver.records.settings import Settings

TOKEN = "x-mock-token"  # noqa: S105  the name of the header
# The names by which clients in this process call the server (Starlette's TestClient, httpx without a socket). Over a
# socket they are names like others: in somebody's network `test` may be a machine.
_IN_PROCESS = frozenset({"testserver", "test", "mockserver"})
# What an orchestrator asks, which knows no token.
_CHECKS = ("/_mock/health", "/_mock/ready")
# The page that asks for the token, and its files: they are the same on all servers.
_PAGE, _PAGE_FILES = "/_mock/", "/_mock/inspector/"
_RIDDLES = frozenset("@\\ ,#?")
_HOSTS = "a loopback name such as 127.0.0.1 or localhost; --allowed-host permits others"
_ORIGINS = "a page of this machine, such as http://localhost:5173; --allowed-origin permits others"
_TOKENS = (
    "the server's control token, as header x-mock-token or Authorization: Bearer, or as query parameter token; it was "
    "given by --control-token, MOCKSERVER_CONTROL_TOKEN or the config file, or is shown when the server starts"
)


def check(call: Call, settings: Settings) -> None:
    """Refuse a call that may come from another site's page, or from somebody without the token that is asked for.

    With the token any Host will do: who knows it was not led here by a name of somebody else's.

    Raises:
        RefusalError: 401, there is no token or a wrong one; 403, the Host or the Origin is foreign.
    """
    is_trusted = _has_token(call, settings.control_token)
    _check_origin(call, settings, is_trusted=is_trusted)
    if is_trusted:
        return
    if call.in_process or not settings.control_token:
        _check_host(call, settings)
    elif not _is_open(call):
        message = "The control interface asks for a token, and this request has none or a wrong one."
        raise RefusalError(401, message, _TOKENS)


def find_reader(call: Call, settings: Settings) -> str | None:
    """The Origin of a page that may read the answer to the call, also when that says to send the token."""
    try:
        check(call, settings)
    except RefusalError as refusal:
        if refusal.status != 401:
            return None
    return call.headers.get("origin")


def remove_token(call: Call, settings: Settings) -> Call:
    """The call without the token, so that nothing shows it and no session is named after it."""
    headers = {name: value for name, value in call.headers.items() if name != TOKEN}
    if _is_same(_read_bearer(call), settings.control_token):
        del headers["authorization"]
    kept = [pair for pair in call.query.split("&") if unquote_plus(pair.partition("=")[0]) != "token"]
    return replace(call, headers=headers, query="&".join(kept))


def _has_token(call: Call, token: str) -> bool:
    return any(_is_same(given, token) for given in _find_tokens(call))


def _find_tokens(call: Call) -> Iterator[str]:
    yield call.headers.get(TOKEN, "")
    yield _read_bearer(call)
    for name, value in parse_qsl(call.query):
        if name == "token":
            yield value


def _read_bearer(call: Call) -> str:
    scheme, _, rest = call.headers.get("authorization", "").strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else ""


def _is_same(given: str, token: str) -> bool:
    """Compare in constant time; without a token nothing is the same."""
    return bool(token) and hmac.compare_digest(given.encode(), token.encode())


def _is_open(call: Call) -> bool:
    """Whether the call needs no token: health checks have none, nor have preflights, by rule of browsers; the page of
    the inspector asks for it.
    """
    path = find_local_path(call.path)
    is_public = path in (*_CHECKS, _PAGE) or path.startswith(_PAGE_FILES)
    return (is_public and call.method in ("GET", "HEAD")) or call.method == "OPTIONS"


def is_host_allowed(call: Call, settings: Settings) -> bool:
    """Whether a call comes under a host name of this machine, or one that is allowed, or names none."""
    host = call.headers.get("host")
    if host is None:
        return True
    name = _host_of("//" + host)
    return _is_local(name, call) or any(fnmatchcase(name, pattern.lower()) for pattern in settings.allowed_hosts)


def _check_host(call: Call, settings: Settings) -> None:
    if is_host_allowed(call, settings):
        return
    host = call.headers["host"]
    # Before an "@" stand a user and a password.
    shown = f"{HIDDEN}@{host.rpartition('@')[2]}" if "@" in host else host
    raise RefusalError(403, f"The control interface is not served under the Host {shown[:100]!r}.", _HOSTS)


def is_page_allowed(call: Call, settings: Settings) -> bool:
    """Whether a call comes from no page, from one of this machine, or from one of an origin that is allowed."""
    origin = call.headers.get("origin")
    if origin is None or _is_local(_host_of(origin), call):
        return True
    return any(fnmatchcase(origin.lower(), pattern.lower()) for pattern in settings.allowed_origins)


def _check_origin(call: Call, settings: Settings, *, is_trusted: bool) -> None:
    if is_page_allowed(call, settings):
        return
    origin = call.headers["origin"]
    # A page of the server itself, which was opened with the token.
    if is_trusted and origin.partition("://")[2].lower() == call.headers.get("host", "").lower():
        return
    raise RefusalError(403, f"The control interface is closed to pages of the Origin {origin[:100]!r}.", _ORIGINS)


def _host_of(address: str) -> str:
    # No browser sends these in a Host or an Origin, and not all programs read them in the same way.
    if set(address) & _RIDDLES:
        return ""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_local(name: str, call: Call) -> bool:
    if name == "localhost" or name.endswith(".localhost") or (call.in_process and name in _IN_PROCESS):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    # A server that listens everywhere may be called 0.0.0.0 or [::].
    return address.is_loopback or address.is_unspecified
