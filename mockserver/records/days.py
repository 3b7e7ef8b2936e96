"""Days, and the words for the one that decides which models are retired."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

# The day on which the model catalogue was released, and the present one.
RELEASE, TODAY = "release", "today"
DAY = r"\d{4}-\d\d-\d\d"
LIFECYCLE = f"{RELEASE}, {TODAY} or a day such as 2026-12-24"


def is_day(value: object) -> bool:
    """Whether a value is a day such as ``2026-12-24``."""
    if not isinstance(value, str) or not re.fullmatch(DAY, value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_lifecycle(value: object) -> bool:
    """Whether a value says whose day decides which models are retired: ``release``, ``today`` or a day."""
    return value in (RELEASE, TODAY) or is_day(value)


def day_at(seconds: float) -> str:
    """The day in UTC at a time in seconds since 1970."""
    return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()


def add_days(day: str, number: int) -> str:
    """The day so many days later; the last one there is when that is later."""
    return add_seconds(day, number * 86400.0)


def add_seconds(day: str, seconds: float) -> str:
    """The day in which the time is that many seconds after the beginning of a day, or before it; the first or the last
    one there is when that is beyond them.
    """
    try:
        return (datetime.fromisoformat(day) + timedelta(seconds=seconds)).date().isoformat()
    except OverflowError:
        return (date.max if seconds > 0 else date.min).isoformat()
