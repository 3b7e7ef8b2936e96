"""Attempts at one request, joined to one reply."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compose import compose, fall_back
from mockserver.compose.message import THINKING_COUNT
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Pace, Reply, ScriptOutcome
from mockserver.reference.catalog import lookup
from tests.composing import HELLO, THOUGHT, body, context

DECLINED = Answer(stop_reason="refusal", stop_details={"type": "refusal", "category": "bio", "explanation": None})
MIDWAY = Answer(content=(THOUGHT, HELLO), stop_reason="refusal", stop_details=DECLINED.stop_details)
SERVED = Answer(content=(THOUGHT, HELLO))
SLOW, FAST = Pace(first=2.0), Pace(first=0.1)


def attempts(*answers: Answer | Failure, stream: bool = False) -> tuple[list[Prompt], Reply]:
    """The prompts asked of fallback models, and the reply that all answers make."""
    asked: list[Prompt] = []

    def answer(prompt: Prompt, number: int) -> ScriptOutcome:
        given = answers[number]
        if isinstance(given, Failure):
            return given
        return compose(given, prompt, context(prompt.body, seed=7 + number, tick=3))

    def ask(prompt: Prompt, number: int) -> ScriptOutcome:
        asked.append(prompt)
        return answer(prompt, number)

    more: dict[str, Any] = {"stream": stream, "thinking": {"type": "adaptive", "display": "omitted"}}
    given = body(model="claude-fable-5", fallbacks=[{"model": "claude-opus-5"}, {"model": "claude-opus-4-8"}], **more)
    first = Prompt(given, betas=frozenset({THINKING_COUNT}))
    reply = fall_back(answer(first, 0), first, lookup, ask)
    assert isinstance(reply, Reply)
    return asked, reply


def test_only_so_many_models_are_asked_as_decline() -> None:
    assert [prompt.model for prompt in attempts(SERVED)[0]] == []
    assert [prompt.model for prompt in attempts(DECLINED, SERVED)[0]] == ["claude-opus-5"]
    assert [prompt.model for prompt in attempts(DECLINED, DECLINED, SERVED)[0]] == ["claude-opus-5", "claude-opus-4-8"]


@pytest.mark.parametrize(
    ("answers", "stream", "places"),
    [
        ((SERVED,), False, [0]),
        ((DECLINED, SERVED), False, [1]),
        ((MIDWAY, SERVED), False, [1]),
        ((MIDWAY, SERVED), True, [0, 3]),
        ((MIDWAY, MIDWAY, SERVED), True, [0, 3, 6]),
        ((DECLINED, MIDWAY, SERVED), True, [1, 4]),
    ],
)
def test_estimates_follow_their_thoughts(answers: tuple[Answer, ...], stream: bool, places: list[int]) -> None:
    _, reply = attempts(*answers, stream=stream)
    thoughts = [place for place, block in enumerate(reply.message["content"]) if block["type"] == "thinking"]
    assert sorted(reply.estimates) == thoughts == places
    assert all(reply.estimates.values())


def test_the_reply_is_that_of_the_request() -> None:
    """Its id and what it leaves to chance do not depend on how many models were asked."""
    alone, joined = attempts(DECLINED, Failure(529, "overloaded_error", ""))[1], attempts(DECLINED, SERVED)[1]
    assert alone.message["id"] == joined.message["id"]
    assert (alone.seed, joined.seed) == (7, 7)


@pytest.mark.parametrize(
    ("first", "second", "pace"), [(SLOW, None, SLOW), (None, FAST, FAST), (SLOW, FAST, FAST), (None, None, None)]
)
def test_the_last_pace_counts(first: Pace | None, second: Pace | None, pace: Pace | None) -> None:
    declined = Answer(stop_reason="refusal", stop_details=DECLINED.stop_details, pace=first)
    assert attempts(declined, Answer(content=(HELLO,), pace=second))[1].pace == pace


def test_what_is_no_sampling_keeps_its_type() -> None:
    summary = {"type": "compaction", "input_tokens": 5}
    _, reply = attempts(DECLINED, Answer(content=(HELLO,), usage={"iterations": [summary]}))
    assert [entry["type"] for entry in reply.message["usage"]["iterations"]] == ["message", "compaction"]


def test_scripted_iterations_of_any_kind_are_survived() -> None:
    for given in (None, 7, [], [None, "x"], {"type": "message"}):
        _, reply = attempts(DECLINED, Answer(content=(HELLO,), usage={"iterations": given}))
        assert [entry["model"] for entry in reply.message["usage"]["iterations"]] == ["claude-fable-5"]
