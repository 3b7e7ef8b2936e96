"""Answers whose script says itself where another model took over."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.reply import Block
from tests.composing import CALL, HELLO, body, message

BETA = ("server-side-fallback-2026-07-01",)
LONG: Block = {"type": "text", "text": "This would take a good many words to tell. " * 9}


def hop(to: str, **more: Any) -> Block:
    return {"type": "fallback", "to": {"model": to}, **more}


def entries(*content: Block, model: str = "claude-fable-5", betas: tuple[str, ...] = BETA, **said: Any) -> Any:
    return message(*content, request=body(model=model), betas=betas, **said)["usage"]["iterations"]


@pytest.mark.parametrize("betas", [BETA, ("server-side-fallback-2026-06-01",), ()])
@pytest.mark.parametrize("model", ["claude-fable-5", "claude-opus-5-5", "claude-fable-5-2"])
def test_each_model_has_an_iteration_of_its_own(model: str, betas: tuple[str, ...]) -> None:
    content = (LONG, hop("claude-opus-5"), HELLO, hop("claude-opus-4-8"), HELLO, LONG)
    said = message(*content, request=body(model=model), betas=betas)
    found = said["usage"]["iterations"]
    assert [(each["type"], each["model"]) for each in found] == [
        ("message", model),
        ("message", "claude-opus-5"),
        ("fallback_message", "claude-opus-4-8"),
    ]
    assert found[1]["output_tokens"] < found[0]["output_tokens"] < found[2]["output_tokens"]
    assert said["usage"]["output_tokens"] == found[2]["output_tokens"]
    assert said["usage"]["input_tokens"] == found[2]["input_tokens"]
    assert said["model"] == "claude-opus-4-8"


def test_the_models_before_read_nothing_from_the_cache() -> None:
    usage = {"cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}
    first, last = entries(hop("claude-opus-5"), HELLO, usage=usage)
    assert (last["input_tokens"], last["cache_read_input_tokens"]) == (first["input_tokens"] - 5, 3)
    assert first["cache_read_input_tokens"] == first["cache_creation_input_tokens"] == 0
    assert set(first["cache_creation"].values()) == {0}


def test_scripted_iterations_stay_as_they_are() -> None:
    own = message(HELLO, request=body(), betas=BETA)["usage"]["iterations"]
    assert entries(hop("claude-opus-5"), HELLO, usage={"iterations": own}) == own


def test_scripted_usage_is_that_of_the_last_model() -> None:
    first, last = entries(LONG, hop("claude-opus-5"), HELLO, usage={"output_tokens": 77})
    assert first["output_tokens"] != 77
    assert last["output_tokens"] == 77


def test_only_the_last_model_meets_the_limit() -> None:
    first, last = entries(HELLO, hop("claude-opus-5"), HELLO, stop_reason="max_tokens")
    assert first["output_tokens"] < last["output_tokens"] == 1000


def test_who_declined_is_filled_in() -> None:
    said = message(hop("claude-opus-5"), HELLO, request=body(model="claude-fable-5"))
    assert said["content"][0] == {
        "type": "fallback",
        "from": {"model": "claude-fable-5"},
        "to": {"model": "claude-opus-5"},
        "trigger": {"type": "refusal", "category": None},
    }
    assert list(said["content"][0]) == ["type", "from", "to", "trigger"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ((CALL, hop("claude-opus-5"), HELLO), "end_turn"),
        ((HELLO, hop("claude-opus-5"), CALL), "tool_use"),
        ((HELLO, hop("claude-opus-5")), "end_turn"),
    ],
)
def test_the_last_model_decides_how_the_answer_ends(content: tuple[Block, ...], reason: str) -> None:
    assert message(*content, request=body(model="claude-fable-5"))["stop_reason"] == reason


def test_answers_without_a_hop_have_one_iteration_under_the_beta() -> None:
    (entry,) = entries(HELLO)
    assert entry["type"] == "message"
    assert "iterations" not in message(HELLO)["usage"]
