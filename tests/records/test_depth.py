"""Values nested too deeply are told from others, however deep they are."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.depth import DEEPEST, is_too_deep


def nest(levels: int, inner: Any = 1) -> Any:
    for level in range(levels):
        inner = {"a": inner} if level % 2 else [0, inner]
    return inner


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, False),
        ("x" * 1000, False),
        ([], False),
        ({"a": [1, {"b": None}]}, False),
        ([[]] * 1000, False),
        (nest(DEEPEST), False),
        (nest(DEEPEST + 1), True),
        (nest(100_000), True),
        ([1, {"a": nest(DEEPEST)}], True),
    ],
)
def test_depth_is_judged(value: Any, expected: bool) -> None:
    assert is_too_deep(value) is expected
