"""Token counts against recorded usage, and what must hold for every count."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from mockserver.blocks.counting import count_output, count_request
from mockserver.reference.catalog import lookup
from mockserver.reference.signing import Signer
from mockserver.reference.tokens import is_forced

DATA = Path(__file__).parent.parent / "data" / "tokens"
RECORDED = [json.loads(line) for line in (DATA / "recorded.jsonl").read_text("utf-8").splitlines()]
OLD, NEW = lookup("claude-haiku-4-5"), lookup("claude-sonnet-5")


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


def image(width: int, height: int) -> dict[str, Any]:
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    source = {"type": "base64", "media_type": "image/png", "data": b64encode(header + bytes(100)).decode()}
    return {"messages": [{"role": "user", "content": [{"type": "image", "source": source}]}]}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Hi", 8),
        ("Hello", 8),
        ("Hello!", 9),
        ("What is 2+2?", 14),
        ("What's 2 + 2?", 16),
        ("Hello, world!", 11),
        ("Hello, Claude!", 11),
    ],
)
def test_known_prompts_count_exactly(text: str, count: int) -> None:
    assert count_request(said(text), OLD) == count


def test_thinking_adds_its_share() -> None:
    on = {"type": "enabled", "budget_tokens": 1024}
    assert count_request(said("What is 2+2?", thinking=on), OLD) == 43


def test_recorded_input_is_met() -> None:
    errors = [
        abs(count_request(row["request"], lookup(row["request"]["model"])) / row["input_tokens"] - 1)
        for row in RECORDED
    ]
    assert median(errors) < 0.05
    assert quantiles(errors, n=10)[-1] < 0.17


def test_recorded_output_is_met() -> None:
    errors = []
    for row in RECORDED:
        if row["content"]:
            model, forced = lookup(row["request"]["model"]), is_forced(row["request"])
            counted, _ = count_output(row["content"], model, forced=forced)
            errors.append(abs(counted / row["output_tokens"] - 1))
    assert median(errors) < 0.1
    assert quantiles(errors, n=10)[-1] < 0.35


def test_newer_tokenizer_counts_more() -> None:
    text = "Supercalifragilistic considerations notwithstanding, deliverables remain outstanding."
    assert count_request(said(text), NEW) > 1.2 * count_request(said(text), OLD)


@pytest.mark.parametrize(
    "text",
    [
        "你好,世界。你是谁?",
        "こんにちは世界",
        "안녕하세요 세계",
        "Привет, мир",
        "مرحبا بالعالم",
        "नमस्ते दुनिया",
        "🎉🎉",
        "\ud800",
    ],
)
def test_every_script_counts(text: str) -> None:
    least, most = len(text) * 0.3, len(text) * 3 + 10
    assert least < count_request(said(text), OLD) - count_request(said(""), OLD) < most


@pytest.mark.parametrize(("size", "count"), [((28, 28), 1), ((200, 200), 64), ((1000, 1000), 1296), ((29, 1), 2)])
def test_images_count_by_squares(size: tuple[int, int], count: int) -> None:
    empty = {"messages": [{"role": "user", "content": []}]}
    assert count_request(image(*size), OLD) - count_request(empty, OLD) == count + 3


def test_large_images_are_scaled_down() -> None:
    empty = {"messages": [{"role": "user", "content": []}]}
    for model, most in ((OLD, 1568), (NEW, 4784)):
        counted = count_request(image(8000, 6000), model) - count_request(empty, model)
        assert 0.9 * most < counted <= most + 3


def test_older_thoughts_are_not_counted_where_stripped() -> None:
    thought = {"type": "thinking", "thinking": "a long thought " * 50, "signature": "s"}
    answer = {"role": "assistant", "content": [thought, {"type": "text", "text": "a"}]}
    plain = {"role": "assistant", "content": [{"type": "text", "text": "a"}]}
    question = {"role": "user", "content": "q"}

    def count(*messages: Any) -> int:
        return count_request({"messages": [question, *messages]}, OLD)

    assert count(answer, question) == count(plain, question)
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]}
    assert count(answer, result) > count(plain, result) + 100
    keeps = lookup("claude-opus-4-5")
    assert count_request({"messages": [question, answer, question]}, keeps) > count(plain, question) + 100


def test_deferred_tools_are_not_counted() -> None:
    tool = {"name": "a", "input_schema": {"type": "object"}}
    both = [tool, {**tool, "name": "b", "description": "long " * 100, "defer_loading": True}]
    assert count_request(said("x", tools=both), OLD) == count_request(said("x", tools=[tool]), OLD)


def test_thought_is_part_of_output() -> None:
    thought = {"type": "thinking", "thinking": "let me see " * 20}
    counted, thinking = count_output([thought, {"type": "text", "text": "Yes."}], OLD)
    assert 40 < thinking < counted
    assert count_output([{"type": "text", "text": "Yes."}], OLD)[1] == 0
    assert count_output([], OLD) == (1, 0)


@pytest.mark.parametrize("blocks", [1, 2])
def test_redacted_thought_counts(blocks: int) -> None:
    """Recorded: 7 of 13 output tokens beside the text "OK", for one block and for two."""
    output, thought = count_output([{"type": "redacted_thinking"}] * blocks + [{"type": "text", "text": "OK"}], OLD)
    assert thought == 7
    assert 11 <= output <= 15


def test_hidden_thought_counts_by_its_signature() -> None:
    hidden = {"type": "thinking", "thinking": "", "signature": "E" * 2000}
    assert 300 < count_output([hidden], NEW)[1] < 500


@pytest.mark.parametrize("model", ["claude-opus-5", "claude-opus-4-8", "claude-sonnet-5"])
@pytest.mark.parametrize("trigger", [{}, {"trigger": None}, {"trigger": {"type": "refusal", "category": "cyber"}}])
def test_fallback_is_no_part_of_the_prompt(model: str, trigger: dict[str, Any]) -> None:
    """It is "not rendered into the prompt" (source: the SDK's types)."""
    block = {"type": "fallback", "from": {"model": "claude-fable-5"}, "to": {"model": model}, **trigger}

    def count(*blocks: dict[str, Any]) -> int:
        answer = {"role": "assistant", "content": [*blocks, {"type": "text", "text": "Hi."}]}
        asked = {"role": "user", "content": "Hi"}
        return count_request({"messages": [asked, answer, asked]}, lookup(model))

    assert count() == count(block) == count(block, block)


@pytest.mark.parametrize("model", ["claude-fable-5-2", "claude-opus-5-5", "claude-haiku-4-5"])
def test_text_in_an_omitted_thought_costs_nothing(model: str) -> None:
    signer = Signer(b"secret")
    shown, omitted = (signer.sign("So it is. " * 200, model, shown=shown) for shown in (True, False))

    def count(thinking: str, signature: str) -> int:
        thought = {"type": "thinking", "thinking": thinking, "signature": signature}
        turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [thought]}]
        return count_request({"messages": turns}, lookup(model))

    assert count("edited", omitted) == count("", omitted) != count("edited", shown)
