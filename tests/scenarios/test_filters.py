"""Filters count what they are given before they work on it: a long prompt ends in an error, not in a long wait."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records import budget
from mockserver.records.budget import OverBudgetError
from mockserver.scenarios.answering.sandbox import compile_expression

LONG = "a" * 20_000_000
EXPRESSIONS = (
    "text|list|map('upper')|select('in', 'b')|list|length",
    *("text|list|sort|length", "text|list|unique|list", "text|max", "text|groupby(0)|length", "text|reverse"),
    *("text|title", "text|striptags", "text|urlencode", "text|wordcount", "text.split('a')|length"),
    *("texts|sort", "text|reject('in', 'b')|list", "text|list|min"),
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_filters_do_not_work_on_long_texts(monkeypatch: pytest.MonkeyPatch, expression: str) -> None:
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: 0.0)  # counted, not timed
    with pytest.raises(OverBudgetError, match=r"it makes more than|it grows beyond"):
        compile_expression("{{ " + expression + " }}")({"text": LONG, "texts": [LONG] * 20})


def test_time_is_looked_at_within_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 0.5, 0.6, 2.0])
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: next(seconds))
    fill = compile_expression("{{ text|list }}")
    with pytest.raises(OverBudgetError, match="the request takes more than 1 seconds"), budget.guard():
        fill({"text": "a" * 100})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'cab'|list|sort|join", "abc"),
        ("'abab'|unique|list", ["a", "b"]),
        ("items|map(attribute='n')|max", 2),
        ("items|selectattr('n', 'gt', 1)|map(attribute='n')|list", [2]),
        ("items|groupby('n')|map('first')|list", [1, 2]),
        ("{'b': 1, 'a': 2}|dictsort|first|first", "a"),
        ("none|map('upper')|list", []),
        ("[]|max is defined", False),
        ("'abc'|reverse", "cba"),
        ("'a b'|title", "A B"),
        ("('a' * 0 if false else 'ab')|list|length", 2),
    ],
)
def test_filters_give_what_they_gave(expression: str, expected: Any) -> None:
    assert compile_expression("{{ " + expression + " }}")({"items": [{"n": 1}, {"n": 2}]}) == expected
