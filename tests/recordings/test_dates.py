"""Dates of the recording: their forms, and which of them may differ."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from mockserver.recordings.cassette import Match
from mockserver.recordings.dates import FORMS, count_days, list_dates, replace_dates

from .comparisons import AT, ask, compare

AGO = AT - 86_400 * 200
# Each form: as it was recorded on 2026-11-30, and on another day.
WRITTEN = [
    ("iso", "2026-11-30", "2027-01-05"),
    ("iso with time", "2026-11-30T16:20:11.123Z", "2027-01-05T01:02:03+01:00"),
    ("iso with time", "2026-11-30 16:20", "2027-01-05 09:00:00 UTC"),
    ("iso", "Monday, 2026-11-30", "Tuesday, 2027-01-05"),
    ("iso", "2026-11-30 (Monday)", "2027-01-05 (Tuesday)"),
    ("iso with time", "2026-11-30 Mon 16:20", "2027-01-05 Tue 09:00"),
    ("slashed_year", "2026/11/30", "2027/1/5"),
    ("dotted", "30.11.2026", "5.1.2027"),
    ("dotted with time", "30.11.2026 16:20", "5.1.2027, 9:05"),
    ("slashed", "11/30/2026", "1/5/2027"),
    ("slashed", "30/11/2026", "05/01/2027"),
    ("slashed with time", "11/30/2026, 4:20:11 PM", "1/5/2027, 9:00:00\u202fAM"),
    ("day_month", "30 November 2026", "5 Jan 2027"),
    ("day_month", "30th of Nov., 2026", "1st of January 2027"),
    ("day_month with time", "Mon, 30 Nov 2026 16:20:11 GMT", "Tue, 05 Jan 2027 01:02:03 +0000"),
    ("month_day", "November 30, 2026", "Jan 5, 2027"),
    ("month_day", "Monday, November 30, 2026", "Tuesday, January 5th, 2027"),
    ("month_day with time", "Monday, November 30, 2026 at 4:20 PM", "Tuesday, January 5, 2027, 9:01 a.m."),
    (
        "month_day with time",
        "Mon Nov 30 2026 16:20:11 GMT+0000 (Coordinated Universal Time)",
        "Tue Jan 05 2027 01:02:03 GMT+0100 (Central European Standard Time)",
    ),
    ("month", "November 2026", "May 2027"),
    ("ctime with time", "Mon Nov 30 16:20:11 2026", "Tue Jan  5 01:02:03 UTC 2027"),
    ("ctime with time", "Mon Nov 30 04:20:11 PM UTC 2026", "Tue Jan  5 01:02:03 AM UTC 2027"),
    ("compact", "20261130", "20270105"),
    ("compact", "20261130T162011Z", "20270105T010203Z"),
    ("seconds", "1796055611", "1799110923"),
    ("seconds", "1796055611.123", "1799110923.4"),
    ("milliseconds", "1796055611123", "1799110923000"),
    ("microseconds", "1796055611123456", "1799110923000000"),
    ("nanoseconds", "1796055611123456789", "1799110923000000000"),
]


def test_every_form_has_its_case() -> None:
    assert {form.partition(" ")[0] for form, *_ in WRITTEN} == {*FORMS}


@pytest.mark.parametrize(("form", "then", "later"), WRITTEN)
@pytest.mark.parametrize(
    "around", ["Today is {}. How is Oslo?", "{}", "(now={})", "a\n{}\nb", "is:{},", '"{}"', "log_{}_a", "今日は{}です"]
)
def test_day_of_the_recording_may_differ(form: str, then: str, later: str, around: str) -> None:
    one, other = around.format(then), around.format(later)
    assert (list_dates(one), list_dates(other)) == ([(form, then)], [(form, later)])
    assert compare(ask(one), ask(other)) is None
    # The same text was recorded long before: it asks about a day of the future.
    assert compare(ask(one), ask(other), at=AGO) is not None
    assert compare(ask(one), ask(one), at=AGO) is None
    assert compare(ask(one), ask(other), Match(())) is not None
    # Nobody knows when.
    assert compare(ask(one), ask(other), at=0) is not None


def test_day_beside_it_may_differ() -> None:
    day = datetime.fromtimestamp(AT, timezone.utc)
    told = [count_days(f"{day + timedelta(days=days):%Y-%m-%d}", "iso", AT) for days in range(-2, 3)]
    assert told == [None, -1, 0, 1, None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The current month is September 2026.", "The current month is October 2026."),
        ("What was on 2024-02-29?", "What was on 2024-02-28?"),
        ("Today is 2026-11-30. What was on May 4, 1999?", "Today is 2027-01-01. What was on May 5, 1999?"),
        ("Today is 2026-11-30.", "Today is January 5, 2027."),
        ("Today is 2026-11-30.", "Today is 2027-01-05 10:00."),
        ("Today is 2026-11-30.", "Today is fine."),
        ("Today is 2026-11-30.", "Today is 2027-01-05, 2027-01-05."),
        ("2026-11-30 and 2024-01-01", "2024-01-01 and 2026-11-30"),
        ("Today is 2026-11-30.", "Today is 2027-01-05!"),
    ],
)
def test_other_dates_stay(one: str, other: str) -> None:
    assert compare(ask(one), ask(other)) is not None


@pytest.mark.parametrize(
    "text",
    [
        "claude-2026",
        "v1.2.2026.3",
        "x2026-11-30",
        "2026-11-301",
        "12345",
        "tel 017960556119",
        "30/11",
        "2026-13-77",
        "1.1.1",
    ],
)
def test_what_is_no_date_stays(text: str) -> None:
    assert [found for form, found in list_dates(text) if count_days(found, form, AT) is not None] == []
    assert compare(ask(text), ask(text)) is None
    assert compare(ask(text), ask(f"{text}0")) is not None


def test_lines_without_a_year_are_not_searched() -> None:
    seen: list[str] = []
    replace_dates("Jan 5\n\n3 May 2026", lambda form, text: seen.append(f"{form}: {text}") or text)  # type: ignore[func-returns-value]
    assert seen == ["day_month: 3 May 2026"]
