"""Chat calls are forwarded and recorded as they are, and answered from the recording byte by byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import MockServer

CHAT = "/v1/chat/completions"
HELLO: dict[str, Any] = {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Who are you?"}]}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
BODIES = (
    HELLO,
    {**HELLO, "stream": True},
    {**HELLO, "tools": [TOOL], "stream": True},
    {**HELLO, "messages": []},
    # Nothing that can be read.
    {"model": "m", "messages": 7},
)


def ask(server: MockServer, body: Any, key: str = "sk-any-key-of-mine") -> httpx.Response:
    return httpx.post(f"{server.url}{CHAT}", json=body, headers={"authorization": f"Bearer {key}"}, timeout=30)


@pytest.mark.parametrize("gateway", ["", "new-api"])
def test_chat_calls_are_recorded_and_played_again(tmp_path: Path, gateway: str) -> None:
    settings: dict[str, Any] = {"record": tmp_path, "record_errors": True, "forward_auth": True, "gateway": gateway}
    with MockServer(gateway=gateway, seed=7) as upstream:
        with MockServer(upstream=upstream.url, **settings) as recorder:
            before = [ask(recorder, body) for body in BODIES]
            entries = recorder.mock.journal.entries()
        assert len(upstream.mock.journal.entries()) == len(BODIES)
    assert {(entry.wire, entry.forwarded) for entry in entries} == {("chat", True)}
    first, streamed = entries[:2]
    assert first.answer == before[0].json()
    assert (first.composed, first.summary()["user"]) == (None, "Who are you?")
    assert streamed.events_total > 3
    with MockServer(tmp_path, gateway=gateway, unmatched="error") as replay:
        after = [ask(replay, body) for body in BODIES]
        unknown = ask(replay, {**HELLO, "n": 2})
    assert [each.status_code for each in after] == [each.status_code for each in before]
    assert [each.content for each in after] == [each.content for each in before]
    assert unknown.status_code == 404
    assert "sk-any-key-of-mine" not in "".join(path.read_text() for path in tmp_path.iterdir())


def test_scenarios_come_before_the_upstream(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("{scenarios: [{when: {user: Who}, reply: {text: A scenario.}}]}")
    with MockServer() as upstream:
        settings: dict[str, Any] = {"record": tmp_path / "recorded", "upstream": upstream.url, "forward_auth": True}
        with MockServer(tmp_path / "own.yaml", **settings) as recorder:
            answered = ask(recorder, HELLO)
        assert upstream.mock.journal.entries() == ()
    assert answered.json()["choices"][0]["message"]["content"] == "A scenario."
