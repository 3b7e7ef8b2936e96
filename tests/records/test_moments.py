"""Moments and durations as people write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from mockserver.records.moments import is_lifetime, read_duration, read_moment, write_moment

MIDNIGHT = 1_800_662_400.0  # 2027-01-23T00:00:00Z
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "value",
    [
        "2027-01-23T00:00:00Z",
        "2027-01-23T00:00:00.000Z",
        "2027-01-23 00:00:00Z",
        "2027-01-23T02:00:00+02:00",
        "2027-01-23T00:00:00",
        " 2027-01-23 ",
        date(2027, 1, 23),
        datetime(2027, 1, 23),
        datetime(2027, 1, 23, 2, tzinfo=EAST),
        1_800_662_400,
        1_800_662_400.0,
    ],
)
def test_moments_are_read(value: Any) -> None:
    assert read_moment(value) == MIDNIGHT


@pytest.mark.parametrize(
    "value",
    ["", "tomorrow", "2027-02-30", "23.01.2027", "1800662400", None, True, [], {}, float("nan"), float("inf"), 10**400],
)
def test_what_is_no_moment_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"expected a time such as 2027-01-23T00:00:00Z, .*, got "):
        read_moment(value)


@pytest.mark.parametrize("value", [0, 5, "1999-12-31T23:59:59Z", "2100-01-01", "0001-01-01T00:00:00+14:00", -1e14])
def test_moments_of_other_years_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="the years 2000 to 2099"):
        read_moment(value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("90s", 90.0),
        ("6m", 360.0),
        ("1h", 3600.0),
        ("30d", 2_592_000.0),
        ("300ms", 0.3),
        (" 1.5 h ", 5400.0),
        ("1h30m", 5400.0),
        ("-1d 2h 3m 4s 5ms", -93784.005),
        ("-6m", -360.0),
        ("+6m", 360.0),
        (0, 0.0),
        (-2.5, -2.5),
        (timedelta(minutes=6), 360.0),
    ],
)
def test_durations_are_read(value: Any, seconds: float) -> None:
    assert read_duration(value) == seconds


@pytest.mark.parametrize(
    "value", ["", "6", "6 months", "1h30", "h1", "1h -6m", "1s" * 6, "m", None, False, [], float("nan"), "٦m", 10**400]
)
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 90s, 6m, 1h30m, 30d"):
        read_duration(value)


@pytest.mark.parametrize("value", ["40000d", -1e14, timedelta.max])
def test_durations_are_bounded(value: Any) -> None:
    with pytest.raises(ValueError, match="a hundred years at most"):
        read_duration(value)


def test_moments_are_written_to_the_millisecond() -> None:
    assert write_moment(MIDNIGHT + 0.1239) == "2027-01-23T00:00:00.123Z"
    assert write_moment(MIDNIGHT - 0.0001) == "2027-01-22T23:59:59.999Z"
    assert write_moment(MIDNIGHT + 0.123) == "2027-01-23T00:00:00.123Z"


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ("30s", True),
        ("1h30m", True),
        ("7 d", True),
        ("0s", False),
        ("-7d", False),
        ("7 weeks", False),
        ("", False),
        (7, False),
    ],
)
def test_lifetime_is_a_text_above_zero(value: object, holds: bool) -> None:
    assert is_lifetime(value) is holds
