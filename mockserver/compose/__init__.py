"""Composes the outcome of a call: from the answer of a script, or from a generated one."""

from __future__ import annotations

from mockserver.compose.context import Context
from mockserver.compose.falling_back import fall_back
from mockserver.compose.outcome import compose

__all__ = ["Context", "compose", "fall_back"]
