"""Tells the parts of a document in which there are no mistakes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeVar

from mockserver.records.errors import Place, Problem
from mockserver.scenarios.reading.source import Document, KeyPath

T = TypeVar("T")


def list_sound(document: Document, items: Iterable[tuple[T, KeyPath]], problems: Sequence[Problem]) -> list[T]:
    """The things without a problem at their path; none when there is one in the defaults of all."""
    places = sorted(problem.place for problem in problems)
    if not _is_sound(document, ("defaults",), places):
        return []
    return [item for item, path in items if _is_sound(document, path, places)]


def _is_sound(document: Document, path: KeyPath, places: Sequence[Place]) -> bool:
    if not places or (span := document.span(path)) is None:
        return not places or path == ("defaults",)
    at = bisect_left(places, span[0])
    return at == len(places) or places[at] >= span[1]
