"""Batches and files as somebody sees them who is no client of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver.testing.server import MockServer

VERSION = {"anthropic-version": "2023-06-01"}
MESSAGE = {"model": "claude-sonnet-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer() as running:
        for session in ("one", "two", "one"):
            headers = {**VERSION, "x-api-key": "k", "x-mock-session": session}
            body = {"requests": [{"custom_id": "a", "params": MESSAGE}]}
            assert httpx2.post(f"{running.url}/v1/messages/batches", json=body, headers=headers).status_code == 200
            file = {"file": (f"{session}.txt", b"text", "text/plain")}
            assert httpx2.post(f"{running.url}/v1/files", files=file, headers=headers).status_code == 200
        yield running


def look(server: MockServer, path: str) -> Any:
    return httpx2.get(f"{server.url}/_mock/{path}").json()


@pytest.mark.parametrize("kind", ["batches", "files"])
def test_newest_come_first(server: MockServer, kind: str) -> None:
    before = look(server, "requests")["total"]
    rows = look(server, kind)[kind]
    assert [row["session"] for row in rows] == ["one", "two", "one"]
    assert look(server, f"{kind}?session=two")[kind] == rows[1:2]
    assert look(server, f"{kind}?limit=2")[kind] == rows[:2]
    assert look(server, "requests")["total"] == before


def test_they_look_as_the_api_shows_them(server: MockServer) -> None:
    headers = {**VERSION, "x-api-key": "k", "x-mock-session": "two"}
    for kind, path in (("batches", "messages/batches"), ("files", "files")):
        (row,) = look(server, f"{kind}?session=two")[kind]
        shown = httpx2.get(f"{server.url}/v1/{path}/{row['id']}", headers=headers).json()
        assert row == {**shown, "session": "two"}
        assert "k" not in json.dumps(row["session"])
