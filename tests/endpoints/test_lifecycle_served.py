"""The lives of models as a server shows them: by the release of the catalogue, by a day, or by its clock."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.serving import assembly
from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

RETIREMENT = 1_795_996_800  # 2026-11-30T00:00:00Z
HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
SONNET = ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929")
OPUS = ("claude-opus-4-5", "claude-opus-4-5-20251101")


def ask(server: MockServer, model: str, path: str = "/v1/messages") -> httpx.Response:
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
    body |= {"max_tokens": 64} if path == "/v1/messages" else {}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        answer: httpx.Response = client.post(path, json=body)
        return answer


def show(server: MockServer, path: str) -> dict[str, Any]:
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        shown: dict[str, Any] = client.get(path).raise_for_status().json()
        return shown


@pytest.mark.parametrize("model", [*SONNET, *OPUS, "claude-mythos-preview"])
@pytest.mark.parametrize("lifecycle", ["", "release"])
def test_no_model_retires_by_the_calendar(model: str, lifecycle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: RETIREMENT + 10.0 * 365 * 86400)
    assert message_of(ask(MockServer(profile="anthropic", lifecycle=lifecycle), model))


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
@pytest.mark.parametrize("model", SONNET)
def test_model_retires_by_the_clock_when_today_counts(model: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    server = MockServer(profile="anthropic", lifecycle="today")
    now = RETIREMENT - 1.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert ask(server, model, path).status_code == 200
    now = RETIREMENT + 0.0
    assert error_of(ask(server, model, path), 404) == {"type": "not_found_error", "message": f"model: {model}"}
    assert ask(server, "claude-opus-4-5", path).status_code == 200


@pytest.mark.parametrize("model", [*SONNET, *OPUS])
def test_model_retires_on_a_day_that_is_set(model: str) -> None:
    after = MockServer(profile="anthropic", lifecycle="2027-01-22")
    assert error_of(ask(after, model), 404)["message"] == f"model: {model}"
    before = MockServer(profile="anthropic", lifecycle="2026-11-29")
    assert message_of(ask(before, model))


def test_gateway_takes_retired_models() -> None:
    assert message_of(ask(MockServer(lifecycle="2030-01-01"), "claude-sonnet-4-5"))


def test_models_show_their_stage() -> None:
    server = MockServer(lifecycle="2027-01-22")
    listed = {each["id"] for each in show(server, "/v1/models?limit=1000")["data"]}
    assert not listed & {SONNET[1], OPUS[1]}
    assert show(server, "/v1/models/claude-opus-4-5")["lifecycle"] == "retired"
    opus = show(MockServer(), "/v1/models/claude-opus-4-5")
    assert (opus["lifecycle"], opus["deprecated_at"], opus["retires_at"]) == (
        "deprecated",
        "2026-11-23T00:00:00Z",
        "2027-01-22T00:00:00Z",
    )


MODELS = """
models:
  company-model: {like: claude-opus-5, context: 1000, max_tokens: 100, aliases: [company]}
  claude-haiku-4-5: {retires_at: 2026-06-01}
"""


def test_models_of_a_file_are_known(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(MODELS)
    server = MockServer(file, profile="anthropic")
    assert message_of(ask(server, "company"))["model"] == "company-model"
    assert ask(server, "company-model", "/v1/messages/count_tokens").status_code == 200
    assert error_of(ask(server, "claude-haiku-4-5"), 404)["message"] == "model: claude-haiku-4-5"
    shown = show(server, "/v1/models/company")
    assert (shown["id"], shown["max_input_tokens"], shown["max_tokens"]) == ("company-model", 1000, 100)
    file.write_text("models: {company-model: {like: claude-opus-4-6}}\nlifecycle: today\n")
    assert assembly.reload(server.mock) == ()
    assert show(server, "/v1/models/company-model")["max_input_tokens"] == 1_000_000
    assert error_of(ask(server, "company"), 404)["message"] == "model: company"


def test_setting_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("lifecycle: 2030-01-01")
    assert ask(MockServer(file, profile="anthropic"), SONNET[0]).status_code == 404
    assert ask(MockServer(file, profile="anthropic", lifecycle="release"), SONNET[0]).status_code == 200


def test_wrong_day_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lifecycle: expected release, today or a day such as 2026-12-24, got 'soon'"):
        MockServer(lifecycle="soon")


def test_session_cannot_change_models(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text(MODELS)
    with pytest.raises(Exception, match="models, lifecycle and files are for the whole server"):
        MockServer().session("any").load(file)
