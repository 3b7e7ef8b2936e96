"""Spans of time as options say them."""

from __future__ import annotations

import pytest

from mockserver.records.settings import Settings
from mockserver.records.spans import is_span, read_span


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("30s", 30), ("10m", 600), ("12h", 43_200), ("7d", 604_800), (" 2 d ", 172_800)]
)
def test_span_is_read(text: str, seconds: float) -> None:
    assert is_span(text)
    assert read_span(text) == seconds


@pytest.mark.parametrize("text", ["", "0d", "7", "d", "-1d", "1.5h", "7 days", "9999999999d", "always"])
def test_what_is_no_span_is_told(text: str) -> None:
    assert not is_span(text)
    with pytest.raises(ValueError, match="expected a span of time such as 30s, 10m, 12h or 7d, got "):
        read_span(text)
    if text != "always":
        with pytest.raises(ValueError, match=r"keep: expected a span of time .*, or always, got "):
            Settings(keep=text)
