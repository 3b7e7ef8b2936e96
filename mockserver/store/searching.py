"""Looks for a text in a call and its answer, as they may be shown: what is masked is not found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from mockserver.records.depth import is_too_deep
from mockserver.records.masks import Scrubber
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.calls import CallRecord, JournalEntry


def has_text(
    stored: JournalEntry, scrubber: Scrubber, wanted: str, write: Callable[[], bytes | None] = lambda: None
) -> bool:
    """Whether a text stands in the body of the call, or in that of the answer, in whatever case.

    Texts of JSON are searched as they read, escapes decoded. A body that is in a file is not searched. ``write`` gives
    the answer as it left, secrets masked; None: in the Messages form.
    """
    forms = {wanted.lower(), json.dumps(wanted, ensure_ascii=False)[1:-1].lower()}
    if any(_has(body, scrubber, forms) for body in _list_bodies(stored.record)):
        return True
    written = write()
    return written is not None and _holds(_decode(written, _parse(written)), forms)


def _list_bodies(record: CallRecord) -> Iterator[bytes]:
    outcome = record.outcome
    yield record.call.body
    yield record.read
    if isinstance(outcome, StoredReply):
        yield outcome.message
    elif isinstance(outcome, Value | Raw):
        yield outcome.body
    elif isinstance(outcome, Failure):
        yield outcome.message.encode("utf-8", "surrogatepass")


def _has(body: bytes, scrubber: Scrubber, forms: set[str]) -> bool:
    """To mask a large body takes long: most do not hold the text at all, and of others the parts that do are enough."""
    if b"\\u" not in body and not _holds(body.decode("utf-8", "replace"), forms):
        return False
    parsed = _parse(body)
    if not _holds(_decode(body, parsed), forms):
        return False
    part = _keep(parsed, forms)
    if part is not None and _holds(_write(scrubber.value(part)), forms):
        return True
    masked = scrubber.document(body)
    return _holds(_decode(masked, _parse(masked)), forms)


def _holds(text: str, forms: set[str]) -> bool:
    lower = text.lower()
    return any(form in lower for form in forms)


def _decode(body: bytes, parsed: Any) -> str:
    return _write(parsed) if parsed is not None and b"\\u" in body else body.decode("utf-8", "replace")


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parse(body: bytes) -> Any:
    """The JSON value; None where it is none, or none that can be written again."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return None if is_too_deep(parsed) else parsed


def _keep(value: Any, forms: set[str]) -> Any:
    """The parts of a value whose texts hold one of these, at their names, which may be secret; None: no text does."""
    if isinstance(value, str):
        return value if _holds(value, forms) else None
    if isinstance(value, dict):
        kept = {key: part for key, below in value.items() if (part := _keep(below, forms)) is not None}
        return kept or None
    if isinstance(value, list):
        return [part for below in value if (part := _keep(below, forms)) is not None] or None
    return None
