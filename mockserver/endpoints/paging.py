"""Lists in pages with ``limit``, ``after_id`` and ``before_id``: models and batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.records.errors import ApiError, Finding
from mockserver.store.objects import ObjectPage, ObjectStore


def read_limit(given: Mapping[str, Sequence[str]]) -> int:
    """How many a page holds, 1 to 1000; 20 when the query does not say it.

    Raises:
        ApiError: 400, ``limit`` is no number in its range.
    """
    text = given.get("limit", ["20"])[-1]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if number is None:
        message = "limit: Input should be a valid integer, unable to parse string as an integer"
    elif not number >= 1:
        message = "limit: Input should be greater than or equal to 1"
    elif not number <= 1000:
        message = "limit: Input should be less than or equal to 1000"
    else:
        return number
    raise ApiError(Finding(message, "models.limit", "constraints of 2026-05"))


def name_ends(data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The ids of the first and the last one of a page; null for an empty one."""
    return {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}


def find_page(objects: ObjectStore, session: str, kind: str, given: Mapping[str, Sequence[str]]) -> ObjectPage:
    """The page of stored objects that a query asks for, latest first. An id that was never there is ignored.

    Raises:
        ApiError: 400, ``limit`` is no number in its range.
    """
    limit = read_limit(given)
    above, below = (
        objects.find_number(session, kind, given[name][-1]) if given.get(name) else None
        for name in ("before_id", "after_id")
    )
    return objects.page(session, kind, limit, above=above, below=None if above is not None else below)
