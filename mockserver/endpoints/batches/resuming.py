"""Batches whose creation was interrupted by the end of a server are finished by the next one on the same store."""

from __future__ import annotations

import logging

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
    resumed = 0
    for session in parts.store.sessions.names():
        page = parts.store.objects.page(session, UNFINISHED, _PAGE)
        resumed += sum(_resume_one(parts, session, found) for found in reversed(page.objects))
    return resumed


def _resume_one(parts: Parts, session: str, found: StoredObject) -> bool:
    store, unfinished = parts.store, creation.read(found.data)
    is_taken = unfinished.is_orphan and store.objects.replace(
        session, UNFINISHED, found.id, found.data, unfinished.take_over()
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
