"""The API's error body."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.records.reply import Failure


def error_body(failure: Failure, request_id: str | None = None) -> bytes:
    """The body of an error response, compact; ``request_id`` equals the header ``request-id``.

    ``details`` is there only when the failure has some; before 2025-09 the API sent no request id (source: recorded).
    The API's edge gives the id of no request: it is null beside a refused key (source: recorded 2026-08, seen to
    2026-10), and absent beside a refused method, whose body is indented (source: observed 2026-09). All API versions.
    """
    error: dict[str, Any] = {"type": failure.type, "message": failure.message}
    if failure.details is not None:
        error["details"] = failure.details
    body: dict[str, Any] = {"type": "error", "error": error}
    if failure.at_edge and failure.status == 405:
        return orjson.dumps(body, option=orjson.OPT_INDENT_2)
    if failure.at_edge:
        body["request_id"] = None
    elif request_id is not None and not failure.is_nameless:
        body["request_id"] = request_id
    return orjson.dumps(body)
