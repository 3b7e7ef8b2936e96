"""``/v1/messages/batches`` and what is below it: batches are created, listed, asked for, canceled, deleted, read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.endpoints import computed, paging
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.batches import keeping, rows, state
from mockserver.endpoints.batches.addresses import find_results_url
from mockserver.endpoints.batches.creating import create, sum_items
from mockserver.endpoints.batches.state import BATCH, Batch
from mockserver.endpoints.computed import merge
from mockserver.endpoints.decision import Decision, postpone
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.records.errors import ApiError, Finding
from mockserver.records.reply import Content, Value
from mockserver.store.calls import BatchItems
from mockserver.store.objects import ObjectPage, ObjectStore

# While a batch is in progress (source: recorded 2026-06 and 2026-08; all API versions).
_RETRY = {"retry-after": "10"}
_IN_PROGRESS = "In progress batches cannot be deleted. Consider canceling the batch instead."


def decide_creation(arrival: Arrival, parts: Parts) -> Decision:
    """``POST``: a new batch. Its requests may have functions for answers, and they may be many: it is made later."""
    return postpone(partial(_decide_creation, arrival, parts))


def decide_listing(arrival: Arrival, parts: Parts) -> Decision:
    """``GET``: a page of the session's batches, newest first."""
    return computed.decide(arrival, parts, partial(_list, arrival, parts))


def decide_one(arrival: Arrival, parts: Parts) -> Decision:
    """``GET`` of one: the batch as it is now, which may end for it."""
    return computed.decide(arrival, parts, partial(_retrieve, arrival, parts))


def decide_canceling(arrival: Arrival, parts: Parts) -> Decision:
    """``POST …/cancel``: what is not done yet is canceled."""
    return computed.decide(arrival, parts, partial(_cancel, arrival, parts))


def decide_deletion(arrival: Arrival, parts: Parts) -> Decision:
    """``DELETE``: a batch that has ended, with its results."""
    return computed.decide(arrival, parts, partial(_delete, arrival, parts))


def decide_results(arrival: Arrival, parts: Parts) -> Decision:
    """``GET …/results``: a row for each request. To measure many takes a while."""
    return postpone(lambda: computed.decide(arrival, parts, partial(_read_results, arrival, parts)).settle())


def _decide_creation(arrival: Arrival, parts: Parts) -> Decision:
    created: list[BatchItems] = []

    def compute(_: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
        batch = create(arrival, parts)
        created.append(sum_items(parts, arrival.session, batch.id))
        return _show(arrival, batch, values)

    decision = computed.decide(arrival, parts, compute).settle()
    return replace(decision, items=created[0]) if created else decision


def _list(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    store, session = parts.store, arrival.session
    page = _find_page(store.objects, session, paging.read_window(paging.read_query(arrival.call.query)))
    seen = [keeping.look_at(store, session, each.id, arrival.call.at) for each in page.objects]
    data = [_show(arrival, batch) for batch in seen if batch is not None]
    has_more = page.has_more
    if "data" in values:
        data, has_more = [_complete(arrival, parts, each) for each in values["data"]], False
    return {
        "data": data,
        "has_more": has_more,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        **{key: value for key, value in values.items() if key in paging.LIST_KEYS and key != "data"},
    }


def _find_page(objects: ObjectStore, session: str, window: paging.Window) -> ObjectPage:
    """The page of a window. An id has its place also when its batch was deleted; no batch stands beside one that never
    was.
    """
    if not (window.before or window.after):
        return objects.page(session, BATCH, window.limit)
    number = objects.find_number(session, BATCH, window.before or window.after)
    if number is None:
        return ObjectPage()
    if window.before:
        return objects.page(session, BATCH, window.limit, above=number)
    return objects.page(session, BATCH, window.limit, below=number)


def _retrieve(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> Value:
    store, session, now = parts.store, arrival.session, arrival.call.at

    def ask(batch: Batch) -> Batch:
        known = keeping.go_on(store, session, batch, now)
        if known.ended is not None or not known.answered:
            return known
        return keeping.go_on(store, session, replace(known, polls=known.polls + 1), now)

    shown = _show(arrival, _find(arrival, keeping.change(store, session, _name(arrival), ask), values), values)
    headers = _RETRY if shown["processing_status"] == "in_progress" else {}
    return Value(orjson.dumps(shown), headers=headers)


def _cancel(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    store, session, now = parts.store, arrival.session, arrival.call.at

    def cancel(batch: Batch) -> Batch:
        if batch.canceled is not None and batch.ended is None:
            return batch  # once more; it shows what it showed before
        known = keeping.go_on(store, session, batch, now)
        return known if known.ended is not None else replace(known, canceled=now)

    batch = _find(arrival, keeping.change(store, session, _name(arrival), cancel), values)
    if batch.ended is not None and not values:
        # What the API answers is not published.
        text = f"Message Batch {batch.id} has already ended and cannot be canceled."
        raise ApiError(Finding(text, "batches.ended", "inferred"))
    return _show(arrival, batch, values)


def _delete(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    store, session = parts.store, arrival.session
    batch = _find(arrival, keeping.look_at(store, session, _name(arrival), arrival.call.at), values)
    if batch.ended is None and not values:
        raise ApiError(Finding(_IN_PROGRESS, "batches.in_progress", "observed 2026-09"))
    store.objects.remove(session, BATCH, batch.id)
    own = {key: value for key, value in values.items() if key in ("id", "type")}
    return {"id": batch.id, "type": "message_batch_deleted", **own}


def _read_results(arrival: Arrival, parts: Parts, _: ReadPrompt, __: Mapping[str, Any]) -> Content:
    store, session, now = parts.store, arrival.session, arrival.call.at
    batch = _find(arrival, keeping.look_at(store, session, _name(arrival), now))
    if not state.has_results(batch, now):
        text = f"Message Batch {batch.id} has no available results."
        raise ApiError(Finding(text, "batches.no_results", "observed 2026-09", status=404))
    return rows.read_results(store, session, batch)


def _name(arrival: Arrival) -> str:
    return arrival.parameters["id"]


def _find(arrival: Arrival, batch: Batch | None, values: Mapping[str, Any] = {}) -> Batch:
    """The batch, if there is one. A scenario may make values of one up that nobody created.

    Raises:
        ApiError: there is none.
    """
    if batch is not None:
        return batch
    name = _name(arrival)
    if values:
        return Batch(name, arrival.call.at, 0, answered=True)
    text = f"Message Batch {name} not found."
    raise ApiError(Finding(text, "batches.unknown", "observed 2026-09", status=404))


def _show(arrival: Arrival, batch: Batch, values: Mapping[str, Any] = {}) -> dict[str, Any]:
    shown = state.show(batch, arrival.call.at, find_results_url(arrival.call, batch.id))
    own = {key: value for key, value in values.items() if key not in paging.LIST_KEYS}
    return dict(merge(shown, own))


def _complete(arrival: Arrival, parts: Parts, values: Mapping[str, Any]) -> dict[str, Any]:
    """A batch that a scenario lists: with what it says over what is known of it."""
    known = keeping.look_at(parts.store, arrival.session, values["id"], arrival.call.at)
    return _show(arrival, known or Batch(values["id"], arrival.call.at, 0, answered=True), values)
