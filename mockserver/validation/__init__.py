"""Says whether a request is one the API would take, and if not, what the API would say."""

from __future__ import annotations

from mockserver.validation.checker import Aids, Checked, Checker
from mockserver.validation.shape import has_shape

__all__ = ["Aids", "Checked", "Checker", "has_shape"]
