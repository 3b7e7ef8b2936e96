"""The API's error body."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.records.reply import Failure


def error_body(failure: Failure, request_id: str | None = None) -> bytes:
    """The body of an error response, compact; ``request_id`` equals the header ``request-id``.

    ``details`` is there only when the failure has some; before 2025-09 the API sent no request id (source: recorded).
    """
    error: dict[str, Any] = {"type": failure.type, "message": failure.message}
    if failure.details is not None:
        error["details"] = failure.details
    body: dict[str, Any] = {"type": "error", "error": error}
    if request_id is not None:
        body["request_id"] = request_id
    return orjson.dumps(body)
