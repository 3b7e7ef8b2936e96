"""Fitting finds the rates that made the counts."""

from __future__ import annotations

import pytest

from tests.fitting.rows import FOLDS, read_rows
from tests.fitting.solving import Equation, solve


def test_rates_are_found_despite_outliers() -> None:
    equations = [
        Equation({"a": a, "b": b}, 2.0 * a + 5.0 * b, 2.0 * a + 5.0 * b) for a in range(1, 20) for b in range(1, 20)
    ]
    equations.append(Equation({"a": 1, "b": 1}, 700.0, 700.0))
    assert solve(equations, {"a": 1.0, "b": 1.0}) == pytest.approx({"a": 2.0, "b": 5.0}, rel=0.02)


def test_prior_holds_where_nothing_is_recorded() -> None:
    assert solve([Equation({"a": 3}, 6.0, 6.0)], {"a": 1.0, "b": 7.0})["b"] == pytest.approx(7.0)


def test_conversations_stay_in_one_fold() -> None:
    rows = read_rows()
    assert {row.fold for row in rows} == set(range(FOLDS))
    opening = {str(row.body["messages"][0]): row.fold for row in rows}
    assert all(opening[str(row.body["messages"][0])] == row.fold for row in rows)
