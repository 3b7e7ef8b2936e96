"""Estimates the pace of a recorded answer from the times of its chunks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.exchanges import RecordedResponse

# Seconds of a stream below which its rate says nothing.
_SHORTEST = 0.02


def find_pace(response: RecordedResponse, tokens: int) -> Mapping[str, Any] | None:
    """The ``pace`` of an answer of so many tokens; None when no times are known.

    ``first`` is the time to its first bytes, the rate that at which a stream came after them.
    """
    if response.first is None or not response.chunks:
        return None
    first = response.first + response.chunks[0].delay
    rest = sum([chunk.delay for chunk in response.chunks[1:]])
    if not response.is_stream:
        first, rest = first + rest, 0.0
    pace: dict[str, Any] = {"first": _write_time(first)}
    if rest > _SHORTEST and tokens > 0:
        rate = tokens / rest
        pace["tokens_per_second"] = round(rate) if rate >= 10 else round(rate, 2) or 0.01
    return pace


def _write_time(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms" if seconds < 1 else f"{round(seconds, 2):g}s"
