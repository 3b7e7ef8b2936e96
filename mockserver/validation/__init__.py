"""Says whether a request is one the API would take, and if not, what the API would say."""

from __future__ import annotations

from mockserver.validation.checker import Aids, Checked, Checker

__all__ = ["Aids", "Checked", "Checker"]
