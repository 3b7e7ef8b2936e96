"""What a request asks of a list: how many rows, and between which."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qs

from msgspec import Struct

from mockserver.records.errors import ApiError, Finding

Query = Mapping[str, Sequence[str]]
Row = TypeVar("Row")
_NUMBER = re.compile(r"[+-]?[0-9]+")
# Longer numbers are out of any range, whatever they are.
_DIGITS = 12
# The keys of a page of models or batches.
LIST_KEYS = ("data", "has_more", "first_id", "last_id")


class Window(Struct, frozen=True):
    """The part of a list that is asked for: at most ``limit`` rows, after one id or before another ("": none).

    With both, ``before`` counts, as it does for the pages of the SDK (2.14.0).
    """

    limit: int
    after: str = ""
    before: str = ""


def read_query(query: str) -> Query:
    """The parameters of a query string. One without a value is as if it were not there, but for the limit."""
    return {
        name: values
        for name, values in parse_qs(query, keep_blank_values=True).items()
        if name == "limit" or any(values)
    }


def read_window(query: Query) -> Window:
    """The window of a list that takes ``limit``, ``after_id`` and ``before_id``.

    Raises:
        ApiError: 400, ``limit`` is no number in its range.
    """
    return Window(read_limit(query), query.get("after_id", [""])[-1], query.get("before_id", [""])[-1])


def read_limit(query: Query, most: int = 1000, rule: str = "list.limit") -> int:
    """How many rows a list shall have: 20 unless ``limit`` says otherwise, from 1 to ``most``.

    Source of the range and the texts: the constraints published in 2026-05, and the API's texts for numbers in bodies;
    both API versions.

    Raises:
        ApiError: 400, it is no number in its range.
    """
    text = query.get("limit", ["20"])[-1].strip()
    if not _NUMBER.fullmatch(text):
        message = "limit: Input should be a valid integer, unable to parse string as an integer"
    elif (number := int(text[: _DIGITS + 1])) < 1:
        message = "limit: Input should be greater than or equal to 1"
    elif number > most:
        message = f"limit: Input should be less than or equal to {most}"
    else:
        return number
    raise ApiError(Finding(message, rule, "constraints of 2026-05"))


def cut(rows: Sequence[Row], position: int | None, window: Window) -> tuple[Sequence[Row], bool]:
    """The rows of a window, and whether there are more in the direction asked for.

    Args:
        rows: all of them, in the order of the list.
        position: how many rows stand before that of ``before``, or up to that of ``after``; None when there is no such
            id, and so there are no such rows.
        window: the window.
    """
    if not (window.before or window.after):
        return rows[: window.limit], window.limit < len(rows)
    if position is None:
        return (), False
    if window.before:
        return rows[max(0, position - window.limit) : position], position > window.limit
    return rows[position : position + window.limit], position + window.limit < len(rows)
