"""Requests that the real API accepts or refuses otherwise than the server once did, sent to a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

Row = dict[str, Any]
DATA = Path(__file__).parent.parent / "data" / "observed" / "faults.jsonl"
PATHS = {"messages": "/v1/messages", "count_tokens": "/v1/messages/count_tokens"}


def rows() -> list[Row]:
    return [orjson.loads(line) for line in DATA.read_bytes().splitlines()]


def tries() -> list[tuple[Row, str]]:
    """Each row, with each profile it holds for."""
    named = {"any": ("relay", "anthropic"), "relay": ("relay",), "anthropic": ("anthropic",)}
    return [(row, profile) for row in rows() for profile in named[row.get("profile", "any")]]


def send(server: MockServer, key: str, row: Row) -> httpx.Response:
    """The answer to the row's request; a header that is null in the row is left out."""
    sent = {"x-api-key": key, "anthropic-version": "2023-06-01", **row.get("headers", {})}
    headers = {name: value for name, value in sent.items() if value is not None}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        response: httpx.Response = client.post(PATHS[row["endpoint"]], json=row["request"])
    return response


@pytest.mark.parametrize(("row", "profile"), tries(), ids=lambda value: value["id"] if type(value) is dict else value)
def test_request_is_answered_as_the_api_does(
    running: MockServer, running_strict: MockServer, key: str, row: Row, profile: str
) -> None:
    server = running if profile == "relay" else running_strict
    server.session(key).when().reply("Hello.")
    response = send(server, key, row)
    if row["status"] == 200:
        message_of(response)
        return
    error = error_of(response, row["status"])
    assert (error["type"], error["message"]) == (row["type"], row["message"])
