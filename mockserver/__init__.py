"""A mock server for the Anthropic Messages API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app import MockApp
    from mockserver.errors import ScenarioError
    from mockserver.server import MockServer
    from mockserver.settings import Settings
    from mockserver.state import Entry
    from mockserver.testing import MockSession
    from mockserver.transport import MockTransport, asgi_transport

__version__ = "0.1.0"
__all__ = [
    "Entry",
    "MockApp",
    "MockServer",
    "MockSession",
    "MockTransport",
    "ScenarioError",
    "Settings",
    "asgi_transport",
]

_HOMES = {
    "Entry": "state",
    "MockApp": "app",
    "MockServer": "server",
    "MockSession": "testing",
    "MockTransport": "transport",
    "ScenarioError": "errors",
    "Settings": "settings",
    "asgi_transport": "transport",
}


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first asked for: importing the package alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mockserver.{_HOMES[name]}"), name)
