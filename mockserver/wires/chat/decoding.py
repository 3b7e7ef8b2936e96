"""What the JSON decoder of a gateway refuses of a chat request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import Finding


def check(body: Mapping[str, Any]) -> Finding | None:  # noqa: ARG001
    """The reason to refuse a body."""
    return None
