"""Batches for those who look at them from outside of the API: tests and the control interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from mockserver.endpoints.batches import keeping, state
from mockserver.endpoints.batches.addresses import find_results_url
from mockserver.endpoints.batches.body import read_requests
from mockserver.endpoints.batches.creating import REQUESTS
from mockserver.endpoints.batches.rows import read_results
from mockserver.endpoints.batches.state import BATCH, Batch
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call

_PAGE = 1000


def read_time(parts: Parts, session: str) -> float:
    """The time by the clock of a session, in seconds since 1970."""
    return parts.store.clocks.active(session).read(parts.clock.now())


def list_batches(parts: Parts, session: str) -> list[Batch]:
    """The batches of a session as they are now, oldest first."""
    now, last, found = read_time(parts, session), 0, list[Batch]()
    while True:
        page = parts.store.objects.page(session, BATCH, _PAGE, above=last)
        for each in reversed(page.objects):
            batch = keeping.look_at(parts.store, session, each.id, now)
            found += [batch] if batch is not None else []
        if not page.has_more or not page.objects:
            return found
        last = page.objects[0].number


def find_batch(parts: Parts, session: str, batch_id: str) -> Batch | None:
    """A batch as it is now, without asking for it as a client does; None when there is none."""
    return keeping.look_at(parts.store, session, batch_id, read_time(parts, session))


def finish(parts: Parts, session: str, batch_id: str) -> Batch | None:
    """End a batch now; None when there is none."""
    store, now = parts.store, read_time(parts, session)
    return keeping.change(store, session, batch_id, lambda batch: keeping.finish(store, session, batch, now))


def finish_and_show(parts: Parts, session: str, batch_id: str, call: Call) -> dict[str, Any] | None:
    """End a batch now; returns it in the API's shape, None when there is none."""
    batch = finish(parts, session, batch_id)
    if batch is None:
        return None
    return state.show(batch, read_time(parts, session), find_results_url(call, batch_id))


def show_batch(parts: Parts, session: str, batch_id: str, call: Call) -> dict[str, Any] | None:
    """A batch as it is now, in the API's shape; None when there is none."""
    batch, now = find_batch(parts, session, batch_id), read_time(parts, session)
    return None if batch is None else state.show(batch, now, find_results_url(call, batch_id))


def read_items(parts: Parts, session: str, batch_id: str) -> Iterator[tuple[str, Any]]:
    """The id and the parameters of each request of a batch, as they were sent."""
    held = parts.store.objects.get(session, REQUESTS, f"{batch_id}.requests")
    source = parts.store.blobs.open(held.blobs[0]) if held is not None else None
    if source is None:
        return
    with source:
        for request in read_requests(source):
            yield request.custom_id, None if request.params is None else orjson.loads(request.params)


def read_rows(parts: Parts, session: str, batch: Batch) -> Iterator[dict[str, Any]]:
    """The rows of the results of a batch; none before there are any."""
    if state.has_results(batch, read_time(parts, session)):
        for piece in read_results(parts.store, session, batch).read():
            yield from map(orjson.loads, piece.splitlines())
