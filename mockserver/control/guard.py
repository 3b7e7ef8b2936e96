"""Opens the control interface to programs on this machine, and closes it to pages of other sites."""

from __future__ import annotations

from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

from mockserver.control.requests import RefusalError
from mockserver.records.call import Call

# The names by which in-process clients call the server (Starlette's TestClient, httpx transports). No public site can
# have a name without a dot, so none can be rebound to this server.
_IN_PROCESS = frozenset({"testserver", "test", "mockserver"})
_EXPECTED = "a loopback name such as 127.0.0.1 or localhost; --allowed-host permits others"


def check(call: Call, allowed: tuple[str, ...]) -> str | None:
    """Refuse a call that may come from another site's page; returns the Origin of a page that may read the answer.

    A page of another site could reach the server through a browser on this machine: directly, which its Origin shows,
    or by a name of its own that it points at 127.0.0.1 (DNS rebinding), which the Host shows.

    Raises:
        RefusalError: 403, the Host or the Origin is foreign.
    """
    host = call.headers.get("host")
    if host is not None and not _is_known(_host_of("//" + host), allowed):
        raise RefusalError(403, f"The control interface is not served under the Host {host[:100]!r}.", _EXPECTED)
    origin = call.headers.get("origin")
    if origin is not None and not _is_known(_host_of(origin), allowed):
        raise RefusalError(403, f"The control interface is closed to pages of the Origin {origin[:100]!r}.", _EXPECTED)
    return origin


def _host_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_known(name: str, allowed: tuple[str, ...]) -> bool:
    if name in _IN_PROCESS or name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_loopback(name) or any(fnmatchcase(name, pattern.lower()) for pattern in allowed)


def _is_loopback(name: str) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        return False
    # A server that listens everywhere calls itself 0.0.0.0 or [::].
    return address.is_loopback or address.is_unspecified
