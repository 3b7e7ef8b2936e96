"""A session whose scenarios had to make room says so, instead of giving another answer."""

from __future__ import annotations

from pathlib import Path

import anthropic
import httpx2 as httpx
import pytest

from mockserver import MockServer


@pytest.fixture
def server() -> MockServer:
    return MockServer(max_sessions=1)


def ask(server: MockServer, key: str, text: str = "Hi") -> str:
    http = httpx.Client(transport=server.transport)
    client = anthropic.Anthropic(api_key=key, base_url="http://mock", http_client=http, max_retries=0)
    message = client.messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": text}]
    )
    block = message.content[0]
    return block.text if block.type == "text" else ""


def test_lost_session_is_a_404_until_it_is_scripted_again(server: MockServer) -> None:
    session = server.session("scripted")
    session.when().reply("Scripted.")
    assert ask(server, "scripted") == "Scripted."
    ask(server, "another")
    for _ in range(2):
        with pytest.raises(anthropic.NotFoundError, match="had to drop this session"):
            ask(server, "scripted")
    session.when().reply("Scripted again.")
    assert ask(server, "scripted") == "Scripted again."


def test_session_without_scripts_is_not_missed(server: MockServer) -> None:
    for _ in range(2):
        assert ask(server, "one")
        assert ask(server, "two")


FILE = """
scenarios:
  - {name: script, when: {user: Hi}, calls: [one, two, {text: three, times: always}]}
  - {name: reply, when: {user: Steady}, reply: Again.}
"""


def test_script_of_a_file_does_not_silently_begin_again(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(FILE)
    server = MockServer(tmp_path / "script.yaml", max_sessions=1)
    assert [ask(server, "moved") for _ in range(2)] == ["one", "two"]
    ask(server, "another")
    with pytest.raises(anthropic.NotFoundError, match="how far its scripts had come"):
        ask(server, "moved")
    server.reset("moved")
    assert ask(server, "moved") == "one"


def test_reply_of_a_file_is_given_again(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(FILE)
    server = MockServer(tmp_path / "script.yaml", max_sessions=1)
    for key in ("one", "two") * 2:
        assert ask(server, key, "Steady") == "Again."


def test_calls_of_lost_sessions_drop_nobody() -> None:
    server = MockServer(max_sessions=2)
    for key in ("lost", "live", "last"):
        server.session(key).when().reply("Scripted.")
    for _ in range(5):
        with pytest.raises(anthropic.NotFoundError):
            ask(server, "lost")
    assert [ask(server, key) for key in ("live", "last")] == ["Scripted."] * 2
    http = httpx.Client(transport=server.transport, base_url="http://localhost")
    listed = http.get("/_mock/requests", headers={"x-api-key": "lost"}).json()["requests"]
    assert [row["status"] for row in listed] == [404] * 5
    assert http.get("/_mock/health").json()["sessions"] == 2


def test_settings_do_not_revive_a_lost_session_and_explain_tells(server: MockServer) -> None:
    headers = {"x-mock-session": "named"}
    http = httpx.Client(transport=server.transport, base_url="http://localhost", headers=headers)
    http.post("/_mock/scenarios", json={"name": "a", "reply": "Mine."})
    ask(server, "another")
    for request in (("PATCH", "settings", {"pace": "none"}), ("DELETE", "scenarios", None)):
        http.request(request[0], f"/_mock/{request[1]}", json=request[2])
        body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        answer = http.post("/v1/messages", json=body, headers={"x-api-key": "k"})
        assert (answer.status_code, "had to drop this session" in answer.text) == (404, True)
        explained = http.post("/_mock/explain", json=body, headers={"x-api-key": "k"}).json()
        assert explained["answered_by"] == "error"
        assert explained["finding"]["message"] in answer.text
