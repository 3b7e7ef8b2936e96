"""Tells the parts of a document in which there are no mistakes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TypeVar

from mockserver.records.errors import Problem
from mockserver.scenarios.reading.lines import Span
from mockserver.scenarios.reading.source import Document, KeyPath

T = TypeVar("T")


def list_sound(document: Document, items: Iterable[tuple[T, KeyPath]], problems: Sequence[Problem]) -> list[T]:
    """The things at whose paths there is none of the problems."""
    places = sorted(problem.place for problem in problems)

    def is_sound(span: Span | None) -> bool:
        if not places or span is None:
            return not places
        at = bisect_left(places, span[0])
        # What is empty takes up nothing, and may be a mistake all the same.
        return at == len(places) or (places[at] != span[0] and places[at] >= span[1])

    return [item for item, path in items if is_sound(document.span(path) if places else None)]
