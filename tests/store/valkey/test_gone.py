"""Servers whose engine goes away, hangs, and comes back, as their clients see them."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import pytest
import valkey

from mockserver import MockServer
from tests.sockets import until
from tests.store.valkey.engine import MISSING, find_engine, find_port, running
from tests.strict import message_of

HELLO: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
CHAT = {"model": "gpt-5", "messages": HELLO["messages"]}
pytestmark = pytest.mark.skipif(find_engine() is None, reason=MISSING)


class Ground:
    """A server, its engine, and a client."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self._engine = folder, find_port(), ExitStack()
        self.start_engine()
        self.server = MockServer(store=f"valkey://127.0.0.1:{self.port}")
        self.server.start()
        headers = {"x-api-key": "demo", "authorization": "Bearer demo", "anthropic-version": "2023-06-01"}
        self.client = httpx.Client(base_url=self.server.url, headers=headers, timeout=30)

    def start_engine(self) -> None:
        self.url = self._engine.enter_context(running(self.folder, self.port))

    def kill_engine(self) -> None:
        self._engine.close()

    def is_ready(self) -> bool:
        return self.client.get("/_mock/ready").status_code == 200

    def close(self) -> None:
        self.client.close()
        self.server.stop()
        self.kill_engine()


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.setattr("mockserver.store.valkey.link.DEADLINE", 0.5)
    made = Ground(tmp_path)
    try:
        yield made
    finally:
        made.close()


def check_gone(client: httpx.Client, reason: str) -> None:
    """The answers while the engine is gone."""
    for path, body in (("/v1/messages", HELLO), ("/v1/messages", {**HELLO, "stream": True})):
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (503, "api_error")
        assert (int(answer.headers["retry-after"]) >= 1, "cannot be used" in answer.text) == (True, True)
    answer = client.post("/v1/chat/completions", json=CHAT)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert "cannot be used" in answer.json()["error"]["message"]
    for method, path, content in (
        ("GET", "/_mock/requests", None),
        ("GET", "/_mock/sessions", None),
        ("POST", "/_mock/reset", {}),
        ("POST", "/_mock/scenarios", {"scenarios": [{"name": "one", "reply": "words"}]}),
    ):
        answer = client.request(method, path, json=content)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True), path
        assert "cannot be used" in answer.json()["error"]["message"]
    for path in ("/_mock/health", "/_mock/ready"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["store"]["status"]) == (503, "gone")
        assert reason in answer.json()["store"]["reason"]


def check_right(client: httpx.Client) -> None:
    message_of(client.post("/v1/messages", json=HELLO))
    assert client.post("/v1/chat/completions", json=CHAT).status_code == 200
    assert client.get("/_mock/health").json()["store"]["status"] == "ok"
    assert client.get("/_mock/requests").json()["requests"]


def test_engine_that_is_killed_means_503_until_it_is_back(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    check_right(ground.client)
    ground.kill_engine()
    for _ in range(3):
        check_gone(ground.client, "onnect")
    ground.start_engine()
    until(ground.is_ready, 20)
    check_right(ground.client)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("mockserver")]
    assert [("trying again" in each, "can be used again" in each) for each in told] == [(True, False), (False, True)]


def test_engine_that_hangs_means_503_until_it_goes_on(ground: Ground) -> None:
    with valkey.Valkey.from_url(ground.url) as direct:
        process = direct.info("server")["process_id"]
    check_right(ground.client)
    os.kill(process, signal.SIGSTOP)
    try:
        check_gone(ground.client, "did not answer within")
    finally:
        os.kill(process, signal.SIGCONT)
    until(ground.is_ready, 20)
    check_right(ground.client)


def test_session_of_an_engine_that_hung_goes_on(ground: Ground) -> None:
    """An answer of a script is given once, or it was under way when the engine went."""
    ground.server.session("demo").calls(["first", "second", "third"])
    assert message_of(ground.client.post("/v1/messages", json=HELLO))["content"][0]["text"] == "first"
    with valkey.Valkey.from_url(ground.url) as direct:
        process = direct.info("server")["process_id"]
    os.kill(process, signal.SIGSTOP)
    try:
        assert ground.client.post("/v1/messages", json=HELLO).status_code == 503
    finally:
        os.kill(process, signal.SIGCONT)
    until(ground.is_ready, 20)
    text = message_of(ground.client.post("/v1/messages", json=HELLO))["content"][0]["text"]
    assert text in ("second", "third")


def test_sdk_tries_again_by_itself(ground: Ground) -> None:
    statuses: list[int] = []

    def note(response: httpx.Response) -> None:
        statuses.append(response.status_code)
        if len(statuses) == 1:
            ground.start_engine()

    with anthropic.Anthropic(
        api_key="demo",
        base_url=ground.server.url,
        max_retries=8,
        http_client=httpx.Client(event_hooks={"response": [note]}),
    ) as client:
        ground.kill_engine()
        message = client.messages.create(**HELLO)
    assert message.content
    assert (statuses[-1], set(statuses[:-1])) == (200, {503})
