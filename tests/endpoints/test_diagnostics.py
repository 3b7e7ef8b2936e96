"""``diagnostics`` stands in every answer since 2026-09-23, behind the usage, whole and at the start of a stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import asgi_transport
from mockserver.compose.generated.magic_strings import REFUSAL
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.strict import events_of

ASKED = [{"role": "user", "content": "Hello"}]
MANAGED = "context-management-2025-06-27"


def answers(*fixtures: str, version: str = VERSIONS[-1], beta: str = "", **more: Any) -> tuple[dict[str, Any], ...]:
    """The whole answer, the start of the streamed one, and the message folded from that."""
    headers = {"x-api-key": "sk-valid", "anthropic-version": version, **({"anthropic-beta": beta} if beta else {})}
    asked = {"max_tokens": 256, "messages": ASKED, **more}
    transport = asgi_transport(*fixtures, profile="anthropic")
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        whole = client.post("/v1/messages", json=asked).raise_for_status().json()
        events = events_of(client.post("/v1/messages", json={**asked, "stream": True}).raise_for_status().text)
    assert validate_response(whole, beta=bool(beta)) == validate_stream(events, beta=bool(beta)) == []
    folded = fold(events)
    assert list(folded) == list(whole)
    return whole, events[0]["message"], folded


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5", "claude-fable-5-2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_diagnostics_are_null_unless_asked_for(model: str, version: str) -> None:
    for message in answers(model=model, version=version):
        assert message["diagnostics"] is None
        assert list(message)[8:] == ["usage", "diagnostics"]


@pytest.mark.parametrize("given", [{}, {"previous_message_id": None}])
def test_first_turn_has_nothing_to_tell(given: dict[str, Any]) -> None:
    for message in answers(model="claude-sonnet-5", diagnostics=given):
        assert message["diagnostics"] is None


def test_unknown_answer_is_not_found() -> None:
    for message in answers(model="claude-sonnet-5", diagnostics={"previous_message_id": "msg_01"}):
        assert message["diagnostics"] == {"cache_miss_reason": {"type": "previous_message_not_found"}}


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-8", "claude-haiku-5-5"])
def test_context_management_follows(model: str) -> None:
    whole, start, _ = answers(model=model, beta=MANAGED)
    assert list(whole)[8:] == ["usage", "diagnostics", "context_management"]
    assert list(start)[8:] == ["usage", "diagnostics"]


def test_diagnostics_can_be_scripted(tmp_path: Path) -> None:
    reason = {"type": "tools_changed", "cache_missed_input_tokens": 7}
    file = tmp_path / "missed.yaml"
    file.write_text(
        "scenarios: [{name: a, reply: {text: b, extra: {diagnostics: {cache_miss_reason: "
        "{type: tools_changed, cache_missed_input_tokens: 7}}}}}]"
    )
    for message in answers(str(file), model="claude-opus-5"):
        assert message["diagnostics"] == {"cache_miss_reason": reason}


def converse(client: httpx.Client, previous: str | None, **more: Any) -> dict[str, Any]:
    asked = {"model": "claude-sonnet-5", "max_tokens": 256, "messages": ASKED, **more}
    diagnostics = {"diagnostics": {"previous_message_id": previous}}
    answer: dict[str, Any] = client.post("/v1/messages", json={**diagnostics, **asked}).raise_for_status().json()
    return answer


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_are_remembered_in_their_session(version: str) -> None:
    transport = asgi_transport()
    headers = {"x-api-key": "sk-one", "anthropic-version": version}
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        first = converse(client, None)
        longer = [*ASKED, {"role": "assistant", "content": first["content"]}, {"role": "user", "content": "Go on."}]
        second = converse(client, first["id"], messages=longer)
        assert second["diagnostics"] is None
        third = converse(client, second["id"], messages=longer, system="Now it is noon.")
        assert third["diagnostics"]["cache_miss_reason"]["type"] == "system_changed"
        plain = converse(client, None, diagnostics=None)
        missing = {"cache_miss_reason": {"type": "previous_message_not_found"}}
        assert converse(client, plain["id"])["diagnostics"] == missing
        client.headers["x-api-key"] = "sk-two"
        assert converse(client, first["id"])["diagnostics"] == missing


def test_request_is_compared_as_it_was_sent_not_as_fallback_models_get_it() -> None:
    transport = asgi_transport(profile="anthropic")
    beta = "server-side-fallback-2026-07-01"
    headers = {"x-api-key": "sk-three", "anthropic-version": VERSIONS[0], "anthropic-beta": beta}
    asked = {"model": "claude-fable-5", "messages": [{"role": "user", "content": REFUSAL}]}
    further = {"fallbacks": [{"model": "claude-opus-4-8"}]}
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        first = converse(client, None, **asked, **further)
        assert first["model"] == "claude-opus-4-8"
        assert first["diagnostics"] is None
        assert converse(client, first["id"], **asked, **further)["diagnostics"] is None
        changed = converse(client, first["id"], **asked, **further, system="It is noon.")
        assert changed["model"] == "claude-opus-4-8"
        assert changed["diagnostics"]["cache_miss_reason"]["type"] == "system_changed"
