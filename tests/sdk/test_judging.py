"""How outcomes of the SDK's tests are judged. The tests themselves run by ``make sdk-tests``."""

from __future__ import annotations

import pytest

from tests.sdk.judging import Outcome, judge, read_outcomes, read_table, summarize

REPORT = """<testsuites><testsuite>
<testcase classname="tests.api_resources.beta.test_models.TestAsyncModels" name="test_method_list[aiohttp]"/>
<testcase classname="tests.api_resources.messages.test_batches.TestBatches" name="test_method_cancel[strict]">
  <failure message="404: not found">trace</failure></testcase>
<testcase classname="tests.api_resources.test_models.TestModels" name="test_method_list"><skipped/></testcase>
</testsuite></testsuites>"""
LISTED = Outcome("beta.models", "beta.test_models.test_method_list", None)
CANCELLED = Outcome("messages.batches", "messages.test_batches.test_method_cancel", "404: not found")


def test_report_is_read() -> None:
    assert read_outcomes(REPORT) == [LISTED, CANCELLED]


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ({CANCELLED.test: "404"}, []),
        ({}, [f"fails: {CANCELLED.test}: 404: not found"]),
        ({CANCELLED.test: "500"}, [f"fails otherwise: {CANCELLED.test}: 404: not found"]),
        ({CANCELLED.test: "404", LISTED.test: "404"}, [f"passes, and is in the table: {LISTED.test}"]),
        ({"*.test_[!p]*_cancel": "404", "*cancel": "500"}, []),
        ({CANCELLED.test: "404", "test_gone": "404"}, ["fits no test: test_gone"]),
    ],
)
def test_outcomes_are_held_against_the_table(table: dict[str, str], wrong: list[str]) -> None:
    assert judge([LISTED, CANCELLED], table) == wrong


def test_summary_counts_by_group() -> None:
    lines = [" ".join(line.split()) for line in summarize([LISTED, CANCELLED])]
    assert lines == ["beta.models 1 of 1", "messages.batches 0 of 1", "all 1 of 2"]


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_each_row_of_the_table_has_what_it_needs(profile: str) -> None:
    table = read_table(profile)
    assert table
    assert all("test_" in name and says for name, says in table.items())
