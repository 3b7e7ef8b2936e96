"""The error body of the chat wire."""

from __future__ import annotations

import orjson

from mockserver.records.reply import Failure


def error_body(failure: Failure, request_id: str | None = None) -> bytes:  # noqa: ARG001  it stands in a header
    """The body of an error response."""
    error = {"message": failure.message, "type": failure.type, "param": failure.param, "code": failure.code}
    return orjson.dumps({"error": error})
