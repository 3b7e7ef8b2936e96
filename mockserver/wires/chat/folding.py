"""Chunks of a stream, folded into the completion that they make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def fold(chunks: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The completion that the chunks make.

    Raises:
        ValueError: they make none.
    """
    raise ValueError(f"no completion: {list(chunks)}")
