"""Requests of Claude Code 2.1.332, as it sent them to this server: none is refused, whole or streamed.

Sent 2026-11-30 by `claude -p` and the terminal; texts and descriptions are filler of the same length.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
import orjson
import pytest

from mockserver import asgi_transport
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.reference.betas import UNLISTED_BETAS
from mockserver.validation import Checker
from tests.strict import events_of

FILE = Path(__file__).parent.parent / "data" / "clients" / "claude-code-2.1.332.jsonl.gz"
ROWS = [orjson.loads(line) for line in gzip.decompress(FILE.read_bytes()).splitlines()]
MESSAGES = [row for row in ROWS if row["endpoint"] == "messages"]
COUNTS = [row for row in ROWS if row["endpoint"] == "messages/count_tokens"]
Profile = Literal["relay", "anthropic"]
PROFILES = pytest.mark.parametrize("profile", ["relay", "anthropic"])
# What a request may not hold without one of its betas.
NEEDED = {
    "context_management": ("context-management-2025-06-27", "context_management: Extra inputs are not permitted"),
    "safeguards": ("dangerous-tool-use-2026-09-03", "safeguards: Extra inputs are not permitted"),
}


def betas_of(row: dict[str, Any]) -> frozenset[str]:
    return frozenset(row["headers"]["anthropic-beta"].split(","))


def refuse(row: dict[str, Any], betas: frozenset[str]) -> str | None:
    """What the API would say to the row's request with these betas."""
    headers = row["headers"]
    finding = Checker("anthropic").check_parsed(row["request"], "messages", VERSIONS[0], betas, headers=headers)
    return finding.message if finding else None


def post(row: dict[str, Any], profile: Profile, **changed: Any) -> httpx.Response:
    headers = {**row["headers"], "x-api-key": "sk-valid"}
    with httpx.Client(transport=asgi_transport(profile=profile), base_url="http://test", headers=headers) as client:
        answer: httpx.Response = client.post(f"/v1/{row['endpoint']}?beta=true", json={**row["request"], **changed})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("row", MESSAGES, ids=[row["name"] for row in MESSAGES])
@PROFILES
def test_no_request_is_refused(row: dict[str, Any], profile: Profile) -> None:
    streamed, whole = post(row, profile), post(row, profile, stream=False)
    assert validate_stream(events_of(streamed.text), beta=True) == []
    assert validate_response(whole.json(), beta=True) == []


@pytest.mark.parametrize("row", COUNTS, ids=[row["name"] for row in COUNTS])
@PROFILES
def test_no_count_is_refused(row: dict[str, Any], profile: Profile) -> None:
    assert post(row, profile).json()["input_tokens"] > 0


@pytest.mark.parametrize("key", NEEDED)
def test_fields_need_their_betas(key: str) -> None:
    beta, words = NEEDED[key]
    rows = [row for row in MESSAGES if key in row["request"]]
    assert rows
    assert {refuse(row, betas_of(row)) for row in rows} == {None}
    assert {refuse(row, betas_of(row) - {beta}) for row in rows} == {words}


def test_the_requests_are_of_many_kinds() -> None:
    requests = [row["request"] for row in MESSAGES]
    assert len({request["model"] for request in requests}) >= 9
    deferring = [request for request in requests if any(tool.get("defer_loading") for tool in request["tools"])]
    assert len(deferring) >= len(requests) - 3
    assert any(tool.get("type") == "web_search_20250305" for request in requests for tool in request["tools"])
    assert any("output_config" in message for request in requests for message in request["messages"])
    assert any(request["messages"][1:2] and request["messages"][1]["role"] == "system" for request in requests)
    results = [block for request in requests for message in request["messages"] for block in message["content"]]
    assert any(isinstance(block, dict) and block.get("is_error") for block in results)


def test_its_betas_are_known_by_name() -> None:
    sent = frozenset().union(*(betas_of(row) for row in ROWS))
    assert {"afk-mode-2026-01-31", "redact-thinking-2026-02-12", "per-turn-control-2026-07-01"} <= sent
    assert len(sent & UNLISTED_BETAS.keys()) >= 8
