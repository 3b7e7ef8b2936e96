"""Mock servers and their sessions for tests in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.testing.scripting import Scripting
    from mockserver.testing.session import MockSession

__all__ = ["MockSession", "Scripting"]

_HOMES = {"MockSession": "session", "Scripting": "scripting"}


def __getattr__(name: str) -> Any:
    """Imports a name when it is first asked for: `mockserver.testing.preload` must cost nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mockserver.testing.{_HOMES[name]}"), name)
