"""Plain answers said again: composed from what is remembered, they are what they would be if they were new."""

from __future__ import annotations

from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver import MockServer
from mockserver.records.reply import Answer
from tests.composing import HELLO, SIGNER, body, outcome

HI = {"role": "user", "content": "Hi"}
MARKED = {"role": "user", "content": [{"type": "text", "text": "Hi " * 2000, "cache_control": {"type": "ephemeral"}}]}
SIGNED = {"type": "thinking", "thinking": "x" * 99, "signature": SIGNER.sign("x" * 99, "claude-fable-5-2")}
# Most of them plain: what is remembered of one must not show in the next.
EXTRAS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"max_tokens": 0},
    {"max_tokens": 1},
    {"messages": [MARKED]},
    {"messages": [HI, {"role": "assistant", "content": [SIGNED]}, HI]},
    {"system": "Be brief."},
    {"system": [{"type": "text", "text": "x" * 9000, "cache_control": {"type": "ephemeral"}}]},
    {"stream": True, "temperature": 1.0},
    {"tools": [{"name": "t", "input_schema": {"type": "object"}}]},
    {"tools": [{"name": "t", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"}},
    {"thinking": {"type": "adaptive"}},
    {"cache_control": {"type": "ephemeral"}, "system": "x" * 9000},
    {"inference_geo": "us"},
    {"speed": "fast"},
    {"diagnostics": {"previous_message_id": None}},
    {"context_management": {"edits": []}},
    {"compaction": {"type": "summarize"}},
)
MODELS = ("claude-sonnet-4-20250514", "claude-opus-4-8", "gpt-5")
SAID: tuple[dict[str, Any], ...] = (
    {},
    {"stop_reason": "max_tokens"},
    {"stop_sequence": "END"},
    {"usage": {"cache_read_input_tokens": 5}},
    {"extra": {"more": 1}},
    {"model": "claude-opus-5"},
    {"id": "msg_fixed"},
    {"container": {"id": "container_2"}},
    {"container": {"expires_at": "2030-01-01T00:00:00Z"}},
    {"headers": {"x-a": "b"}},
    {"enforce_limits": False},
    {"enforce_limits": True},
    {"enforce_limits": True, "stop_reason": "pause_turn"},
)


@settings(max_examples=250)
@given(
    said=st.sampled_from(SAID),
    model=st.sampled_from(MODELS),
    asked=st.lists(
        st.tuples(st.sampled_from(EXTRAS), st.sampled_from([(), (), ("context-management-2025-06-27",)])),
        min_size=2,
        max_size=4,
    ),
)
def test_answer_said_before_is_composed_as_if_new(said: dict[str, Any], model: str, asked: list[Any]) -> None:
    answer = Answer(content=(HELLO,), **said)
    again: list[Any] = [{}, {}]
    for tick, (more, betas) in enumerate(asked):
        request = body(model=model, **more)
        repeated, new = (
            outcome(each, request, betas, tick=tick, seed=tick, cache=cache, at=1000.0 * tick)
            for each, cache in zip((answer, replace(answer)), again, strict=True)
        )
        assert repeated == new
        assert orjson.dumps(repeated.message) == orjson.dumps(new.message), "keys in the same order"
    assert len(answer.messages) <= len(asked)


def test_plain_answers_are_made_once() -> None:
    answer = Answer(content=(HELLO,))
    first, second = (outcome(answer, body(), seed=seed).message for seed in (1, 2))
    assert answer.messages == {"claude-sonnet-4-5": first}
    assert first["content"] is second["content"]
    assert first["id"] != second["id"]


def test_only_whole_messages_are_remembered() -> None:
    long = {"type": "text", "text": "Parrots are birds of warm countries. " * 9}
    answer = Answer(content=(long,))
    for limit, is_cut in ((5, True), (1000, False), (5, True), (1000, False), (None, False)):
        reply = outcome(answer, body(max_tokens=limit))
        assert (reply.message["stop_reason"] == "max_tokens") is is_cut
        assert (reply.message["content"] == [long]) is not is_cut
    assert [message["content"] for message in answer.messages.values()] == [[long]]
    exact = answer.messages["claude-sonnet-4-5"]["usage"]["output_tokens"]
    assert [
        outcome(answer, body(max_tokens=limit)).message["stop_reason"] for limit in (exact - 1, exact, exact + 1)
    ] == ["max_tokens", "end_turn", "end_turn"]


@pytest.mark.parametrize("text", ["", "Hi"])
def test_count_that_the_limit_lowered_is_not_remembered(text: str) -> None:
    answer = Answer(content=({"type": "text", "text": text},))
    used = [outcome(answer, body(max_tokens=limit)).message["usage"]["output_tokens"] for limit in (1, 1000, 1, 1000)]
    assert used[0] == used[2] == 1 < used[1] == used[3]


def test_answers_that_do_not_obey_are_remembered_too() -> None:
    answer = Answer(content=(HELLO,), enforce_limits=False)
    first, second = (outcome(answer, body(max_tokens=1)).message for _ in range(2))
    assert first["content"] is second["content"]


@pytest.mark.parametrize("sent", [{}, {"model": "claude-opus-5"}, {"messages": None}])
def test_nothing_need_be_there_where_nothing_is_checked(sent: dict[str, Any]) -> None:
    with MockServer(validation="off") as server:
        session = server.session("k")
        session.when().reply("Hi")
        for _ in range(2):
            answered = httpx2.post(f"{server.url}/v1/messages", json=sent, headers={"x-api-key": "k"})
            assert (answered.status_code, answered.json()["content"]) == (200, [{"type": "text", "text": "Hi"}])
