"""The results of a batch, in chunks of the store: none of them is in memory with all others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from random import Random
from time import monotonic

import msgspec
from msgspec import Struct

from mockserver.endpoints.batches.items import BEFORE_RESULT, SUCCEEDED, Row
from mockserver.endpoints.batches.state import Batch
from mockserver.records.batches import SHUFFLED
from mockserver.records.reply import Content
from mockserver.store import Store
from mockserver.store.calls import BatchItems, sum_costs
from mockserver.store.errors import StoreError
from mockserver.store.objects import Given, StoredObject

ROWS = "batch_rows"
# Bytes of the rows of a chunk, more or less.
CHUNK = 1024 * 1024
# Seconds after which a row is kept: requests that take long are not answered again when their server dies.
SECONDS = 0.5
_PAGE = 100


class Chunk(Struct, frozen=True):
    """Some rows that follow each other: the place of the first one, and what they are."""

    first: int
    count: int
    succeeded: int
    items: BatchItems
    blob: str = ""


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Chunk)


class ChunkWriter:
    """Writes the rows of a batch, and counts what they are.

    Args:
        store: where they are kept.
        session: whose batch it is.
        batch_id: the batch.
        first: the place of the first row.
        given: says that the batch is not worked by another one.
    """

    def __init__(self, store: Store, session: str, batch_id: str, first: int, given: Given) -> None:
        self._store, self._session, self._batch_id, self._given = store, session, batch_id, given
        self._first, self._rows, self._size, self._due = first, list[Row](), 0, 0.0

    def add(self, row: Row) -> None:
        """Add a row.

        Raises:
            ClaimLostError: another one works on the batch.
            StoreFullError: there is no room.
        """
        if not self._rows:
            self._due = monotonic() + SECONDS
        self._rows.append(row)
        self._size += len(row.line)
        if self._size >= CHUNK or monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Keep the rows that were added.

        Raises:
            ClaimLostError: another one works on the batch, or a reset has removed it.
            StoreFullError: there is no room.
        """
        rows = self._rows
        if not rows:
            return
        writer = self._store.blobs.create()
        writer.write(b"".join([row.line for row in rows]))
        try:
            self._keep(rows, writer.finish())
        except StoreError:
            writer.discard()
            raise
        self._first, self._rows, self._size = self._first + len(rows), [], 0

    def _keep(self, rows: list[Row], blob: str) -> None:
        chunk = Chunk(self._first, len(rows), sum(row.is_success for row in rows), _count_items(rows))
        object_id = f"{self._batch_id}.rows.{self._first}"
        self._store.objects.add(
            self._session,
            ROWS,
            object_id,
            _ENCODER.encode(chunk),
            parent=self._batch_id,
            blobs=(blob,),
            given=self._given,
        )


def _count_items(rows: list[Row]) -> BatchItems:
    names = Counter(row.scenario for row in rows)
    generated, _ = names.pop("", 0), names.pop(None, 0)
    unmatched, refused = sum(row.is_unmatched for row in rows), sum(row.is_refused for row in rows)
    scenarios = {name: number for name, number in names.items() if name}
    return BatchItems(scenarios, generated, unmatched, refused, sum_costs(row.cost for row in rows))


def list_chunks(store: Store, session: str, batch_id: str) -> list[Chunk]:
    """The chunks of a batch, in the order of its requests."""
    chunks: list[Chunk] = []
    last = 0
    while True:
        page = store.objects.page(session, ROWS, _PAGE, parent=batch_id, above=last)
        chunks += [_read_chunk(each) for each in reversed(page.objects)]
        if not page.has_more or not page.objects:
            return sorted(chunks, key=lambda chunk: chunk.first)
        last = page.objects[0].number


def count_rows(store: Store, session: str, batch: Batch, done: int) -> tuple[int, int]:
    """How many of the first rows are messages, and how many errors."""
    if done >= batch.total:
        return batch.succeeded, batch.errored
    succeeded = 0
    for chunk in list_chunks(store, session, batch.id):
        if chunk.first + chunk.count <= done:
            succeeded += chunk.succeeded
        elif chunk.first < done:
            lines = _read_lines(store, chunk)[: done - chunk.first]
            succeeded += sum(line.partition(BEFORE_RESULT)[2].startswith(SUCCEEDED) for line in lines)
    return succeeded, done - succeeded


def read_results(store: Store, session: str, batch: Batch) -> Content:
    """The results of a batch that has ended, as JSON lines.

    Raises:
        StoreFailedError: they cannot be read.
    """
    chunks = list_chunks(store, session, batch.id)
    # Whether they can be read has to be known before the answer begins.
    source = store.blobs.open(chunks[0].blob) if chunks else None
    if source is not None:
        source.close()
    if batch.plan.order == SHUFFLED:
        Random(batch.seed).shuffle(chunks)
    size = sum(_measure(store, batch, chunk) for chunk in chunks)
    # Source: recorded 2026-06 and 2026-08.
    disposition = f"attachment; filename*=utf-8''{batch.id}_results.jsonl"
    read = partial(_read_all, store, batch, chunks)
    return Content(read, size, "application/x-jsonl", {"content-disposition": disposition})


def _read_all(store: Store, batch: Batch, chunks: list[Chunk]) -> Iterator[bytes]:
    for chunk in chunks:
        yield _read_results(store, batch, chunk)


def _measure(store: Store, batch: Batch, chunk: Chunk) -> int:
    if chunk.first + chunk.count <= batch.done:
        return store.blobs.size(chunk.blob) or 0
    return len(_read_results(store, batch, chunk))


def _read_results(store: Store, batch: Batch, chunk: Chunk) -> bytes:
    lines = _read_lines(store, chunk)
    if chunk.first + chunk.count > batch.done:
        kept = max(0, batch.done - chunk.first)
        rest = b'%b{"type":"%b"}}\n' % (BEFORE_RESULT, batch.rest.encode())
        lines[kept:] = [line.partition(BEFORE_RESULT)[0] + rest for line in lines[kept:]]
    if batch.plan.order == SHUFFLED:
        Random(batch.seed + chunk.first).shuffle(lines)
    return b"".join(lines)


def _read_lines(store: Store, chunk: Chunk) -> list[bytes]:
    source = store.blobs.open(chunk.blob)
    if source is None:  # the batch was deleted meanwhile
        return []
    with source:
        return source.readlines()


def _read_chunk(stored: StoredObject) -> Chunk:
    return msgspec.structs.replace(_DECODER.decode(stored.data), blob=stored.blobs[0])
