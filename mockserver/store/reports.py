"""Bodies and answers as JSON values, for reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.records.depth import is_too_deep
from mockserver.records.masks import Scrubber
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.calls import CallRecord

Outcome = StoredReply | Failure | Raw | Value
# Writes the answer of a record once more as its wire format does; None where that is the Messages form.
Write = Callable[[CallRecord], bytes | None]

_RAW_SHOWN = 2000


def parse(body: bytes) -> Any:
    """The JSON value in a body; None when it holds none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def parse_shallow(body: bytes) -> Any:
    """The JSON value in a body; None when it holds none, or one that is nested too deep to be written again."""
    parsed = parse(body)
    return None if is_too_deep(parsed) else parsed


def find_model(body: bytes) -> str | None:
    """The model that a body asks for; None when it names none."""
    parsed = parse(body)
    model = parsed.get("model") if isinstance(parsed, dict) else None
    return model if isinstance(model, str) else None


def show_usage(outcome: Outcome | None, scrubber: Scrubber) -> dict[str, Any] | None:
    """The usage of the message answered, secrets masked; None when none was."""
    message = parse(outcome.message) if isinstance(outcome, StoredReply) else None
    return None if message is None else dict(scrubber.value(message.get("usage")) or {})


def write_nothing(_: CallRecord) -> bytes | None:
    """Knows of no other wire format than that of the Messages API."""
    return None


def write_answer(record: CallRecord, write: Write, scrubber: Scrubber) -> bytes | None:
    """The body of an answer as it left, secrets masked; None where it is in the Messages form."""
    body = write(replace(record, outcome=_mask(record.outcome, scrubber)))
    return None if body is None else scrubber.document(body)


def _mask(outcome: Outcome | None, scrubber: Scrubber) -> Outcome | None:
    """The outcome without secrets, while its parts have names: formats may put texts into texts."""
    if isinstance(outcome, StoredReply):
        return replace(outcome, message=scrubber.document(outcome.message))
    return replace(outcome, message=scrubber.text(outcome.message)) if isinstance(outcome, Failure) else outcome


def show_written(body: bytes, status: int) -> dict[str, Any]:
    """A body as it left: the object that it holds, or the beginning of its text."""
    shown = parse(body)
    if isinstance(shown, dict):
        return shown
    return {"status": status, "headers": {}, "body": body[:_RAW_SHOWN].decode(errors="replace")}


def show_answer(outcome: Outcome | None, request_id: str, scrubber: Scrubber) -> dict[str, Any] | None:
    """The answer as ``show_outcome`` gives it, secrets masked."""
    shown: dict[str, Any] | None = scrubber.value(show_outcome(outcome, request_id))
    if isinstance(outcome, Failure) and shown:
        shown["error"]["message"] = scrubber.text(outcome.message)
    return shown


def show_outcome(outcome: Outcome | None, request_id: str) -> Mapping[str, Any] | None:
    """The message, the error body, or status, headers and first characters of anything else."""
    if isinstance(outcome, StoredReply):
        message: dict[str, Any] = orjson.loads(outcome.message)
        return message
    if isinstance(outcome, Value) and isinstance(shown := parse(outcome.body), dict):
        return shown
    if isinstance(outcome, Raw | Value):
        text = outcome.body[:_RAW_SHOWN].decode(errors="replace")
        return {"status": outcome.status, "headers": outcome.headers, "body": text}
    if isinstance(outcome, Failure):
        details = {"details": outcome.details} if outcome.details else {}
        error = {"type": outcome.type, "message": outcome.message, **details}
        return {"type": "error", "error": error, "request_id": request_id}
    return None
