"""Fallbacks and advisors under their betas: what the schema of a request says of them."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.call import VERSIONS
from mockserver.validation import Checker

FALLBACK = "server-side-fallback-2026-07-01"
ADVISOR = "advisor-tool-2026-03-01"
ADVISED = [
    {"role": "user", "content": "a"},
    {
        "role": "assistant",
        "content": [
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "advisor", "input": {}},
            {
                "type": "advisor_tool_result",
                "tool_use_id": "srvtoolu_1",
                "content": {"type": "advisor_redacted_result", "encrypted_content": "x"},
            },
            {"type": "text", "text": "b"},
        ],
    },
    {"role": "user", "content": "c"},
]


def said(model: str, beta: str, version: str = VERSIONS[-1], **more: Any) -> str | None:
    """What profile anthropic says to a request under one beta."""
    body = {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "a"}], **more}
    finding = Checker("anthropic").check_parsed(body, "messages", version, frozenset(filter(None, [beta])))
    return finding.message if finding else None


@pytest.mark.parametrize("model", ["claude-fable-5", "claude-opus-5-5", "claude-haiku-5-5"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_of_fallbacks_has_one_to_three_entries(model: str, version: str) -> None:
    few = "fallbacks: List should have at least 1 item after validation, not 0"
    many = "fallbacks: List should have at most 3 items after validation, not 4"
    assert said(model, FALLBACK, version, fallbacks=[]) == few
    assert said(model, FALLBACK, version, fallbacks=[{"model": name} for name in "abcd"]) == many


@pytest.mark.parametrize("beta", ["", "server-side-fallback-2026-08-01", ADVISOR])
@pytest.mark.parametrize("given", ["default", [{"model": "claude-opus-4-8"}]])
def test_fallbacks_without_their_header_are_extra(beta: str, given: Any) -> None:
    assert said("claude-fable-5", beta, fallbacks=given) == "fallbacks: Extra inputs are not permitted"


@pytest.mark.parametrize("key", ["temperature", "top_p", "metadata", "x" * 300])
@pytest.mark.parametrize("value", [0.5, 1, {"a": [0.5]}, None])
def test_foreign_key_of_an_entry_is_named_whatever_its_value(key: str, value: Any) -> None:
    message = said("claude-opus-5-5", FALLBACK, fallbacks=[{"model": "claude-opus-4-8", key: value}])
    assert message is not None
    assert message.startswith("fallbacks.0: '" + key[:50])
    assert message.endswith("' is not a supported field. Supported: model, max_tokens, output_config, speed, thinking.")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tokens", [0, -1, -128000])
@pytest.mark.parametrize(
    ("model", "targets"), [("claude-fable-5", ["claude-opus-5"]), ("claude-sonnet-5-5", ["claude-sonnet-5"])]
)
def test_an_entry_is_given_tokens_to_answer(model: str, targets: list[str], tokens: int, version: str) -> None:
    entries = [{"model": name, "max_tokens": tokens} for name in targets]
    text = "fallbacks.0.max_tokens: must be greater than or equal to 1"
    assert said(model, FALLBACK, version, fallbacks=entries) == text
    assert said(model, FALLBACK, version, fallbacks=[{**entries[0], "max_tokens": 1}]) is None


@pytest.mark.parametrize("model", ["claude-sonnet-5", "claude-opus-5", "claude-haiku-4-5"])
def test_advice_of_earlier_turns_needs_the_header_but_no_tool(model: str) -> None:
    assert said(model, ADVISOR, messages=ADVISED) is None
    refusal = said(model, "", messages=ADVISED)
    assert refusal is not None
    assert refusal.startswith("messages.1.content.")
