"""Looks for a text in a call and its answer, as they may be shown: what is masked is not found."""

from __future__ import annotations

import json
from collections.abc import Iterator

from mockserver.records.masks import Scrubber
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.calls import CallRecord, JournalEntry


def has_text(stored: JournalEntry, scrubber: Scrubber, wanted: str) -> bool:
    """Whether a text stands in the body of the call, or in that of the answer, in whatever case.

    Texts of JSON are searched as they read, escapes decoded. A body that is in a file is not searched.
    """
    forms = {wanted.lower(), json.dumps(wanted, ensure_ascii=False)[1:-1].lower()}
    # To mask a large body takes long: most bodies do not hold the text at all.
    return any(_holds(body, forms) and _holds(scrubber.document(body), forms) for body in _list_bodies(stored.record))


def _list_bodies(record: CallRecord) -> Iterator[bytes]:
    outcome = record.outcome
    yield record.call.body
    if isinstance(outcome, StoredReply):
        yield outcome.message
    elif isinstance(outcome, Value | Raw):
        yield outcome.body
    elif isinstance(outcome, Failure):
        yield outcome.message.encode("utf-8", "surrogatepass")


def _holds(body: bytes, forms: set[str]) -> bool:
    text = _decode(body).lower()
    return any(form in text for form in forms)


def _decode(body: bytes) -> str:
    if b"\\u" in body:
        try:
            return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):
            pass
    return body.decode("utf-8", "replace")
