"""Response headers, in the order the API sends them (source: recorded exchanges of 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from time import gmtime, strftime

from mockserver.delivery.headers import merge_headers
from mockserver.records.delivery import Headers

# One organization, with limits that were recorded together in 2026-02, and its one workspace, which every authenticated
# answer names since 2026-08-11 (recorded: 91 of 91).
OWNERS: Headers = (
    ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
    ("anthropic-workspace-id", "wrkspc_01MockServerWorkspace123"),
)
REQUESTS, INPUT, OUTPUT = 1000, 450_000, 90_000

JSON = (("content-type", "application/json"),)
STREAM = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))

# false on 400, 401 and 404 (92 of 92), true on 429 (6 of 7) and 529 (5 of 5); other statuses of the caller's own making
# are like 400. 408, 409 and the rest of 5xx say nothing: clients follow their own rule.
SHOULD_RETRY = {
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 413, 415, 422), "false"),
    429: "true",
    529: "true",
}


def success_head(
    *,
    request_id: str,
    at: float,
    stream: bool = False,
    used: tuple[int, int] | None = None,
    extra: Mapping[str, str] | None = None,
) -> Headers:
    """The headers of a success.

    ``at`` is seconds since 1970. ``used`` holds the input and output tokens of this call; it is None where the API
    sends no rate limits (count_tokens, models, files, batches). ``extra`` replaces headers of the same name.
    """
    head: Headers = STREAM if stream else JSON
    if used is not None:
        head += _rate_limits(int(at), round(used[0], -3), round(used[1], -3))
    head = (*head, ("request-id", request_id), *OWNERS)
    return merge_headers(head, extra) if extra else head


def error_head(status: int, *, request_id: str | None, at: float, extra: Mapping[str, str] | None = None) -> Headers:
    """The headers of an error. Only a 429 has rate limits; a 401 names no organization and no workspace.

    Without a ``request_id`` the error comes from the API's edge, which adds none of its headers (source: recorded
    2026-08, observed 2026-09; all API versions). ``extra`` as for ``success_head``; a ``retry-after`` comes that way
    too.
    """
    head: Headers = JSON
    if request_id is None:
        return merge_headers(head, extra) if extra else head
    if status in SHOULD_RETRY:
        head += (("x-should-retry", SHOULD_RETRY[status]),)
    if status == 429:
        head += _rate_limits(int(at), 0, 0)
    head += (("request-id", request_id),)
    if status != 401:
        head += OWNERS
    return merge_headers(head, extra) if extra else head


# The same in all calls of one second with small prompts.
@lru_cache(maxsize=64)
def _rate_limits(second: int, used_input: int, used_output: int) -> Headers:
    """The four groups of limits; what remains is rounded to thousands, tokens are input and output together."""
    left_input, left_output = max(0, INPUT - used_input), max(0, OUTPUT - used_output)
    reset = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(second))
    groups = (
        ("input-tokens", INPUT, left_input),
        ("output-tokens", OUTPUT, left_output),
        ("requests", REQUESTS, REQUESTS - 1),
        ("tokens", INPUT + OUTPUT, left_input + left_output),
    )
    return tuple(
        (f"anthropic-ratelimit-{group}-{part}", value)
        for group, limit, left in groups
        for part, value in (("limit", str(limit)), ("remaining", str(left)), ("reset", reset))
    )
