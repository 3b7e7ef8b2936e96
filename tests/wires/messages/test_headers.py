"""Response headers."""

from __future__ import annotations

import pytest

from mockserver.wires.messages.headers import error_head, success_head

OWNERS = ("anthropic-organization-id", "anthropic-workspace-id")


def test_success_headers_stand_in_order() -> None:
    headers = success_head(request_id="req_1", at=1763888400.7, used=(1499, 2600), stream=True)
    names = [name for name, _ in headers]
    limits = [
        f"anthropic-ratelimit-{group}-{part}"
        for group in ("input-tokens", "output-tokens", "requests", "tokens")
        for part in ("limit", "remaining", "reset")
    ]
    assert names == ["content-type", "cache-control", *limits, "request-id", *OWNERS]
    values = dict(headers)
    left = {group: int(values[f"anthropic-ratelimit-{group}-remaining"]) for group in ("input-tokens", "tokens")}
    assert left["input-tokens"] == 449_000
    assert left["tokens"] == 449_000 + int(values["anthropic-ratelimit-output-tokens-remaining"])
    assert values["anthropic-ratelimit-tokens-reset"] == "2025-11-23T09:00:00Z"


def test_extra_headers_replace_and_follow() -> None:
    headers = success_head(request_id="req_1", at=0, extra={"Content-Type": "text/plain", "X-More": "ü"})
    assert headers[0] == ("content-type", "text/plain")
    assert headers[-1] == ("x-more", "ü")
    assert len(headers) == 5


@pytest.mark.parametrize(
    ("status", "retry", "limited", "organized"),
    [
        (400, "false", False, True),
        (401, "false", False, False),
        (404, "false", False, True),
        (429, "true", True, True),
        (500, None, False, True),
        (529, "true", False, True),
    ],
)
def test_errors_say_whether_to_retry(status: int, retry: str | None, limited: bool, organized: bool) -> None:
    headers = dict(error_head(status, request_id="req_1", at=0))
    assert headers.get("x-should-retry") == retry
    assert ("anthropic-ratelimit-tokens-limit" in headers) is limited
    assert [name for name in headers if name in OWNERS] == [*OWNERS] * organized
    assert headers["request-id"] == "req_1"


def test_edge_adds_no_headers_of_the_api() -> None:
    content_type = ("content-type", "application/json")
    assert error_head(401, request_id=None, at=0) == (content_type,)
    assert error_head(405, request_id=None, at=0, extra={"allow": "POST"}) == (content_type, ("allow", "POST"))
