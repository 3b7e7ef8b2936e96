"""The API's error body, and the event that says an error in the middle of a stream."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.reply import Failure
from mockserver.sse import Event


def error_body(failure: Failure, request_id: str | None = None) -> bytes:
    """The body of an error response, compact; ``request_id`` equals the header ``request-id``."""
    said: dict[str, Any] = {"type": "error", "error": _error(failure)}
    if request_id is not None:
        said["request_id"] = request_id
    return orjson.dumps(said)


def error_event(failure: Failure, request_id: str | None = None) -> Event:
    """The event that ends a stream which failed after its status line had left.

    Its error names ``details`` first, null when there is none (source: recorded).
    """
    said: dict[str, Any] = {
        "type": "error",
        "error": {"details": failure.details, "type": failure.type, "message": failure.message},
    }
    if request_id is not None:
        said["request_id"] = request_id
    return Event(said)


def _error(failure: Failure) -> dict[str, Any]:
    said: dict[str, Any] = {"type": failure.type, "message": failure.message}
    if failure.details is not None:
        said["details"] = failure.details
    return said
