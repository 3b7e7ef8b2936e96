"""Moments and durations as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

import msgspec

# Seconds. All forms can write the times of these years, with what is added to them; zip archives end in 2107.
EARLIEST = datetime(2000, 1, 1, tzinfo=timezone.utc).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=timezone.utc).timestamp()
MOMENT = "a time such as 2027-01-23T00:00:00Z, a day such as 2027-01-23, or seconds since 1970"
DURATION = "a duration such as 90s, 6m, 1h30m, 30d or -6m, or a number of seconds"

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(\d{1,15}(?:\.\d{1,15})?)\s*(ms|s|m|h|d)\s*"
_DURATION = re.compile(rf"\s*([+-]?)((?:{_PART}){{1,5}})", re.ASCII)


def read_moment(value: object) -> float:
    """The seconds since 1970 at a moment: a ``datetime`` or a ``date``, the text of one in ISO 8601, or that number.

    What names no time zone is in UTC, and a day is its beginning.

    Raises:
        ValueError: it is no moment, or none of the years 2000 to 2099.
    """
    moment = _parse(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    elif isinstance(moment, date):
        seconds = datetime.combine(moment, time(), timezone.utc).timestamp()
    elif _is_number(moment):
        seconds = float(moment)  # type: ignore[arg-type]  # it is a number
    else:
        raise ValueError(f"expected {MOMENT}, got {_show(value)}")
    if not EARLIEST <= seconds < LATEST:
        raise ValueError(f"expected a time of the years 2000 to 2099, got {_show(value)}")
    return seconds


def read_duration(value: object) -> float:
    """The seconds of a duration: a number of seconds, a ``timedelta``, or a text such as ``90s``, ``6m``, ``1h30m``,
    ``30d``; with a minus a negative one.

    Raises:
        ValueError: it is none, or one of more than a hundred years.
    """
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found:
        seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, found[2], re.ASCII))
        seconds = -seconds if found[1] == "-" else seconds
    elif isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif _is_number(value):
        seconds = float(value)  # type: ignore[arg-type]  # it is a number
    else:
        raise ValueError(f"expected {DURATION}, got {_show(value)}")
    if abs(seconds) > LATEST - EARLIEST:
        raise ValueError(f"expected a duration of a hundred years at most, got {_show(value)}")
    return seconds


def is_lifetime(value: object) -> bool:
    """Whether a value is the text of a duration above zero."""
    try:
        return isinstance(value, str) and read_duration(value) > 0
    except ValueError:
        return False


def write_moment(seconds: float) -> str:
    """A moment in seconds since 1970 as a text, in UTC, to the millisecond: ``2027-01-23T00:00:00.000Z``."""
    moment = datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _parse(text: str) -> datetime | date | None:
    text = text.strip()
    try:
        return msgspec.convert(text, date if len(text) == len("2027-01-23") else datetime)
    except msgspec.ValidationError:
        return None


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e15  # false of NaN, too


def _show(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | date | timedelta) else f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:80]}…"
