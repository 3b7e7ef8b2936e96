"""The headers that are recorded, and why. All others stay behind: of a new one nobody knows what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Names of the request, in lower case; ``*`` stands for any letters.
REQUEST: Mapping[str, str] = {
    "accept": "asks for a stream or a file",
    "anthropic-beta": "what the answer may hold",
    "anthropic-version": "the version of the API",
    "content-type": "how the body is read",
    "user-agent": "which client asked: of use to those who read",
}
# Names of the answer.
RESPONSE: Mapping[str, str] = {
    "allow": "the methods of a 405",
    "anthropic-fast-*": "limits that clients read",
    "anthropic-organization-id": "clients show it; its value is zeros",
    "anthropic-priority-*": "limits that clients read",
    "anthropic-ratelimit-*": "limits that clients read",
    "anthropic-version": "the version of the API",
    "anthropic-workspace-id": "the same as the organization",
    "cache-control": "sent with streams, and read by clients of them",
    "content-disposition": "the name of a file",
    "content-length": "that there was one: an answer without is sent in chunks, to one of HEAD there is nothing else",
    "content-type": "how the body is read",
    "deprecation": "a warning to clients",
    "location": "where a redirect leads",
    "request-id": "what clients report",
    "retry-after": "how long clients wait",
    "retry-after-ms": "the same",
    "sunset": "a warning to clients",
    "x-request-id": "what clients of gateways report",
    "x-should-retry": "whether clients try again",
}


def _compile(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in names))


_REQUEST, _RESPONSE = _compile(REQUEST), _compile(RESPONSE)
# Their values are ids, whatever these look like.
IDS = frozenset({"anthropic-organization-id", "anthropic-workspace-id"})


def is_recorded_of_request(name: str) -> bool:
    """Whether a header of a request is recorded."""
    return _REQUEST.fullmatch(name) is not None


def is_recorded_of_response(name: str) -> bool:
    """Whether a header of an answer is recorded."""
    return _RESPONSE.fullmatch(name) is not None
