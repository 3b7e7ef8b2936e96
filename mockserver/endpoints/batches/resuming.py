"""Batches whose creation was interrupted are finished by whoever shares the store, or has it next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event

from msgspec.structs import replace

from mockserver.endpoints.batches import creation, state
from mockserver.endpoints.batches.creating import REQUESTS, UNFINISHED, answer_requests
from mockserver.endpoints.batches.state import BATCH
from mockserver.endpoints.parts import Parts
from mockserver.store.errors import StoreClosedError, StoreFailedError, StoreGoneError
from mockserver.store.objects import Given, StoredObject

LOGGER = logging.getLogger("mockserver")
# Seconds between two looks for what others have left.
PAUSE = 2.0
_PAGE = 1000


def has_unfinished(parts: Parts) -> bool:
    """Whether there are batches to be finished."""
    return bool(parts.store.objects.find_sessions(UNFINISHED))


def watch(parts: Parts, stopped: Event) -> None:
    """Finish what is left, and what others who share the store leave from now on, until it is stopped or closed."""
    given_up: set[str] = set()
    while True:
        try:
            resume(parts, given_up)
        except StoreClosedError:
            return
        except StoreFailedError as error:
            LOGGER.debug("batches that were left cannot be finished now: %s", error)
        if not parts.store.claims.is_shared or stopped.wait(PAUSE):
            return


def resume(parts: Parts, given_up: set[str] | None = None) -> int:
    """Answer what is left of them, behind the results that are there; returns how many were finished.

    Those that another one is still creating are left to it. ``given_up`` are the ids of the marks of those that could
    not be finished here: they are not tried again, which would use up answers of scripts; it gets further ones.
    """
    given_up = set() if given_up is None else given_up
    return sum(
        _resume_one(parts, session, found, given_up)
        for session, found in _list_unfinished(parts)
        if found.id not in given_up
    )


def disown(parts: Parts) -> None:
    """Let all of them be resumed, for a process that was there before all others: those that began them have ended,
    although others, or what is left of them, may have their numbers.
    """
    for session, found in _list_unfinished(parts):
        data = creation.read(found.data).hand_over("")
        parts.store.objects.replace(session, UNFINISHED, found.id, found.data, data)


def _list_unfinished(parts: Parts) -> Iterator[tuple[str, StoredObject]]:
    for session in parts.store.objects.find_sessions(UNFINISHED):
        page = parts.store.objects.page(session, UNFINISHED, _PAGE)
        yield from ((session, found) for found in reversed(page.objects))


def _resume_one(parts: Parts, session: str, found: StoredObject, given_up: set[str]) -> bool:
    store, unfinished = parts.store, creation.read(found.data)
    if store.claims.is_alive(unfinished.claim):
        return False
    with store.claims.begin() as claim:
        given = Given(UNFINISHED, found.id, unfinished.hand_over(claim))
        if not store.objects.replace(session, *given[:2], found.data, given.data):
            return False
        held = store.objects.get(session, BATCH, found.parent)
        if held is None:  # nobody was told of it
            store.objects.remove(session, REQUESTS, f"{found.parent}.requests")
            store.objects.remove(session, UNFINISHED, found.id)
            return False
        arrival = replace(unfinished.arrival, session=unfinished.arrival.session or session)
        try:
            answer_requests(arrival, parts, state.decode(held.data), store.overrides.active(session), given)
        except StoreGoneError:
            raise
        except StoreFailedError as error:
            given_up.add(found.id)
            LOGGER.error("the batch %s cannot be finished: %s", found.parent, error)
            return False
    return True
