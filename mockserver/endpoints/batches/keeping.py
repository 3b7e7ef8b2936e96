"""Batches in the store: found, changed, and looked at as time goes on."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.endpoints.batches import state
from mockserver.endpoints.batches.rows import count_rows
from mockserver.endpoints.batches.state import BATCH, Batch, Ending
from mockserver.store import Store

Change = Callable[[Batch], Batch]


def change(store: Store, session: str, batch_id: str, make: Change) -> Batch | None:
    """Change a batch, whoever changes it at the same time; returns what it is now, None when there is none.

    Args:
        store: where it is kept.
        session: whose it is.
        batch_id: its id.
        make: makes the new batch of the old one; called again when that has changed meanwhile.
    """
    while (found := store.objects.get(session, BATCH, batch_id)) is not None:
        before = state.decode(found.data)
        after = make(before)
        if after == before or store.objects.replace(session, BATCH, batch_id, found.data, state.encode(after)):
            return after
    return None


def look_at(store: Store, session: str, batch_id: str, now: float) -> Batch | None:
    """A batch as it is now; None when there is none."""
    return change(store, session, batch_id, lambda batch: go_on(store, session, batch, now))


def go_on(store: Store, session: str, batch: Batch, now: float) -> Batch:
    """The batch as it is at a time."""
    return _end(store, session, batch, state.find_ending(batch, now))


def finish(store: Store, session: str, batch: Batch, now: float) -> Batch:
    """The batch, ended now unless it has ended already, or is still being created."""
    batch = go_on(store, session, batch, now)
    if batch.ended is not None or not batch.answered:
        return batch
    return _end(store, session, batch, state.find_early_ending(batch, now))


def _end(store: Store, session: str, batch: Batch, ending: Ending | None) -> Batch:
    if ending is None:
        return batch
    return state.end(batch, ending, *count_rows(store, session, batch, ending.done))
