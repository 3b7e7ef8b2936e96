"""Scripts for all sessions, in Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, MockTransport, ScenarioError, asgi_transport


def said(transport: MockTransport, text: str, key: str = "a") -> Any:
    """What is answered to a text."""
    with httpx2.Client(transport=transport, base_url="http://mock") as client:
        body = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": text}]}
        headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
        answer = client.post("/v1/messages", headers=headers, json=body)
        return answer.json()["content"][0]["text"] if answer.status_code == 200 else answer.status_code


def test_scripts_answer_in_every_session() -> None:
    transport = asgi_transport(unmatched="error")
    transport.scripts.reply("For all.")
    transport.scripts.when(user="weather").calls(["Sunny.", "Rain."])
    assert transport.scripts.names == ("server script 2", "server script 1")
    for key in "ab":  # how far a script has come is counted in each session
        assert [said(transport, "weather", key) for _ in range(3)] == ["Sunny.", "Rain.", "For all."]
    transport.scripts.clear()
    assert said(transport, "weather", "c") == 404


def test_scripts_of_the_session_come_first_and_files_last(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("scenarios: [{name: f, reply: file}]")
    transport = asgi_transport(file)
    assert said(transport, "x") == "file"
    transport.scripts.reply("server")
    assert said(transport, "x") == "server"
    session = transport.session("a")
    session.reply("session")
    assert (said(transport, "x"), said(transport, "x", "b")) == ("session", "server")
    session.reset()
    assert said(transport, "x") == "server"
    transport.mock.store.reset()
    assert said(transport, "x") == "file"


def test_files_are_loaded_for_all(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("scenarios: [{name: f, reply: file}]")
    transport = asgi_transport(unmatched="error")
    transport.scripts.load(file)
    assert said(transport, "x") == "file"


def test_misses_tell_of_them() -> None:
    transport = asgi_transport(unmatched="error")
    transport.scripts.when(user="weather").reply("Sunny.")
    assert said(transport, "hello") == 404
    (entry,) = transport.session("a").requests
    assert [miss.name for miss in entry.misses] == ["server script 1"]
    transport.scripts.clear()
    assert [miss.name for miss in entry.misses] == ["server script 1"]


def test_mistake_is_told_at_the_call() -> None:
    with pytest.raises(ScenarioError, match=r"test_server_scripts\.py:\d+"):
        MockServer().scripts.reply(txt="x")  # type: ignore[call-arg]
