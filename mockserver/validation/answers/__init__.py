"""Holds scripted answers against their requests: what the API would not have answered to them."""

from __future__ import annotations

from mockserver.validation.answers.table import CHECKS, inspect

__all__ = ["CHECKS", "inspect"]
