"""The creation of a batch: all of its requests are answered before it is answered itself, in the order of the list.

What is to be done is recorded first, so that a server which was killed meanwhile can go on.
"""

from __future__ import annotations

from itertools import islice

from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.batches import keeping, state
from mockserver.endpoints.batches.body import read_body, read_requests
from mockserver.endpoints.batches.creation import record
from mockserver.endpoints.batches.items import Answerer
from mockserver.endpoints.batches.rows import ChunkWriter, list_chunks
from mockserver.endpoints.batches.state import BATCH, Batch
from mockserver.endpoints.parts import Parts
from mockserver.records.batches import DEFAULT_PLAN, BatchPlan
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.reference import ids
from mockserver.store import ActiveSettings
from mockserver.store.blobs import BlobWriter
from mockserver.store.calls import BatchItems
from mockserver.store.claims import ClaimLostError
from mockserver.store.errors import StoreFullError
from mockserver.store.objects import Given

REQUESTS, UNFINISHED = "batch_requests", "batch_unfinished"


def create(arrival: Arrival, parts: Parts) -> Batch:
    """Create the batch that a call asks for, and answer its requests.

    Raises:
        ApiError: its form is not that of a batch, or there is no room for it.
    """
    writer = parts.store.blobs.create()
    try:
        return _create(arrival, parts, writer)
    finally:
        # The batch has it now, unless it is none.
        writer.discard()


def _create(arrival: Arrival, parts: Parts, writer: BlobWriter) -> Batch:
    store, session = parts.store, arrival.session
    batch_id = ids.make("msgbatch", arrival.session, arrival.number, arrival.seed)
    try:
        total, blob = _keep_requests(arrival.call, parts, writer)
        options = store.overrides.active(session)
        batch = Batch(batch_id, arrival.call.at, total, arrival.seed, find_plan(options, parts))
        with store.claims.begin() as claim:
            kept = record(arrival, claim, parts.settings.own_secrets)
            given = Given(UNFINISHED, f"{batch_id}.unfinished", kept)
            # The mark is the first: what a full disk leaves of the others is removed by the next server.
            store.objects.add(session, UNFINISHED, given.id, kept, parent=batch_id)
            try:
                requests = f"{batch_id}.requests"
                store.objects.add(session, REQUESTS, requests, b"{}", parent=batch_id, blobs=(blob,), given=given)
                store.objects.add(session, BATCH, batch_id, state.encode(batch), given=given)
            except ClaimLostError:
                return batch  # a reset has removed it before it was there, as it does a moment later
            return answer_requests(arrival, parts, batch, options, given)
    except StoreFullError as error:
        store.objects.remove(session, BATCH, batch_id)
        raise ApiError(Finding(str(error), "batches.room", "limit of this server", status=413)) from error


def find_plan(options: ActiveSettings, parts: Parts) -> BatchPlan:
    """How batches go on: as the session says, else its files."""
    return options.batches or parts.fixtures.scenarios.batches or DEFAULT_PLAN


def answer_requests(arrival: Arrival, parts: Parts, batch: Batch, options: ActiveSettings, given: Given) -> Batch:
    """Answer the requests of a batch that have no results yet, as long as the mark of its creation is as it is given.
    When that changes, another one answers them, or a reset has removed the batch.

    Raises:
        StoreFullError: there is no room for the results.
    """
    store, session = parts.store, arrival.session
    try:
        _answer_rest(arrival, parts, batch, options, given)
    except ClaimLostError:
        return keeping.change(store, session, batch.id, lambda known: known) or batch
    succeeded = sum(chunk.succeeded for chunk in list_chunks(store, session, batch.id))
    answered = keeping.change(store, session, batch.id, lambda known: _note_answered(known, succeeded))
    store.objects.remove(session, UNFINISHED, given.id)
    # A reset may have removed it meanwhile.
    return answered or _note_answered(batch, succeeded)


def _answer_rest(arrival: Arrival, parts: Parts, batch: Batch, options: ActiveSettings, given: Given) -> None:
    store, session = parts.store, arrival.session
    first = sum(chunk.count for chunk in list_chunks(store, session, batch.id))
    requests = store.objects.get(session, REQUESTS, f"{batch.id}.requests")
    source = store.blobs.open(requests.blobs[0]) if requests is not None else None
    if source is None:
        raise ClaimLostError  # a reset
    writer, answerer = ChunkWriter(store, session, batch.id, first, given), Answerer(arrival, parts, batch, options)
    with source:
        for index, request in enumerate(islice(read_requests(source), first, None), first):
            writer.add(answerer.answer(request, index))
    writer.flush()


def sum_items(parts: Parts, session: str, batch_id: str) -> BatchItems:
    """How the requests of a batch were answered."""
    items = BatchItems()
    for chunk in list_chunks(parts.store, session, batch_id):
        items = items.join(chunk.items)
    return items


def _keep_requests(call: Call, parts: Parts, writer: BlobWriter) -> tuple[int, str]:
    envelope = read_body(call, parts, writer)
    if envelope.finding is not None:
        raise ApiError(envelope.finding)
    return envelope.total, writer.finish()


def _note_answered(batch: Batch, succeeded: int) -> Batch:
    if batch.answered:  # by another one
        return batch
    return replace(batch, answered=True, succeeded=succeeded, errored=batch.total - succeeded)
