"""What is printed besides the journal: no secret is in it, and nothing of it steers a terminal."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockServer, asgi_transport
from mockserver.cli import console
from mockserver.cli.checking import check
from mockserver.contract import validate_request
from mockserver.endpoints.fixtures import Fixtures
from mockserver.records.errors import ScenarioError
from mockserver.records.settings import Settings
from mockserver.records.terminal import escape_text
from mockserver.scenarios.choosing import NO_SCENARIOS
from mockserver.serving.watcher import FixtureWatcher
from mockserver.testing import MockSession
from tests.serving.planting import LOOKS, NAMED, Desk, find_leaks, make_call

KEY = LOOKS["anthropic"]
# Clear the screen, as C0 and as C1; turn the writing direction; forge a line.
EVIL = "\x1b[2J\x9b2J\u202e\u2028\nforged"

# Parts of scenarios that hold mistakes, and repeat what they hold.
MISTAKES: dict[str, Any] = {
    "header": {"when": {"headers": {"x-api-key": [{"a": NAMED}]}}},
    "header of another kind": {"when": {"headers": {"x-hub-signature": {"contains": {"a": NAMED}}}}},
    "key": {"when": {"key": {"a": NAMED}}},
    "path": {"when": {"body": {"$.password": f"/({NAMED}/"}}},
    "header answered": {"reply": {"text": "x", "headers": {"set-cookie": {"a": NAMED}}}},
    "object": {"when": {"headers": [{"x-api-key": NAMED}]}},
    "text": {"when": {"headers": f"x-api-key: {NAMED}"}},
    "name of a key": {"reply": {KEY: 1}},
    "name": {"name": KEY, "reply": {"txet": KEY}},
    "error": {"reply": {"error": {"type": KEY}}},
    "fault": {"reply": {"text": "x", "fault": KEY}},
    "placeholder": {"reply": {"text": f"{{{{ prompt.password('{KEY}') | password={NAMED} }}}}"}},
    "pace": {"reply": {"text": "x", "pace": {"api_key": NAMED, KEY: 1}}},
    "control characters": {"name": f"a{EVIL}", "reply": {f"t{EVIL}": KEY}},
}


def assert_clean(*texts: str) -> None:
    assert find_leaks(iter(texts), NAMED) == find_leaks(iter(texts), KEY) == []
    assert [text for text in texts if escape_text(text) != text or "\nforged" in text] == []


def describe_error(work: Callable[[], object]) -> str:
    """What Python shows of the error that this raises."""
    with pytest.raises((ScenarioError, ValueError, TypeError)) as caught:
        work()
    # The lines of the trace are those of this file.
    return "\n".join([repr(caught.value), str(caught.value), *traceback.format_exception_only(caught.value)])


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_mistakes_in_fixtures_repeat_no_secret(
    mistake: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixture = tmp_path / "bad\x1b.yaml"
    fixture.write_text(json.dumps({"scenarios": [{"name": "a", "reply": "Hi", **mistake}]}))
    texts = [describe_error(lambda: MockServer(str(fixture)))]
    for form in ("text", "json", "github"):
        assert check([str(fixture)], form) == 1
        texts += capsys.readouterr()
    desk = Desk()
    texts.append(desk.control("POST", "scenarios", {"scenarios": [mistake]}, x_mock_session="s"))
    assert_clean(*texts)


def wrong(**arguments: Any) -> Any:
    return arguments


# Any: the arguments are wrong.
ARGUMENTS: dict[str, Callable[[Any], object]] = {
    "header": lambda api: api.when(headers={"x-api-key": [{"a": NAMED}]}).reply("x"),
    "word": lambda api: api.reply(**{KEY: 1}),
    "error": lambda api: api.error(KEY),
    "fault": lambda api: api.fault(KEY),
    "pace": lambda api: api.configure(pace=KEY + EVIL),
    "object as pace": lambda api: api.configure(pace={"api_key": NAMED}),
    "file": lambda api: api.load(f"https://me:{NAMED}@x/{KEY}{EVIL}.yaml"),
    "endpoint": lambda api: api.assert_called(endpoint=KEY + EVIL),
    "check": lambda api: api.check_at_end(KEY + EVIL),
    "value": lambda api: api.reply("x", extra={"password": {NAMED}}),
    "settings": lambda _: Settings(profile=KEY + EVIL),
    "seed": lambda _: Settings(**wrong(seed=KEY)),
    "origin": lambda _: Settings(allowed_origins=(f"https://me:{NAMED}@x/y",)),
    "keys": lambda _: Settings(**wrong(api_keys=NAMED)),
    "token": lambda _: Settings(control_token=f"{NAMED} {KEY}"),
    "endpoint of a check": lambda _: validate_request({}, endpoint=KEY),
}


@pytest.mark.parametrize("give", ARGUMENTS.values(), ids=ARGUMENTS)
def test_errors_in_python_repeat_no_secret(give: Callable[[Any], object]) -> None:
    assert_clean(describe_error(lambda: give(MockSession(Desk().mock, "test"))))


def test_representations_show_no_secret() -> None:
    settings = Settings(api_keys=(NAMED, KEY), control_token=NAMED)
    server = MockServer(api_keys=(NAMED, KEY), control_token=NAMED)
    transport = asgi_transport(api_keys=(NAMED,))
    shown = (settings, server, server.settings, server.session(KEY), server.mock, transport, transport.session(NAMED))
    assert_clean(*map(repr, shown), *map(str, shown))
    assert "control_token='***'" in repr(settings)
    assert "control_token=''" in repr(Settings())


def test_banner_shows_no_secret(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "tune_collector", lambda: None)
    settings = Settings(api_keys=(KEY,), control_token=NAMED, fixtures=(f"a{EVIL}\udcff", KEY))
    console.announce("http://127.0.0.1:1", settings, Fixtures(NO_SCENARIOS), host="127.0.0.1", token="", quiet=False)
    texts = (*capsys.readouterr(), console.explain_failure(OSError(98, "x"), EVIL, 1))
    assert_clean(*texts)


def test_bug_while_watching_shows_no_secret(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    watcher = FixtureWatcher(desk.mock)

    async def fail() -> None:
        raise KeyError(f"{KEY} password={NAMED} \x1b[2J")

    monkeypatch.setattr(watcher, "_look", fail)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(watcher._look_or_report())
    assert "Traceback" in caplog.text
    assert_clean(caplog.text, desk.control("GET", "health"))


def test_log_of_the_user_that_fails_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()

    def fail(line: str) -> None:
        raise ValueError(f"{line} {KEY} \x1b[2J")

    desk.service._log = fail
    desk.ask(make_call())
    assert "the access log failed" in caplog.text
    assert_clean(caplog.text)
