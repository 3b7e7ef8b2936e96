"""Requests that the real API was sent, and what it made of them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.auth import api_version, authenticate
from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.settings import Settings
from mockserver.validation import Checker

DATA = Path(__file__).parent.parent / "data" / "recordings" / "requests.jsonl.gz"

# The recorder masked an id, and with it broke the id's pattern.
MASKED = frozenset({"x15c1a2c92cbd", "xa6e85cfa03d7"})

# Wording that has changed since it was recorded.
NEWER_WORDING = {
    "messages.0.content: Input should be a valid list": "messages.0.content: Input should be a valid array",
}

# Refusals that a mock does not repeat: why, and what the text tells them by.
NOT_REPEATED = {
    "the account's": "Your credit balance is too low",
    "the recording leaves out the long texts": "prompt is too long",
    "nothing is fetched": "Unable to download the file",
    "file sources need no beta any more": ".source: Input tag 'file' found",
}


def recorded() -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]


def verdict(row: dict[str, Any], profile: str = "relay") -> Finding | None:
    sent = {"anthropic-version": row["version"], "anthropic-beta": row["betas"]}
    call = Call("POST", "/", {name: value for name, value in sent.items() if value is not None})
    version, betas = api_version(call, Settings()), call.betas
    body = orjson.dumps(row["request"])
    return Checker(profile).check(body, row["endpoint"], version, betas, headers=call.headers).finding


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return recorded()


def test_answered_requests_are_accepted(rows: list[dict[str, Any]]) -> None:
    answered = [row for row in rows if row["status"] == 200 and row["id"] not in MASKED]
    refused = {row["id"]: found.message for row in answered if (found := verdict(row))}
    assert len(answered) > 900
    assert refused == {}


def test_headers_of_answered_requests_are_let_in(rows: list[dict[str, Any]]) -> None:
    strict = Settings(profile="anthropic")
    sent = {row["betas"] for row in rows if row["status"] == 200 and row["betas"]}
    for betas in sent:
        headers = {"x-api-key": "sk-any", "anthropic-version": "2023-06-01", "anthropic-beta": betas}
        authenticate(Call("POST", "/v1/messages", headers), strict)
    assert len(sent) >= 10


def test_refused_requests_are_refused_alike(rows: list[dict[str, Any]]) -> None:
    refused = [row for row in rows if row["status"] != 200 and not is_outside(row)]
    # The unknown models among them are only unknown to the API itself.
    found = {row["id"]: verdict(row, "anthropic" if row["status"] == 404 else "relay") for row in refused}
    given = {
        key: (finding.status, finding.type, finding.message) if finding else None for key, finding in found.items()
    }
    assert len(refused) > 15
    assert given == {row["id"]: (row["status"], row["type"], newest(row["message"])) for row in refused}


def is_outside(row: dict[str, Any]) -> bool:
    return any(text in row["message"] for text in NOT_REPEATED.values())


def newest(message: str) -> str:
    return NEWER_WORDING.get(message, message)
