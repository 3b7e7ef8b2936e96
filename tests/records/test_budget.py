"""The budget: steps and characters are counted, and one request has so much processor time."""

from __future__ import annotations

import pytest

from mockserver.records import budget
from mockserver.records.budget import LIMITS, Budget, Limits, OverBudgetError, guard, seconds_left, uncounted


def test_steps_and_characters_are_counted() -> None:
    counted = Budget(3, 10)
    counted.take_steps(3)
    counted.spend(10)
    with pytest.raises(OverBudgetError, match="takes more than 3 steps"):
        counted.take_steps()
    with pytest.raises(OverBudgetError, match="makes more than 10 characters"):
        counted.spend(1)


def test_one_request_has_so_much_time(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = [100.0]
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: spent[0])
    assert seconds_left() == LIMITS.seconds
    with guard():
        spent[0] += 5  # before there is anything to work on
        assert seconds_left() == LIMITS.seconds
        spent[0] += 0.5
        assert seconds_left() == LIMITS.seconds - 0.5
        spent[0] += LIMITS.seconds
        with pytest.raises(OverBudgetError, match="seconds"):
            seconds_left()
    assert seconds_left() == LIMITS.seconds


def test_limits_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        budget.LIMITS.seconds = 9  # type: ignore[misc]
    assert Limits() == LIMITS


def test_work_for_all_requests_takes_nothing_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: now)
    with guard():
        assert seconds_left() == LIMITS.seconds
        with uncounted():
            now += 5
        assert seconds_left() == LIMITS.seconds
        now += 0.25
        assert seconds_left() == LIMITS.seconds - 0.25
    with uncounted():
        now += 5
    assert seconds_left() == LIMITS.seconds
