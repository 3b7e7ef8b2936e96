"""Response headers of the chat wire."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.delivery.headers import merge_headers
from mockserver.records.delivery import Headers

JSON: Headers = (("content-type", "application/json"),)
STREAM: Headers = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))


def success_head(
    *,
    request_id: str,
    at: float,  # noqa: ARG001
    stream: bool = False,
    used: tuple[int, int] | None = None,  # noqa: ARG001
    extra: Mapping[str, str] | None = None,
) -> Headers:
    """The headers of a success."""
    head = (*(STREAM if stream else JSON), ("x-request-id", request_id))
    return merge_headers(head, extra) if extra else head


def error_head(
    status: int,  # noqa: ARG001
    *,
    request_id: str | None,
    at: float,  # noqa: ARG001
    extra: Mapping[str, str] | None = None,
) -> Headers:
    """The headers of an error."""
    head = JSON if request_id is None else (*JSON, ("x-request-id", request_id))
    return merge_headers(head, extra) if extra else head
