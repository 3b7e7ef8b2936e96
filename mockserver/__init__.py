"""A mock server for the Anthropic Messages API."""

from __future__ import annotations

__version__ = "0.1.0"
