"""Batches whose creation was interrupted by the end of a server are finished by the next one on the same store."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

from msgspec.structs import replace

from mockserver.endpoints.batches import creation, state
from mockserver.endpoints.batches.creating import REQUESTS, UNFINISHED, answer_requests
from mockserver.endpoints.batches.state import BATCH
from mockserver.endpoints.parts import Parts
from mockserver.store.errors import StoreFullError
from mockserver.store.objects import StoredObject

LOGGER = logging.getLogger("mockserver")
_PAGE = 1000


def has_unfinished(parts: Parts) -> bool:
    """Whether there are batches to be finished."""
    return any(parts.store.objects.count(session, UNFINISHED) for session in parts.store.sessions.names())


def resume(parts: Parts) -> int:
    """Answer what is left of them, behind the results that are there; returns how many were finished.

    Those that another process is still creating are left to it.
    """
    return sum(_resume_one(parts, session, found) for session, found in _list_unfinished(parts))


def disown(parts: Parts) -> None:
    """Let all of them be resumed, for a process that has the store alone: those that began them have ended, although
    others, or what is left of them, may have their numbers.
    """
    for session, found in _list_unfinished(parts):
        data = creation.read(found.data).hand_over(0)
        parts.store.objects.replace(session, UNFINISHED, found.id, found.data, data)


def _list_unfinished(parts: Parts) -> Iterator[tuple[str, StoredObject]]:
    for session in parts.store.sessions.names():
        page = parts.store.objects.page(session, UNFINISHED, _PAGE)
        yield from ((session, found) for found in reversed(page.objects))


def _resume_one(parts: Parts, session: str, found: StoredObject) -> bool:
    store, unfinished = parts.store, creation.read(found.data)
    is_taken = unfinished.is_orphan and store.objects.replace(
        session, UNFINISHED, found.id, found.data, unfinished.hand_over(os.getpid())
    )
    if not is_taken:
        return False
    held = store.objects.get(session, BATCH, found.parent)
    if held is None:  # nobody was told of it
        store.objects.remove(session, REQUESTS, f"{found.parent}.requests")
        store.objects.remove(session, UNFINISHED, found.id)
        return False
    try:
        arrival = replace(unfinished.arrival, session=unfinished.arrival.session or session)
        answer_requests(arrival, parts, state.decode(held.data), store.overrides.active(session))
    except StoreFullError as error:
        LOGGER.error("the batch %s cannot be finished: %s", found.parent, error)
        return False
    return True
