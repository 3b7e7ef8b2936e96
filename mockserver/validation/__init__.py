"""Says whether a request is one the API would take, and if not, what the API would say."""

from __future__ import annotations

from mockserver.validation.checker import Checker, CheckResult, Lookups
from mockserver.validation.shape import has_shape

__all__ = ["CheckResult", "Checker", "Lookups", "has_shape"]
