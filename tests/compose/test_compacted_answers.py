"""What is said behind a summary: continued after a pause, cut, and handed on to another model."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.reply import Answer, Block
from tests.compose.test_compacting import (
    FAILED,
    LONG,
    MODELS,
    ON_DEMAND,
    SUMMARY,
    THRESHOLD,
    iterations,
    kinds,
    request,
)
from tests.composing import HELLO, THOUGHT, body, message, outcome

# After a pause ------------------------------------------------------------------------------------------------------

PAUSED = {"role": "assistant", "content": [SUMMARY]}
OTHER = {"role": "assistant", "content": [{**SUMMARY, "content": "Said otherwise."}]}
HI = {"role": "user", "content": "Hi"}
KEPT = [HI, {"role": "assistant", "content": "Ho"}, HI]


@pytest.mark.parametrize("pause", [True, False])
@pytest.mark.parametrize(
    ("messages", "is_continued"),
    [
        ([HI, PAUSED], True),
        ([HI, PAUSED, HI], True),
        ([PAUSED, *KEPT], True),
        # Another text, as of a placeholder, with nothing behind it; then a second summary is one.
        ([HI, OTHER, HI], True),
        ([OTHER, *KEPT], False),
        ([HI, {"role": "assistant", "content": [FAILED]}, HI], False),
        ([HI], False),
    ],
)
def test_the_answer_follows_a_scripted_summary(messages: list[Any], pause: bool, is_continued: bool) -> None:
    """Small conversations, far below any trigger: without this a client would be paused again and again."""
    asked = {**request(pause_after_compaction=pause), "messages": messages}
    shown = outcome(Answer(content=(SUMMARY, HELLO)), asked, THRESHOLD)
    assert not shown.is_put_off or not is_continued
    again = [SUMMARY] if pause else [SUMMARY, HELLO]
    assert shown.message["content"] == ([HELLO] if is_continued else again)


def test_what_a_stop_sequence_ends_is_put_off_too() -> None:
    asked = request(pause_after_compaction=True, more={"stop_sequences": [HELLO["text"]]})
    script = Answer(content=(SUMMARY, HELLO))
    assert outcome(script, asked, THRESHOLD).is_put_off
    shown = outcome(script, {**asked, "messages": [HI, PAUSED, HI]}, THRESHOLD)
    assert (shown.message["content"], shown.message["stop_reason"], shown.is_put_off) == ([], "stop_sequence", False)


def test_a_summary_is_compacted_again_on_demand() -> None:
    asked = body(messages=[{"role": "assistant", "content": [SUMMARY]}, HI], compaction={"type": "summarize"})
    newer = {**SUMMARY, "content": "They spoke of less."}
    assert (
        outcome(Answer(content=(newer, HELLO)), asked, ON_DEMAND).message["content"][0]["content"] == newer["content"]
    )


# Cut behind a summary -----------------------------------------------------------------------------------------------

LATER: Block = {"type": "text", "text": "Here is the next part of it all."}
SUMMARIES: list[tuple[Block, ...]] = [(), (SUMMARY,)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("before", SUMMARIES)
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_an_answer_cut_behind_a_summary_keeps_its_usage(model: str, before: tuple[Block, ...], limit: int) -> None:
    said = message(*before, LATER, request=request(model, more={"max_tokens": limit}), betas=THRESHOLD)
    assert kinds(said) == ["compaction", "text"]
    assert said["content"][1]["text"]
    assert LATER["text"].startswith(said["content"][1]["text"])
    assert (said["stop_reason"], said["usage"]["output_tokens"]) == ("max_tokens", limit)
    assert iterations(said) == ["compaction", "message"]
    assert said["usage"]["input_tokens"] == said["usage"]["iterations"][1]["input_tokens"] > 0


@pytest.mark.parametrize("before", SUMMARIES)
def test_a_stop_sequence_may_leave_nothing_behind_a_summary(before: tuple[Block, ...]) -> None:
    said = message(*before, LATER, request=request(more={"stop_sequences": ["Here"]}), betas=THRESHOLD)
    assert (kinds(said), said["stop_reason"]) == (["compaction"], "stop_sequence")
    assert iterations(said) == ["compaction", "message"]
    assert said["usage"]["input_tokens"] > 0 < said["usage"]["output_tokens"]


# The usage of the summary -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "instructions", "is_read"),
    [
        ("claude-fable-5-1", "Keep the names.", False),
        ("claude-sonnet-5-5", "Keep the names.", False),
        ("claude-haiku-5-5", "Keep the names.", False),
        ("claude-fable-5-2", " ", True),
        ("claude-opus-5-5", None, True),
        ("claude-opus-5", "Keep the names.", True),
        ("claude-sonnet-4-6", "Keep the names.", True),
    ],
)
def test_instructions_hide_thoughts_from_the_summary(model: str, instructions: str | None, is_read: bool) -> None:
    thought = {**THOUGHT, "thinking": "It is about words. " * 40, "signature": "s" * 1000}
    counts = []
    for content in ([thought, HELLO], [HELLO]):
        asked = request(model, instructions=instructions)
        asked["messages"] = [{"role": "user", "content": LONG}, {"role": "assistant", "content": content}, HI]
        counts.append(message(HELLO, request=asked)["usage"]["iterations"][0]["input_tokens"])
    assert (counts[0] > counts[1]) is is_read


# Scripts that answer a request for a summary --------------------------------------------------------------------------

USE: Block = {"type": "tool_use", "name": "t", "input": {}}
MORE: Block = {"type": "text", "text": " And more."}


@pytest.mark.parametrize(
    ("content", "limit", "summary", "stop_reason"),
    [
        ((HELLO,), 100, HELLO["text"], "compaction"),
        ((THOUGHT, HELLO, MORE), 100, HELLO["text"] + MORE["text"], "compaction"),
        ((SUMMARY,), 100, SUMMARY["content"], "compaction"),
        ((HELLO,), 3, None, "max_tokens"),
        ((HELLO, USE), 100, None, "tool_use"),
        ((THOUGHT,), 100, None, "end_turn"),
        ((), 100, None, "end_turn"),
    ],
)
@pytest.mark.parametrize("model", MODELS)
def test_the_text_of_a_script_is_the_summary(
    model: str, content: tuple[Block, ...], limit: int, summary: str | None, stop_reason: str
) -> None:
    asked = {**body(model=model, messages=[HI], compaction={"type": "summarize"}), "max_tokens": limit}
    said = message(*content, request=asked, betas=ON_DEMAND)
    assert [block.get("content") for block in said["content"]] == ([] if summary is None else [summary])
    assert all(list(block) == ["type", "content", "signature"] for block in said["content"])
    assert said["stop_reason"] == stop_reason
    assert iterations(said) == ["compaction"]
    assert [said["usage"][key] for key in ("input_tokens", "output_tokens")] == [0, 0]


def test_a_script_that_says_how_it_ends_is_no_summary() -> None:
    asked = body(messages=[HI], compaction={"type": "summarize"})
    said = outcome(Answer(content=(HELLO,), stop_reason="end_turn"), asked, ON_DEMAND).message
    assert (said["content"], said["stop_reason"]) == ([HELLO], "end_turn")
    assert said["usage"]["output_tokens"] > 0
