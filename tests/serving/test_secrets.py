"""No secret of a request is shown, in whichever position it came and wherever one looks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mockserver import journey
from mockserver.records.call import Call
from mockserver.records.terminal import escape_line, escape_text
from mockserver.scenarios import condition
from mockserver.testing import MockSession
from tests.serving.planting import (
    LOOKS,
    OWN_KEY,
    POSITIONS,
    Desk,
    complain,
    find_leaks,
    list_claims,
    make_call,
    say,
)

FIXTURE = """
scenarios:
  - name: weather
    when: {user: weather, model: claude-x, system: a, headers: {x-note: a}}
    reply: {text: Sunny.}
"""


@pytest.fixture
def fixture(tmp_path: Path) -> str:
    file = tmp_path / "weather.yaml"
    file.write_text(FIXTURE)
    return str(file)


@pytest.mark.parametrize(("call", "secret"), [pytest.param(call, secret, id=name) for name, call, secret in POSITIONS])
def test_nothing_shows_a_planted_secret(
    call: Call, secret: str, fixture: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(fixtures=(fixture,))
    desk.ask(call)
    assert desk.mock.journal.received() == 1
    outputs = list(desk.list_outputs(call))
    assert len(outputs) > 40
    leaks = find_leaks(iter([*outputs, *capfd.readouterr(), caplog.text]), secret)
    assert leaks == []


SECRET = "fixture-secret-value-0"
WANTED = [
    {"headers": {"x-goog-api-key": SECRET}},
    {"headers": {"x-hub-signature": {"contains": SECRET}}},
    {"headers": {"authorization": [SECRET]}},
    {"headers": {"x-pin-token": 8412345678}},
    {"key": SECRET},
    {"session": LOOKS["anthropic"]},
    {"user": LOOKS["anthropic"]},
    {"model": LOOKS["aws"]},
    {"body": {"$.mcp_servers[0].authorization_token": SECRET}},
    {"body": {"$['mcp_servers'][0]['authorization_token']": {"is": SECRET}}},
    {"body": {"mcp_servers[0]": {"is": {"authorization_token": SECRET}}}},
]


@pytest.mark.parametrize("when", WANTED, ids=map(str, WANTED))
def test_nothing_shows_a_secret_that_a_fixture_wants(when: dict[str, Any], tmp_path: Path) -> None:
    fixture = tmp_path / "wanted.yaml"
    fixture.write_text(json.dumps({"scenarios": [{"name": "a", "when": when, "reply": {"text": "Hi"}}]}))
    desk = Desk(fixtures=(str(fixture),), validation="off")
    server = {"type": "url", "name": "a", "url": "https://x", "authorization_token": "another-secret-value"}
    call = make_call(say("Hi", mcp_servers=[server]), x_pin_token="0")
    answer = desk.ask(call).decode()
    assert "No scenario fits this request." in answer
    session = MockSession(desk.mock, call.session)
    outputs = [answer, *desk.list_outputs(call), desk.control("POST", "verify", {"when": when})]
    outputs += [complain(lambda: session.assert_called(when=when))]  # type: ignore[arg-type]
    for secret in (SECRET, "8412345678", "another-secret-value", *LOOKS.values()):
        assert find_leaks(iter(outputs), secret) == []


def test_earlier_turns_of_a_thread_are_masked_too() -> None:
    desk = Desk(unmatched="generate")
    secret = LOOKS["github"]
    beta = {"anthropic_beta": "message-threads-2026-08-12"}
    first = make_call(say(f"I am {secret}", system=f"You are {secret}", thread={"type": "create"}), **beta)
    answer = json.loads(desk.ask(first))
    follow = {"type": "continue", "previous_message_id": answer["id"]}
    call = make_call(say("Who am I?", thread=follow), **beta)
    assert json.loads(desk.ask(call))["type"] == "message"
    entry = desk.mock.journal.entries()[-1]
    assert entry.prompt is not None
    assert entry.prompt.messages[0]["content"] == "I am …wxyz"
    assert entry.fits(condition({"system": secret})), "it is kept as it was sent"
    assert find_leaks(desk.list_outputs(call), secret) == []


def test_client_gets_its_own_text_back(tmp_path: Path) -> None:
    fixture = tmp_path / "echo.yaml"
    fixture.write_text("scenarios: [{name: echo, reply: {echo: true}}]")
    desk = Desk(fixtures=(str(fixture),))
    call = make_call(say(f"I am {LOOKS['anthropic']}", max_tokens=99))
    assert json.loads(desk.ask(call))["content"][0]["text"] == f"I am {LOOKS['anthropic']}"
    entry = desk.mock.journal.entries()[0]
    assert entry.message is not None
    assert entry.message["content"][0]["text"] == "I am sk-ant-…wxyz"


def test_conversation_stays_usable(tmp_path: Path) -> None:
    """What the API itself sends back and forth is shown as it is."""
    fixture = tmp_path / "think.yaml"
    fixture.write_text("scenarios: [{name: think, reply: {thinking: Hm., redacted_thinking: true, tool_use: f}}]")
    desk = Desk(fixtures=(str(fixture),))
    tools = [{"name": "f", "input_schema": {"type": "object", "properties": {"password": {"type": "string"}}}}]
    asked = say("Hi", tools=tools, max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 2000})
    sent = json.loads(desk.ask(make_call(asked)))
    entry = desk.mock.journal.entries()[0]
    assert (entry.message, entry.answer) == (sent, sent)
    assert entry.json == asked
    use = next(block for block in sent["content"] if block["type"] == "tool_use")
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use["id"], "content": "ok"}]}
    messages = [*asked["messages"], {"role": "assistant", "content": sent["content"]}, result]
    desk.ask(make_call({**asked, "messages": messages}))
    assert desk.mock.journal.entries()[1].json["messages"] == messages
    MockSession(desk.mock, OWN_KEY).assert_thinking_returned()


def test_bug_of_ours_shows_no_secret(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()

    def fail(*_: object) -> None:
        raise KeyError(f"{LOOKS['anthropic']} \x1b[2J")

    monkeypatch.setattr(journey, "answer", fail)
    desk.ask(make_call(path=f"/v1/{OWN_KEY}"))
    assert "Traceback" in caplog.text
    assert "KeyError" in caplog.text
    assert find_leaks(iter([caplog.text]), LOOKS["anthropic"]) == find_leaks(iter([caplog.text]), OWN_KEY) == []
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize("name", ["a\n127.0.0.1 forged", "a\x1b[2J", "a\u202eb", "a\rb", "a\u2028b"])
def test_names_can_neither_forge_a_line_nor_steer_a_terminal(name: str, tmp_path: Path) -> None:
    fixture = tmp_path / "forged.yaml"
    fixture.write_text(json.dumps({"scenarios": [{"name": name, "when": {"user": "Hello"}, "reply": {"text": "Hi"}}]}))
    desk = Desk(fixtures=(str(fixture),))
    desk.ask(make_call())
    desk.ask(make_call(say("other", model=f"x{name}"), path=f"/v1/messages/{name}"))
    (line, other) = desk.lines
    assert line.startswith(f"POST /v1/messages 200 {escape_line(name)} ")
    session = MockSession(desk.mock, OWN_KEY)
    printed = [line, other, session.summary(), *map(complain, list_claims(session)), repr(desk.mock.journal.entries())]
    assert len(session.summary().splitlines()) == 2
    assert all(escape_text(text) == text for text in printed)


def test_access_log_is_as_before() -> None:
    desk = Desk(unmatched="generate")
    desk.ask(make_call())
    desk.ask(make_call(path="/v1/models/a b*é"))
    assert [re.sub(r" [\d.]+ms", "", line) for line in desk.lines] == [
        "POST /v1/messages 200 generated",
        "POST /v1/models/a%20b%2A%C3%A9 405 - | method: Method Not Allowed",
    ]
