"""A mock server for the Anthropic Messages API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.records.version import __version__  # first: it refuses a Python that is too old

if TYPE_CHECKING:
    from mockserver.records.errors import ScenarioError
    from mockserver.records.prompt import Prompt
    from mockserver.records.settings import Settings
    from mockserver.serving.app import MockApp
    from mockserver.store import Entry
    from mockserver.store.errors import StoreError
    from mockserver.testing.server import MockServer
    from mockserver.testing.session import MockSession
    from mockserver.testing.transport import MockTransport, asgi_transport
    from mockserver.testing.words import Answer

__all__ = [
    "Answer",
    "Entry",
    "MockApp",
    "MockServer",
    "MockSession",
    "MockTransport",
    "Prompt",
    "ScenarioError",
    "Settings",
    "StoreError",
    "__version__",
    "asgi_transport",
]

_HOMES = {
    "Answer": "testing.words",
    "Entry": "store",
    "MockApp": "serving.app",
    "MockServer": "testing.server",
    "MockSession": "testing.session",
    "MockTransport": "testing.transport",
    "Prompt": "records.prompt",
    "ScenarioError": "records.errors",
    "Settings": "records.settings",
    "StoreError": "store.errors",
    "asgi_transport": "testing.transport",
}


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first asked for: importing the package alone costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mockserver.{_HOMES[name]}"), name)
