"""The control interface: everything below ``/_mock/``."""

from __future__ import annotations

from mockserver.control.routes import ROUTES, Control
from mockserver.control.services import Explanation, Services

__all__ = ["ROUTES", "Control", "Explanation", "Services"]
