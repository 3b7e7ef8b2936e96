"""Bodies and answers as JSON values, for reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mockserver.records.reply import Failure, Raw, StoredReply, Value

Outcome = StoredReply | Failure | Raw | Value

_RAW_SHOWN = 2000


def parse(body: bytes) -> Any:
    """The JSON value in a body; None when it holds none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def show_model(body: bytes, show: Callable[[str], str]) -> str | None:
    """The model that a body asks for, masked by ``show``; None when it names none."""
    parsed = parse(body)
    model = parsed.get("model") if isinstance(parsed, dict) else None
    return show(model) if isinstance(model, str) else None


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
