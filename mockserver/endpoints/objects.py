"""Batches and files of several sessions, for those who look at them from outside of the API; nothing is counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import Any

from mockserver.endpoints import file_lists, filing
from mockserver.endpoints.batches import viewing
from mockserver.endpoints.batches.state import BATCH
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.files import KIND
from mockserver.store.objects import StoredObject

# The session, None for those of all, and the object as the API shows it.
Shown = tuple[str | None, dict[str, Any]]


def list_batches(parts: Parts, sessions: Sequence[str], limit: int, call: Call) -> list[Shown]:
    """The newest batches of sessions, at most so many, as the API would show them now."""
    found = (
        (session, viewing.show_batch(parts, session, each.id, call))
        for session, each in _find_newest(parts, sessions, BATCH, limit)
    )
    return [(session, shown) for session, shown in found if shown is not None]


def list_files(parts: Parts, sessions: Sequence[str], limit: int) -> list[Shown]:
    """The newest files of sessions, at most so many, behind them those that fixtures declare for all."""
    rows: list[Shown] = []
    for session, each in _find_newest(parts, sessions, KIND, limit):
        file = filing.decode(each)
        if filing.is_there(file, viewing.read_time(parts, session)):
            rows.append((session, file_lists.show(file, old=False)))
    declared = [(None, file_lists.show(file, old=False)) for file in parts.fixtures.declared.values()]
    return [*rows, *declared][:limit]


def _find_newest(parts: Parts, sessions: Sequence[str], kind: str, limit: int) -> list[tuple[str, StoredObject]]:
    def find() -> Iterator[tuple[str, StoredObject]]:
        for session in sessions:
            page = parts.store.objects.page(session, kind, limit)
            yield from ((session, each) for each in page.objects)

    return nlargest(limit, find(), key=lambda row: row[1].number)
