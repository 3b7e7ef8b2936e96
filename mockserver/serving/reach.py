"""Who can reach a server: programs on this machine, others too, or clients in the server's own process."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from msgspec.structs import replace

from mockserver.records.settings import Settings

# What Starlette's TestClient and the ASGI transport of httpx give as the client of a request. The former is no
# address; of the latter's port no server on a socket hears, unless root on this machine uses it.
_TEST_CLIENT = ("testclient", 50000)
_HTTPX = ("127.0.0.1", 123)
# Bytes of a token that nobody gave.
_TOKEN = 16


def protect(settings: Settings, host: str) -> Settings:
    """The settings of a server that listens on ``host``: with a new control token, if other machines can reach it.

    A token that was given stays, and ``no_control_token`` means none.
    """
    if settings.control_token or settings.no_control_token or is_loopback(host):
        return settings
    return replace(settings, control_token=secrets.token_urlsafe(_TOKEN))


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach a server that listens on this address or name."""
    address = _resolve(host)
    return address is not None and address.is_loopback


def is_everywhere(host: str) -> bool:
    """Whether a server that listens on this address or name listens on all addresses of the machine."""
    address = _resolve(host)
    return address is not None and address.is_unspecified


def _resolve(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a name stands for; None when it cannot be found, and then it cannot be listened on either."""
    try:
        # "" stands for all addresses.
        return ip_address(host if ":" in host else socket.gethostbyname(host or "0.0.0.0"))  # noqa: S104
    except (OSError, ValueError):
        return None


def is_in_process(scope: Mapping[str, Any]) -> bool:
    """Whether an ASGI request comes from a test client in this process, and not from a socket.

    Headers say nothing about it, since anybody can send them: only what the ASGI server or the client itself has
    written into the scope counts.
    """
    client, server = tuple(scope.get("client") or ()), tuple(scope.get("server") or ())
    return client == _TEST_CLIENT or (client == _HTTPX and bool(server) and not _is_address(server[0]))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
