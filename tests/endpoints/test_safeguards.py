"""The field ``safeguards`` of Claude Code's mode auto, and what answers say to it: whole, streamed, and scripted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import httpx2 as httpx
import pytest

from mockserver import asgi_transport
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.strict import error_of, events_of

BETA = "dangerous-tool-use-2026-09-03"
ASKED = [
    {"type": "dangerous_tool_use", "classifier_context": {"v": 1, "permission_mode": "auto", "rules": {"allow": []}}}
]
BASH = {"name": "Bash", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}}}
FORCED = {"tools": [BASH], "tool_choice": {"type": "tool", "name": "Bash"}, "thinking": {"type": "disabled"}}
Profile = Literal["relay", "anthropic"]
SCRIPT = """
scenarios:
  - name: flagged
    reply:
      tool_use: {name: Bash, id: toolu_1, input: {command: rm -rf /}}
      extra:
        safeguard_results:
          - type: dangerous_tool_use
            status: {type: available, tool_uses: {toolu_1: {type: evaluated, outcome: flagged}}}
"""


def post(
    *fixtures: str, beta: str = BETA, profile: Profile = "anthropic", version: str = VERSIONS[-1], **body: Any
) -> httpx.Response:
    headers = {"x-api-key": "sk-valid", "anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
    asked = {"max_tokens": 256, "messages": [{"role": "user", "content": "Run: echo hello"}], **body}
    transport = asgi_transport(*fixtures, profile=profile)
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        answer: httpx.Response = client.post("/v1/messages", json=asked)
        return answer


def ask(*fixtures: str, **more: Any) -> dict[str, Any]:
    """The answer, which is the same whole and streamed but for what is counted at each call."""
    whole: dict[str, Any] = post(*fixtures, **more).raise_for_status().json()
    events = events_of(post(*fixtures, stream=True, **more).raise_for_status().text)
    assert validate_response(whole, beta=True) == validate_stream(events, beta=True) == []
    assert "safeguard_results" not in events[0]["message"]
    assert events[-2]["delta"].get("safeguard_results") == fold(events).get("safeguard_results")
    assert list(fold(events)) == list(whole)
    return fold(events)


def uses(message: dict[str, Any]) -> list[str]:
    return [block["id"] for block in message["content"] if block["type"] == "tool_use"]


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-sonnet-5", "claude-opus-4-8", "claude-haiku-5-5"])
@pytest.mark.parametrize("version", VERSIONS)
def test_each_tool_use_is_judged(model: str, version: str) -> None:
    message = ask(model=model, version=version, safeguards=ASKED, **FORCED)
    verdicts = {use: {"type": "evaluated", "outcome": "not_flagged"} for use in uses(message)}
    assert len(verdicts) == 1
    assert message["safeguard_results"] == [
        {"type": "dangerous_tool_use", "status": {"type": "available", "tool_uses": verdicts}}
    ]


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-fable-5-1", "claude-opus-5-5"])
def test_without_a_tool_use_there_is_no_verdict(model: str) -> None:
    message = ask(model=model, safeguards=ASKED)
    assert message["safeguard_results"] == [
        {"type": "dangerous_tool_use", "status": {"type": "available", "tool_uses": {}}}
    ]


@pytest.mark.parametrize("given", [{}, {"safeguards": []}, {"safeguards": None}])
def test_the_beta_alone_brings_an_empty_list(given: dict[str, Any]) -> None:
    assert ask(model="claude-sonnet-5", **given)["safeguard_results"] == []
    assert "safeguard_results" not in ask(model="claude-sonnet-5", beta="")


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-haiku-4-5", "claude-opus-5"])
@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_safeguards_need_their_beta(model: str, profile: Profile) -> None:
    error = error_of(post(model=model, beta="", profile=profile, safeguards=ASKED), 400)
    assert error["message"] == "safeguards: Extra inputs are not permitted"


@pytest.mark.parametrize("given", [{"type": "dangerous_tool_use"}, "auto", True])
def test_safeguards_are_a_list(given: Any) -> None:
    error = error_of(post(model="claude-sonnet-5", safeguards=given), 400)
    assert error["message"] == "safeguards: Input should be a valid array"


def test_results_can_be_scripted(tmp_path: Path) -> None:
    file = tmp_path / "flagged.yaml"
    file.write_text(SCRIPT)
    message = ask(str(file), model="claude-sonnet-5", safeguards=ASKED)
    (result,) = message["safeguard_results"]
    assert result["status"]["tool_uses"] == {"toolu_1": {"type": "evaluated", "outcome": "flagged"}}
    assert uses(message) == ["toolu_1"]


def test_a_tool_use_that_was_cut_off_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "cut.yaml"
    use = "{type: tool_use, name: Bash, id: toolu_%d, input: {command: ls}}"
    file.write_text(
        f"scenarios: [{{name: a, reply: {{stop_reason: max_tokens, content: [{use % 1}, {use % 2}]}}}}]", "utf-8"
    )
    (result,) = ask(str(file), model="claude-opus-5-5", safeguards=ASKED)["safeguard_results"]
    assert result["status"]["tool_uses"] == {
        "toolu_1": {"type": "evaluated", "outcome": "not_flagged"},
        "toolu_2": {"type": "unavailable", "reason": "truncated"},
    }


def test_a_gateway_that_sends_no_headers_gets_results() -> None:
    body = {
        "model": "house-model",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "a"}],
        "safeguards": ASKED,
    }
    with httpx.Client(transport=asgi_transport(), base_url="http://test") as client:
        answer = client.post("/v1/messages", json=body, headers={"x-api-key": "k"}).raise_for_status().json()
    assert answer["safeguard_results"][0]["type"] == "dangerous_tool_use"
