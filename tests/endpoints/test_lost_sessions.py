"""A session whose scenarios had to make room says so, instead of giving another answer."""

from __future__ import annotations

import anthropic
import httpx2 as httpx
import pytest

from mockserver import MockServer


@pytest.fixture
def server() -> MockServer:
    return MockServer(max_sessions=1)


def ask(server: MockServer, key: str) -> str:
    http = httpx.Client(transport=server.transport)
    client = anthropic.Anthropic(api_key=key, base_url="http://mock", http_client=http, max_retries=0)
    message = client.messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
    )
    block = message.content[0]
    return block.text if block.type == "text" else ""


def test_lost_session_is_a_404_until_it_is_scripted_again(server: MockServer) -> None:
    session = server.session("scripted")
    session.when().reply("Scripted.")
    assert ask(server, "scripted") == "Scripted."
    ask(server, "another")
    for _ in range(2):
        with pytest.raises(anthropic.NotFoundError, match="had to drop the scenarios or settings of this session"):
            ask(server, "scripted")
    session.when().reply("Scripted again.")
    assert ask(server, "scripted") == "Scripted again."


def test_session_without_scripts_is_not_missed(server: MockServer) -> None:
    for _ in range(2):
        assert ask(server, "one")
        assert ask(server, "two")
