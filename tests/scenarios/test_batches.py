"""``batches`` of files and sessions: how message batches go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import scenarios
from mockserver.records.batches import BatchPlan
from mockserver.records.errors import Place, ScenarioError

PLANS: dict[str, tuple[dict[str, Any], BatchPlan]] = {
    "nothing": ({}, BatchPlan()),
    "all": (
        {"takes": "30s", "per_item": "10ms", "fail": "2%", "expire": 3, "order": "shuffled"},
        BatchPlan(30.0, 0.01, 0.02, 3, "shuffled"),
    ),
    "numbers": ({"takes": 2, "per_item": 0.5, "fail": 0.25}, BatchPlan(2.0, 0.5, 0.25)),
    "long": ({"takes": "25h", "per_item": "1.5m"}, BatchPlan(90_000.0, 90.0)),
    "none of it": ({"takes": 0}, BatchPlan(0.0)),
}


@pytest.mark.parametrize("case", PLANS)
def test_plan_is_read(case: str, tmp_path: Path) -> None:
    words, plan = PLANS[case]
    assert scenarios.read_batches(words, Place("test.py")) == plan
    (tmp_path / "a.yaml").write_text(f"batches: {words}\nscenarios: []")
    assert scenarios.load([tmp_path]).batches == plan


WRONG = [
    {"takes": "soon"},
    {"takes": -1},
    {"fail": "120%"},
    {"expire": 1.5},
    {"order": "any"},
    {"tales": 1},
    [1],
    "30s",
]


@pytest.mark.parametrize("words", WRONG, ids=str)
def test_mistake_is_told(words: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"batches: {words}\nscenarios: []")
    with pytest.raises(ScenarioError, match=r"a\.yaml:1"):
        scenarios.load([tmp_path])
    if isinstance(words, dict):
        with pytest.raises(ScenarioError, match="test"):
            scenarios.read_batches(words, Place("test.py", 7))


def test_first_file_that_has_a_key_counts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{batches: {takes: 1s}, scenarios: []}")
    (tmp_path / "b.yaml").write_text("{batches: {takes: 2s, expire: 4}, scenarios: []}")
    assert scenarios.load([tmp_path]).batches == BatchPlan(1.0, expire=4)


def test_without_it_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios: []")
    assert scenarios.load([tmp_path]).batches is None


def test_added_scenarios_have_none() -> None:
    with pytest.raises(ScenarioError, match="batches works in fixture files only"):
        scenarios.parse({"batches": {"takes": 1}, "scenarios": []}, "added")
