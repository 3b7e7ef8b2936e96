"""Response headers, in the order the API sends them (source: recorded exchanges of 2026)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from time import gmtime, strftime

from mockserver.records.delivery import Headers, headers_in, written

# One organization, with limits that were recorded together in 2026-02.
ORGANIZATION = "00000000-0000-4000-8000-000000000000"
REQUESTS, INPUT, OUTPUT = 1000, 450_000, 90_000

JSON = (b"content-type", b"application/json")
STREAM = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))

# false on 400, 401 and 404 (92 of 92), true on 429 (6 of 7) and 529 (5 of 5); other statuses of the caller's own making
# are like 400. 408, 409 and the rest of 5xx say nothing: clients follow their own rule.
SHOULD_RETRY = {
    **dict.fromkeys((400, 401, 402, 403, 404, 405, 413, 415, 422), b"false"),
    429: b"true",
    529: b"true",
}


def success_head(
    *,
    request_id: str,
    at: float,
    stream: bool = False,
    used: tuple[int, int] = (0, 0),
    limited: bool = True,
    organization: str = ORGANIZATION,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """The headers of a 200, as they stand on the wire.

    ``at`` is seconds since 1970; ``used`` the input and output tokens of this call; ``limited`` is False where the API
    sends no rate limits (count_tokens, models, files, batches). ``extra`` replaces headers of the same name.
    """
    second, (came, went) = int(at) if limited else 0, used
    first, last = _around(stream, limited, second, round(came, -3), round(went, -3), organization)
    head = b"%b%b%b" % (first, request_id.encode(), last)
    return with_extra(head, extra) if extra else head


@lru_cache(maxsize=64)
def _around(stream: bool, limited: bool, second: int, came: int, went: int, organization: str) -> tuple[bytes, bytes]:
    """What stands before the request id and behind it: the same in all calls of one second with small prompts."""
    first = (*(STREAM if stream else (JSON,)), *(_rate_limits(second, came, went) if limited else ()))
    return written(first) + b"request-id: ", b"\r\n" + written([_organization(organization)])


def _organization(name: str) -> tuple[bytes, bytes]:
    return b"anthropic-organization-id", name.encode()


def error_head(
    status: int,
    *,
    request_id: str,
    at: float,
    organization: str = ORGANIZATION,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """The headers of an error, as they stand on the wire. Only 429 tells rate limits; 401 names no organization.

    ``extra`` as for ``success_head``; a ``retry-after`` comes that way too.
    """
    said = [JSON]
    if status in SHOULD_RETRY:
        said.append((b"x-should-retry", SHOULD_RETRY[status]))
    if status == 429:
        said += _rate_limits(int(at), 0, 0)
    said.append((b"request-id", request_id.encode()))
    if status != 401:
        said.append(_organization(organization))
    return with_extra(written(said), extra) if extra else written(said)


def with_extra(head: bytes, extra: Mapping[str, str]) -> bytes:
    """Headers with those of ``extra`` in their places, new ones at the end; names are made lower-case."""
    given = {name.lower().encode("latin-1"): value.encode("utf-8") for name, value in extra.items()}
    kept = tuple((name, given.pop(name, value)) for name, value in headers_in(head))
    return written((*kept, *given.items()))


def _rate_limits(second: int, used_input: int, used_output: int) -> Headers:
    """The four groups of limits; what remains is rounded to thousands, tokens are input and output together."""
    left_input, left_output = max(0, INPUT - used_input), max(0, OUTPUT - used_output)
    reset = strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(second)).encode()
    groups = (
        (b"input-tokens", INPUT, left_input),
        (b"output-tokens", OUTPUT, left_output),
        (b"requests", REQUESTS, REQUESTS - 1),
        (b"tokens", INPUT + OUTPUT, left_input + left_output),
    )
    return tuple(
        (b"anthropic-ratelimit-%b-%b" % (group, part), value)
        for group, limit, left in groups
        for part, value in ((b"limit", b"%d" % limit), (b"remaining", b"%d" % left), (b"reset", reset))
    )
