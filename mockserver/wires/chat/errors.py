"""The error body of the chat wire."""

from __future__ import annotations

import orjson

from mockserver.records.reply import Failure


def error_body(failure: Failure, request_id: str | None = None) -> bytes:  # noqa: ARG001  it stands in a header
    """The body of an error response.

    The API's own errors keep their type and have it as ``code``, too: so does the API where it speaks this format
    (seen in reports of 2026-02), and so do new-api and one-api (source code, 2025 and 2026). A code "" is null, as
    OpenAI has it where it refuses a request without one.
    """
    code = failure.type if failure.code is None else failure.code or None
    error = {"message": failure.message, "type": failure.type, "param": failure.param, "code": code}
    return orjson.dumps({"error": error})
