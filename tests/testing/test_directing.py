"""A server that takes requests with one key to a session that changes."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from mockserver import MockServer
from mockserver.testing.directing import DirectedServer, Target

KEY = "sk-mock-one"
HELLO = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


class Places:
    def __init__(self) -> None:
        self.now = Target("first", "Ask somebody else.")


@pytest.fixture
def places() -> Places:
    return Places()


@pytest.fixture
def server(places: Places) -> Iterator[MockServer]:
    with DirectedServer(key=KEY, find_target=lambda: places.now, port=0, unmatched="error") as server:
        yield server


def ask(server: MockServer, headers: dict[str, str], prefix: str = "") -> httpx2.Response:
    return httpx2.post(f"{server.url}{prefix}/v1/messages", json=HELLO, headers=headers)


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"authorization": f"Bearer {KEY}"}])
def test_key_leads_to_the_session_of_the_moment(server: MockServer, places: Places, headers: dict[str, str]) -> None:
    for name in ("first", "second"):
        places.now = Target(name)
        server.session(name).reply(f"For {name}.")
        assert ask(server, headers).json()["content"][0]["text"] == f"For {name}."
        assert len(server.session(name).requests) == 1
    assert server.session(KEY).requests == ()


@pytest.mark.parametrize(
    ("headers", "prefix", "session"),
    [
        ({"x-api-key": "another"}, "", "another"),
        ({}, "", ""),
        ({"x-api-key": KEY, "x-mock-session": "chosen"}, "", "chosen"),
        ({"x-api-key": KEY}, "/_session/chosen", "chosen"),
    ],
)
def test_other_requests_go_where_they_say(
    server: MockServer, headers: dict[str, str], prefix: str, session: str
) -> None:
    answer = ask(server, headers, prefix)
    assert len(server.session(session).requests) == 1
    assert "Ask somebody else." not in answer.text


def test_advice_is_said_where_no_scenario_fits(server: MockServer, places: Places) -> None:
    assert ask(server, {"x-api-key": KEY}).json()["error"]["message"] == (
        "No scenario fits this request: there are none. Ask somebody else."
    )
    server.reset()
    assert "Ask somebody else." in ask(server, {"x-api-key": KEY}).text
    places.now = Target("second")
    assert "Ask somebody else." not in ask(server, {"x-api-key": KEY}).text
