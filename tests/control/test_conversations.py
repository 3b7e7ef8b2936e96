"""The request before another one in its conversation is found in time that grows with the requests, not their pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.control import conversations
from mockserver.store import Entry
from mockserver.testing.server import MockServer


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost") as found:
        yield found


def ask(client: httpx.Client, *texts: str, session: str = "t") -> None:
    messages = [
        {"role": "user" if place % 2 == 0 else "assistant", "content": text} for place, text in enumerate(texts)
    ]
    body: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 20, "messages": messages}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "x-mock-session": session}
    assert client.post("/v1/messages", json=body, headers=headers).status_code == 200


def export_previous(client: httpx.Client) -> list[int | None]:
    exported = client.get("/_mock/export?format=json").raise_for_status().json()
    return [each["changes"]["previous"] for each in exported["requests"]]


def test_export_reads_each_conversation_once(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    read, digest = Counter[int](), conversations._digest

    def count(messages: list[Any]) -> conversations.Beginnings:
        read[len(messages)] += 1
        return digest(messages)

    monkeypatch.setattr(conversations, "_digest", count)
    texts = [f"text {number}" for number in range(39)]
    for end in range(1, 40, 2):
        ask(client, *texts[:end])
    assert export_previous(client) == [None, *range(1, 20)]
    assert read == dict.fromkeys(range(1, 40, 2), 1)


def test_other_sessions_are_not_looked_at(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, find = list[str](), conversations.Conversations._list_earlier

    def note(found: conversations.Conversations, entry: Entry) -> Iterator[Entry]:
        for earlier in find(found, entry):
            looked.append(f"{entry.session} {earlier.session}")
            yield earlier

    monkeypatch.setattr(conversations.Conversations, "_list_earlier", note)
    for turn in range(2):
        for session in ("a", "b"):
            ask(client, *["hello", "well", "more"][: 1 + 2 * turn], session=session)
    assert export_previous(client) == [None, None, 1, 2]
    assert sorted(looked) == ["a a", "b b"]


def test_longest_common_beginning_counts(client: httpx.Client) -> None:
    ask(client, "hello")
    ask(client, "hello", "well", "more", "yes", "still more")
    ask(client, "hello", "well", "other")
    ask(client, "hello", "well", "more", "yes", "something else")
    ask(client, "hello", "well", "more")
    assert export_previous(client) == [None, 1, 2, 2, 4]
