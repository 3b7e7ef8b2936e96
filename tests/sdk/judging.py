"""What came of the SDK's tests, held against the table of those that cannot pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import yaml

TABLE = Path(__file__).parent / "expected.yaml"
PACKAGE = "tests.api_resources."


class Outcome(NamedTuple):
    """One run of one test: its group, its name in the table, and why it failed, if it did."""

    group: str
    test: str
    failure: str | None


def read_outcomes(report: str) -> list[Outcome]:
    """The outcomes in a JUnit report, without those that were skipped.

    A test of both clients, with any parameters, has one name: ``beta.test_models.test_method_list``.
    """
    cases = ElementTree.fromstring(report).iter("testcase")  # noqa: S314  pytest wrote it
    return [_read_case(case) for case in cases if case.find("skipped") is None]


def _read_case(case: ElementTree.Element) -> Outcome:
    module = case.attrib["classname"].removeprefix(PACKAGE).rpartition(".")[0]
    failed = [child.get("message", "") for child in case if child.tag in ("failure", "error")]
    name = case.attrib["name"].partition("[")[0]
    return Outcome(module.replace(".test_", ".").replace("test_", ""), f"{module}.{name}", next(iter(failed), None))


def read_table(profile: str, path: Path = TABLE) -> dict[str, str]:
    """What the failures of tests say that cannot pass in a profile, by pattern of their names."""
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    fitting = [row for row in rows if profile in row.get("profiles", (profile,))]
    table: dict[str, str] = {}
    for row in fitting:
        for name in row["tests"]:
            table.setdefault(name, row["says"])
    return table


def judge(outcomes: Iterable[Outcome], table: Mapping[str, str]) -> list[str]:
    """What is wrong: a test that fails otherwise than the table says, or is in it and passes; a name that fits none."""
    outcomes = list(outcomes)
    fits = {outcome.test: [name for name in table if fnmatchcase(outcome.test, name)] for outcome in outcomes}
    wrong = {_judge_one(outcome, [table[name] for name in fits[outcome.test]][:1]) for outcome in outcomes}
    used = {name for names in fits.values() for name in names}
    return sorted(wrong - {""}) + [f"fits no test: {name}" for name in table if name not in used]


def _judge_one(outcome: Outcome, says: list[str]) -> str:
    """What is wrong with it; empty when nothing is."""
    if outcome.failure is None:
        return f"passes, and is in the table: {outcome.test}" if says else ""
    if not says:
        return f"fails: {outcome.test}: {_one_line(outcome.failure)}"
    return "" if says[0] in outcome.failure else f"fails otherwise: {outcome.test}: {_one_line(outcome.failure)}"


def summarize(outcomes: Iterable[Outcome]) -> list[str]:
    """How many of all tests of each group passed, and of all."""
    total, passed = Counter[str](), Counter[str]()
    for outcome in outcomes:
        for group in (outcome.group, "all"):
            total[group] += 1
            passed[group] += outcome.failure is None
    groups = [*sorted(total.keys() - {"all"}), "all"]
    return [f"  {group:<24} {passed[group]:>4} of {total[group]:>4}" for group in groups]


def _one_line(text: str) -> str:
    return " ".join(text.partition(", 'request_id'")[0].split())[:300]
