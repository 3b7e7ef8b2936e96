"""Journal entries as rows."""

from __future__ import annotations

import time

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.reply import Raw, StoredReply, Value
from mockserver.store.calls import CallRecord, Departure, JournalEntry
from mockserver.store.kept.concealing import conceal_record
from mockserver.store.kept.encoding import pack, unpack
from mockserver.store.kept.entries import digest_request, is_retry
from mockserver.store.sqlite.database import Database, Row
from mockserver.store.sqlite.pieces import PIECE, load_pieces, save_pieces
from mockserver.store.threads import NO_THREAD, Thread

# The latest call before a retry with the same path and body: it is looked for when the entry is read, since another
# process may write it later.
_REPEATED = """(SELECT max(earlier.number) FROM entries earlier WHERE earlier.owner = entries.owner AND
    earlier.caller = entries.caller AND earlier.request = entries.request AND earlier.number < entries.number)"""
COLUMNS = f"number, CASE WHEN is_retry THEN {_REPEATED} END, departure, payload, data"


class StoredEntry(Struct, frozen=True, array_like=True):
    """A record; a large one without its body, its answer, its thread and, where there is one, the body as it was read:
    these have these ``sizes`` elsewhere.
    """

    record: CallRecord
    sizes: tuple[int, ...] | None = None


class PendingEntry(Struct, eq=False):
    """An entry that is to be written. ``owner`` is the shelf that gets it, ``caller`` the digest of the session."""

    number: int
    owner: int
    caller: bytes
    record: CallRecord
    departure: Departure | None
    size: int


def end_unfinished(database: Database, slot: int | None) -> None:
    """End the answers that a process was giving when it died: the one that had the slot, or (None) any."""
    cut = pack(Departure(hung_up=True))
    with database.writing():
        sql = "UPDATE entries SET departure = :cut WHERE departure IS NULL AND (:slot IS NULL OR slot = :slot)"
        database.run(sql, cut=cut, slot=slot)
        sql = "UPDATE turns SET is_finished = 1 WHERE NOT is_finished AND (:slot IS NULL OR slot = :slot)"
        database.run(sql, slot=slot)


def make_row(database: Database, pending: PendingEntry, secrets: tuple[str, ...], slot: int) -> Row:
    """The row of an entry of the process in this slot, without secrets; what is large is written already."""
    request = digest_request(pending.record.call)
    record = conceal_record(pending.record, secrets)
    payload, data = _save(database, record)
    departure = None if pending.departure is None else pack(pending.departure)
    return (
        *(pending.number, pending.owner, pending.caller, request, pending.size, time.time(), is_retry(pending.record)),
        *(departure, slot, payload, data),
    )


def read_row(database: Database, row: Row) -> JournalEntry:
    """The entry of a row."""
    number, retry_of, departure, payload, data = row
    stored = unpack(data, StoredEntry)
    record = stored.record
    if stored.sizes is not None:
        body, answer, thread, *read = load_pieces(database, payload, stored.sizes)
        record = replace(
            record,
            call=replace(record.call, body=body),
            outcome=_with_answer(record, answer),
            thread=unpack(thread, Thread) if thread else NO_THREAD,
            read=b"".join(read),
        )
    return JournalEntry(number, record, retry_of, None if departure is None else unpack(departure, Departure))


def _save(database: Database, record: CallRecord) -> tuple[int | None, bytes]:
    answer = _answer_of(record)
    if len(record.call.body) + len(record.read) + len(answer) + record.thread.size <= PIECE:
        return None, pack(StoredEntry(record))
    thread = b"" if record.thread == NO_THREAD else pack(record.thread)
    parts = [record.call.body, answer, thread, *([record.read] if record.read else ())]
    call, outcome = replace(record.call, body=b""), _with_answer(record, b"")
    bare = replace(record, call=call, outcome=outcome, thread=NO_THREAD, read=b"")
    return save_pieces(database, parts), pack(StoredEntry(bare, tuple(map(len, parts))))


def _answer_of(record: CallRecord) -> bytes:
    outcome = record.outcome
    if isinstance(outcome, StoredReply):
        return outcome.message
    return outcome.body if isinstance(outcome, (Raw, Value)) else b""


def _with_answer(record: CallRecord, answer: bytes) -> StoredReply | Raw | Value | None:
    outcome = record.outcome
    if isinstance(outcome, StoredReply):
        return replace(outcome, message=answer)
    return replace(outcome, body=answer) if isinstance(outcome, (Raw, Value)) else outcome  # type: ignore[return-value]
