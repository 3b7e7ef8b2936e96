"""The lives of models: the stage of each on a day, and the notices of those that end."""

from __future__ import annotations

import pytest

from mockserver.records.days import add_days, day_at, is_lifecycle
from mockserver.reference import catalog
from mockserver.reference.lifecycle import choose_day, list_notices, on_day, stage_on

CATALOGUE = catalog.standard()


def test_catalogue_shows_the_stages_of_its_release_day() -> None:
    assert on_day(CATALOGUE, CATALOGUE.released).models == CATALOGUE.models


@pytest.mark.parametrize(
    ("name", "day", "stage"),
    [
        ("claude-sonnet-4-5", "2026-09-29", "active"),
        ("claude-sonnet-4-5", "2026-11-29", "deprecated"),
        ("claude-sonnet-4-5", "2026-11-30", "retired"),
        ("claude-opus-4-5", "2026-11-22", "active"),
        ("claude-opus-4-5", "2027-01-21", "deprecated"),
        ("claude-opus-4-5", "2027-01-22", "retired"),
        ("claude-mythos-preview", "2027-06-01", "deprecated"),
        ("claude-opus-4-1", "2026-08-04", "deprecated"),
        ("claude-opus-4-1", "2026-08-05", "retired"),
        ("claude-3-7-sonnet-latest", "2026-02-18", "deprecated"),
        ("claude-opus-5", "2030-01-01", "active"),
    ],
)
def test_stage_follows_the_dates(name: str, day: str, stage: str) -> None:
    assert stage_on(CATALOGUE.lookup(name), day) == stage
    assert on_day(CATALOGUE, day).lookup(name).lifecycle == stage


@pytest.mark.parametrize(
    ("name", "day", "notice"),
    [
        ("claude-sonnet-4-5", "2026-09-30", ""),
        (
            "claude-sonnet-4-5",
            "2026-10-01",
            "claude-sonnet-4-5 retires on 2026-11-30: from then on the API answers 404; use claude-sonnet-5-5",
        ),
        (
            "claude-sonnet-4-5-20250929",
            "2026-11-30",
            "claude-sonnet-4-5-20250929 retired on 2026-11-30: "
            'the API answers 404, "model: claude-sonnet-4-5-20250929"; use claude-sonnet-5-5',
        ),
        ("claude-opus-4-5", "2026-11-22", ""),
        (
            "claude-opus-4-5",
            "2026-11-23",
            "claude-opus-4-5 retires on 2027-01-22: from then on the API answers 404; use claude-opus-5-5",
        ),
        (
            "claude-opus-4-5",
            "2029-01-01",
            'claude-opus-4-5 retired on 2027-01-22: the API answers 404, "model: claude-opus-4-5"; use claude-opus-5-5',
        ),
        # They had retired when the catalogue was released: who uses them means it.
        ("claude-3-7-sonnet-20250219", "2026-12-01", ""),
        ("claude-opus-4-1", "2026-12-01", ""),
        ("claude-opus-5", "2026-12-01", ""),
        ("gpt-4o", "2026-12-01", ""),
    ],
)
def test_notice_tells_of_models_that_end(name: str, day: str, notice: str) -> None:
    assert list_notices([name], CATALOGUE, day) == [notice] * bool(notice)


def test_a_model_is_told_of_once() -> None:
    names = ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5", "claude-sonnet-4-5", "claude-opus-4-5"]
    notices = list_notices(names, CATALOGUE, "2026-12-01")
    assert [notice.split()[0] for notice in notices] == ["claude-opus-4-5", "claude-sonnet-4-5"]


@pytest.mark.parametrize("value", ["release", "today", "2026-12-24"])
def test_lifecycle_is_a_word_or_a_day(value: str) -> None:
    assert is_lifecycle(value)


@pytest.mark.parametrize("value", ["", "now", "2026-02-30", "2026-1-1", "2026-12-24T00:00:00Z", 2026, None])
def test_other_lifecycles_are_none(value: object) -> None:
    assert not is_lifecycle(value)


def test_days_are_those_of_utc() -> None:
    assert day_at(1_796_083_199) == "2026-11-30"
    assert day_at(1_796_083_200) == "2026-12-01"
    assert [choose_day(word, 0) for word in ("", "release", "today", "2026-12-24")] == [
        *["1970-01-01"] * 3,
        "2026-12-24",
    ]
    assert add_days("2026-12-24", 60) == "2027-02-22"
    assert add_days("9999-12-24", 60) == "9999-12-31"
