"""The control interface: everything below ``/_mock/``."""

from __future__ import annotations

from mockserver.control.hooks import Explanation, Hooks
from mockserver.control.routes import ROUTES, Control

__all__ = ["ROUTES", "Control", "Explanation", "Hooks"]
