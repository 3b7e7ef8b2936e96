"""Mock servers and their sessions for tests in Python."""

from __future__ import annotations

from mockserver.testing.scripting import Scripting
from mockserver.testing.session import MockSession

__all__ = ["MockSession", "Scripting"]
