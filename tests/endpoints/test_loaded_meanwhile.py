"""Fixtures that are loaded again while a call waits for its store: the call goes by those it began with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import MockServer


def test_call_is_told_with_the_fixtures_it_was_chosen_from(monkeypatch: pytest.MonkeyPatch) -> None:
    server = MockServer()
    fixtures, counters = server.mock.fixtures, server.mock.store.counters
    revision, take = fixtures.current.revision, counters.take

    def take_late(session: str, *given: Any, **more: Any) -> Any:
        fixtures.replace(fixtures.scenarios, revision + 1)
        return take(session, *given, **more)

    late: Callable[..., Any] = take_late
    monkeypatch.setattr(type(counters), "take", lambda _, *given, **more: late(*given, **more))
    session = server.session("key")
    session.reply("Hello.")
    asked = {"model": "claude-opus-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"x-api-key": "key", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=session.transport, base_url="http://localhost", headers=headers) as client:
        assert client.post("/v1/messages", json=asked).status_code == 200
    (entry,) = server.mock.store.journal.entries()
    assert fixtures.current.revision == revision + 1
    assert entry.record.candidates is not None
    assert entry.record.candidates.fixtures == revision
