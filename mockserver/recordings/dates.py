"""Dates and times in texts: their forms, and which of them tell the day on which something was recorded."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone

_WEEKDAY = r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?"
# Monday, 2026-11-30; 2026-11-30 (Monday)
_DAY = rf"(?:{_WEEKDAY},?\s)?"
_BEHIND = rf"(?:,?\s(?:{_WEEKDAY}|\({_WEEKDAY}\)))?"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_ZONE = r"(?:\s?(?:Z|UTC|GMT|[A-Z]{3,4})?(?:\s?[+-]\d\d:?\d\d)?(?:\s\([A-Z][A-Za-z ]{1,40}\))?)"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?(?:[AaPp][Mm]|[ap]\.m\.))?" + _ZONE
_TIME = rf"(?:(?:[T\s]|,\s|\sat\s|,\sat\s){_CLOCK})?"
_ORDINAL = r"(?:st|nd|rd|th)?"
# The forms in which requests tell a day, most of them with the time behind it. Others stay what they are.
FORMS = {
    # 2026-11-30, 2026-11-30T16:20:11.123Z, 2026-11-30 16:20 UTC
    "iso": rf"{_DAY}\d{{4}}-\d\d-\d\d{_BEHIND}{_TIME}",
    # 2026/11/30
    "slashed_year": rf"{_DAY}\d{{4}}/\d{{1,2}}/\d{{1,2}}{_BEHIND}{_TIME}",
    # 30.11.2026
    "dotted": rf"{_DAY}\d{{1,2}}\.\d{{1,2}}\.\d{{4}}{_BEHIND}{_TIME}",
    # 11/30/2026, 4:20:11 PM; 30/11/2026
    "slashed": rf"{_DAY}\d{{1,2}}/\d{{1,2}}/\d{{4}}{_BEHIND}{_TIME}",
    # Mon, 30 Nov 2026 16:20:11 GMT; 30 November 2026
    "day_month": rf"{_DAY}\d{{1,2}}{_ORDINAL}\.?\s(?:of\s)?{_MONTH},?\s\d{{4}}{_BEHIND}{_TIME}",
    # Monday, November 30, 2026 at 4:20 PM; Mon Nov 30 2026 16:20:11 GMT+0000 (Coordinated Universal Time)
    "month_day": rf"{_DAY}{_MONTH}\s\d{{1,2}}{_ORDINAL},?\s\d{{4}}{_BEHIND}{_TIME}",
    # November 2026, as in a description of a tool of Claude Code
    "month": rf"{_MONTH}\s\d{{4}}",
    # Mon Nov 30 16:20:11 UTC 2026, as C and `date` write it
    "ctime": rf"{_WEEKDAY}\s{_MONTH}\s{{1,2}}\d{{1,2}}\s\d\d:\d\d:\d\d\s(?:[AP]M\s)?(?:[A-Z]{{3,4}}\s)?\d{{4}}",
    # 20261130, 20261130T162011Z
    "compact": r"20\d{6}(?:[T_-]?\d{6}Z?)?",
    # Seconds, milli-, micro- and nanoseconds since 1970
    "seconds": r"1\d{9}(?:\.\d{1,9})?",
    "milliseconds": r"1\d{12}",
    "microseconds": r"1\d{15}",
    "nanoseconds": r"1\d{18}",
}
_FAR = 2
_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_ANY = re.compile(
    r"(?<![A-Za-z0-9])(?=[0-9A-Z])(?:"
    + "|".join(f"(?P<{name}>{form})" for name, form in FORMS.items())
    + r")(?![A-Za-z0-9])"
)
# All forms hold it. Looking for it is fast: re skips to a first character, if that is no repetition.
_YEAR = re.compile(r"[0-9][0-9][0-9][0-9]")
_NUMBER = re.compile(r"[0-9]+")
_NAMED = re.compile(rf"(?<![A-Za-z])({_MONTH})(?![A-Za-z])")


def replace_dates(text: str, write: Callable[[str, str], str]) -> str:
    """The text with what ``write`` makes of each date in it: given its form and the date."""
    found = _YEAR.search(text)
    if found is None:
        return text

    def replace(date_: re.Match[str]) -> str:
        return write(_name_form(date_), date_[0])

    parts, done = list[str](), 0
    while found is not None:
        # Only lines that may hold one are searched for all forms.
        start, end = text.rfind("\n", done, found.start()) + 1 or done, text.find("\n", found.end())
        end = len(text) if end < 0 else end
        parts += (text[done:start], _ANY.sub(replace, text[start:end]))
        done, found = end, _YEAR.search(text, end)
    return "".join([*parts, text[done:]])


def list_dates(text: str) -> list[tuple[str, str]]:
    """The dates of a text in their order, each behind its form."""
    found: list[tuple[str, str]] = []

    def note(form: str, date_: str) -> str:
        found.append((form, date_))
        return date_

    replace_dates(text, note)
    return found


def _name_form(found: re.Match[str]) -> str:
    # With a time it is another form.
    return f"{found.lastgroup} with time" if ":" in found[0] else str(found.lastgroup)


def count_days(text: str, form: str, at: float) -> int | None:
    """How many days a date of a form is behind that of a time in seconds since 1970: -1, 0 or 1.

    Time zones differ: what was recorded on one day may have told another. None: it is farther away, or ``at`` is 0.
    """
    if not at:
        return None
    day = datetime.fromtimestamp(at, timezone.utc).date().toordinal()
    nearest = min((each - day for each in _list_days(text, form.partition(" ")[0])), key=abs, default=_FAR)
    return nearest if abs(nearest) <= 1 else None


def shift_days(one: str, other: str, form: str) -> int:
    """How many days a date is behind another one of its form: the fewest, where one may mean several; 0 for none."""
    form = form.partition(" ")[0]
    days, others = [*_list_days(one, form)], [*_list_days(other, form)]
    return min((later - day for day in days for later in others), key=abs, default=0)


def _list_days(text: str, form: str) -> Iterator[int]:
    """The days that a date may mean, as ordinals; of 11/12/2026 there are two, and many of a month."""
    for year, month, day in _list_parts(text, form):
        if year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            yield date(year, month, day).toordinal()


def _list_parts(text: str, form: str) -> Iterator[tuple[int, int, int]]:
    if form in _UNITS:
        moment = datetime.fromtimestamp(int(float(text) if "." in text else int(text)) / _UNITS[form], timezone.utc)
        yield moment.year, moment.month, moment.day
    elif form == "compact":
        yield int(text[:4]), int(text[4:6]), int(text[6:8])
    elif form == "month":
        month = 1 + _MONTHS.index(text[:3].lower())
        yield from ((int(text[-4:]), month, day) for day in range(1, 32))
    elif form in ("day_month", "month_day", "ctime"):
        numbers, named = _NUMBER.findall(text), _NAMED.search(text)
        year = next((each for each in (numbers[1], numbers[-1]) if len(each) == 4), "0")
        if named:
            yield int(year), 1 + _MONTHS.index(named[1][:3].lower()), int(numbers[0])
    else:
        first, second, third = map(int, _NUMBER.findall(text)[:3])
        if form in ("iso", "slashed_year"):
            yield first, second, third
        else:
            yield third, second, first
            yield third, first, second
