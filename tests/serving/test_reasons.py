"""Why a request was refused or unmatched: in the access log and in the journal's list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.store.reasons import MOST
from mockserver.testing.server import MockServer

KEY = "sk-ant-api03-" + "aB3" * 12
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
HELLO: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
FILE = """
scenarios:
  - {name: weather, when: {user: weather}, reply: Sunny.}
  - {name: busy, when: {user: busy}, reply: {error: overloaded_error}}
  - {name: broken, when: {user: broken}, reply: {text: "{{ prompt.user | int / 0 }}"}}
"""


class Watched:
    """A server whose log is read, without a socket."""

    def __init__(self, *fixtures: Path, **settings: Any) -> None:
        self.lines: list[str] = []
        self.server = MockServer(*fixtures, log=self.lines.append, **settings)

    def ask(self, user: str = "Hi", *, path: str = "/v1/messages", headers: Any = HEADERS, **changes: Any) -> int:
        body = {**HELLO, "messages": [{"role": "user", "content": user}], **changes}
        return httpx.post(f"{self.server.url}{path}", json=body, headers=headers).status_code

    def logged(self) -> str | None:
        """What the last line says behind the duration."""
        return self.lines[-1].partition("ms | ")[2] or None

    def listed(self) -> Any:
        """What the journal's list says of the last request."""
        return self.server.mock.journal.entries()[-1].summary()["reason"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def strict(file: Path) -> Iterator[Watched]:
    watched = Watched(file, profile="anthropic", unmatched="error")
    with watched.server:
        yield watched


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        ({"max_tokens": -1}, 400, "schema.minimum: max_tokens: must be greater than or equal to 0"),
        ({"headers": {}}, 401, "auth.key_missing: x-api-key header is required"),
        (
            {"path": "/v1/v1/messages"},
            404,
            "route: /v1/v1/messages: the base URL of the client ends with /v1; leave it out",
        ),
        ({"path": "/v1/none"}, 404, "route: Not found"),
        ({"user": "weather"}, 200, None),
        # The script says why itself.
        ({"user": "busy"}, 529, None),
        ({"path": "/api/event_logging/batch"}, 404, None),
    ],
)
def test_refusal_has_its_reason(strict: Watched, request_: dict[str, Any], status: int, reason: str | None) -> None:
    assert strict.ask(**request_) == status
    assert (strict.logged(), strict.listed()) == (reason, reason)


def test_unmatched_request_is_told_the_nearest_scenario(strict: Watched, file: Path) -> None:
    assert strict.ask("Hello") == 404
    expected = f'no scenario fits; nearest: weather ({file}:3): user: expected to contain "weather", got "Hello"'
    assert (strict.logged(), strict.listed()) == (expected, expected)


def test_scenario_that_cannot_answer_is_a_reason(strict: Watched) -> None:
    assert strict.ask("broken") == 500
    assert str(strict.logged()).startswith("A scenario could not answer: ")
    assert strict.listed() == strict.logged()


def test_no_scenarios_at_all() -> None:
    watched = Watched(unmatched="error")
    with watched.server:
        assert watched.ask() == 404
    assert str(watched.logged()).startswith("No scenario fits this request: there are none. ")


@pytest.mark.parametrize(("with_file", "logged"), [(True, "no scenario fits"), (False, None)])
def test_generated_answer_is_told_where_scenarios_did_not_fit(file: Path, with_file: bool, logged: str | None) -> None:
    watched = Watched(*([file] if with_file else []))
    with watched.server:
        assert watched.ask() == 200
    assert (watched.logged(), watched.listed()) == (logged, "no scenario fits")


def test_scenario_of_the_session_is_one_that_did_not_fit() -> None:
    watched = Watched()
    with watched.server:
        watched.server.session(KEY).when(user="weather").reply("Rain.")
        assert watched.ask() == 200
    assert watched.logged() == "no scenario fits"


@pytest.mark.parametrize(
    ("user", "status", "reason"),
    [
        ("weather", 200, "not refused: schema.maximum: temperature"),
        ("busy", 529, "not refused: schema.maximum: temperature"),
        ("broken", 500, "A scenario could not answer: "),
        ("Hi", 404, "no scenario fits; nearest: "),
    ],
)
def test_what_validation_lets_pass_is_told(file: Path, user: str, status: int, reason: str) -> None:
    """But not in place of why the answer is an error."""
    watched = Watched(file, validation="warn", unmatched="error")
    with watched.server:
        assert watched.ask(user, temperature=7) == status
    assert str(watched.logged()).startswith(reason)
    assert watched.listed() == watched.logged()


@pytest.mark.parametrize(
    "changes",
    [
        {KEY: 1},
        {"path": f"/{KEY}/v1/messages"},
        {"headers": {**HEADERS, "anthropic-beta": KEY}},
        {"user": KEY},
    ],
)
def test_secrets_are_masked(strict: Watched, changes: dict[str, Any]) -> None:
    strict.ask(**changes)
    assert strict.logged()
    assert KEY not in strict.lines[-1]
    assert KEY not in str(strict.listed())


def test_reason_is_short_and_one_line(strict: Watched) -> None:
    assert strict.ask(path="/v1/v1/%0a%1b[31m" + "y" * 5000) == 404
    reason = str(strict.logged())
    assert reason.startswith("route: /v1/v1/\\n\\u001b[31myyy")
    assert (len(reason), reason[-1]) == (MOST, "…")
    assert strict.listed() == reason
