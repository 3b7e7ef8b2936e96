"""Response headers of the chat wire: those that the official SDK reads, and the version of OpenAI's API.

``x-request-id``, ``retry-after`` and ``x-should-retry`` are read by the SDK 3.57; ``openai-version`` is "always
2020-10-01" (documented, the API's page on OpenAI's SDKs, 2026). Rate limits have no headers here: that page names them,
but not their values.
"""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.delivery.headers import merge_headers
from mockserver.records.delivery import Headers
from mockserver.wires.messages.headers import SHOULD_RETRY

VERSION = ("openai-version", "2020-10-01")
JSON: Headers = (("content-type", "application/json"), VERSION)
STREAM: Headers = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"), VERSION)


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
    status: int,
    *,
    request_id: str | None,
    at: float,  # noqa: ARG001
    extra: Mapping[str, str] | None = None,
) -> Headers:
    """The headers of an error; whether to try again is said as the Messages API says it."""
    head: Headers = JSON
    if request_id is not None:
        retry = (("x-should-retry", SHOULD_RETRY[status]),) if status in SHOULD_RETRY else ()
        head = (*JSON, *retry, ("x-request-id", request_id))
    return merge_headers(head, extra) if extra else head
