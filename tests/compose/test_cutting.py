"""Replies that end at max_tokens or at a stop sequence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_output
from mockserver.compose import Context, compose
from mockserver.compose.generated import magic_strings
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import catalog
from mockserver.reference.signing import Signer
from tests.generating import kinds, reply, text


@settings(max_examples=50)
@given(
    limit=st.integers(1, 120),
    model=st.sampled_from(["claude-sonnet-4-5", "claude-opus-5", "claude-opus-4-8"]),
    asked=st.sampled_from(["Who are you?", "你是谁?", "Кто ты?", "คุณคือใคร"]),
)
def test_max_tokens_is_kept(limit: int, model: str, asked: str) -> None:
    whole, answer = reply(asked, model=model, max_tokens=100_000), reply(asked, model=model, max_tokens=limit)
    if count_output(whole.content, catalog.lookup(model))[0] <= limit:
        assert answer == whole
        return
    if "thinking" in kinds(answer) or "thinking" not in kinds(whole):
        assert answer.stop_reason == "max_tokens"
        assert text(answer) != text(whole)
    assert len(text(answer)) <= limit or count_output(answer.content, catalog.lookup(model))[0] <= limit
    assert answer.content
    assert text(whole).startswith(text(answer))
    assert text(answer)


KEYS = {"type": "object", "properties": {f"k{n}": {"const": n} for n in range(40)}}
MANY: dict[str, Any] = {"tools": [{"name": "many", "input_schema": KEYS}], "tool_choice": {"type": "any"}}
REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "many keys": MANY,
    "format": {"output_config": {"format": {"type": "json_schema", "schema": {**KEYS, "additionalProperties": False}}}},
    "search": {"tools": [{"type": "web_search_20260209", "name": "web_search"}], "tool_choice": {"type": "any"}},
    "sequence": {"stop_sequences": ["e"]},
}


@settings(max_examples=50)
@given(
    limit=st.integers(1, 200),
    model=st.sampled_from(["claude-sonnet-4-5", "claude-opus-5"]),
    asked=st.sampled_from(["1 " * 24, "\n.\n" * 9, "¿Qué? 🙂🙂🙂", f"Hi {magic_strings.REDACTED}"])
    | st.text(max_size=40),
    request=st.sampled_from(sorted(REQUESTS)),
)
def test_output_never_exceeds_max_tokens(limit: int, model: str, asked: str, request: str) -> None:
    body = {
        "model": model,
        "max_tokens": limit,
        "messages": [{"role": "user", "content": asked or "x"}],
        **REQUESTS[request],
    }
    made = compose(Answer("generate"), Prompt(body), Context(catalog.lookup(model), Signer(b"secret")))
    assert isinstance(made, Reply)
    used, is_cut = made.message["usage"]["output_tokens"], made.message["stop_reason"] == "max_tokens"
    assert used <= limit
    assert not is_cut or used == limit


def test_limit_may_fall_into_thinking() -> None:
    answer = reply(model="claude-opus-5", max_tokens=8, options={"thinking": True})
    assert kinds(answer) == ["thinking"]
    assert answer.stop_reason == "max_tokens"


@pytest.mark.parametrize("limit", [1, 5, 20, 40, 80])
@pytest.mark.parametrize("model", [model.id for model in catalog.models()])
def test_thought_gives_way_to_text(model: str, limit: int) -> None:
    whole, answer = (reply("Say hello.", model=model, max_tokens=most) for most in (4096, limit))
    assert text(answer)
    assert text(whole).startswith(text(answer))
    redacted = reply(f"Say hello. {magic_strings.REDACTED}", model=model, max_tokens=limit)
    assert "redacted_thinking" in kinds(redacted) or "thinking" not in kinds(whole)


def test_thought_stays_where_there_is_room() -> None:
    whole = reply("Say hello.", model="claude-opus-5")
    used = count_output(whole.content, catalog.lookup("claude-opus-5"))[0]
    assert reply("Say hello.", model="claude-opus-5", max_tokens=used) == whole
    assert kinds(whole)[0] == "thinking"


def test_zero_tokens_are_a_warm_up() -> None:
    answer = reply(max_tokens=0)
    assert (answer.content, answer.stop_reason) == ((), "max_tokens")


def test_cut_call_keeps_its_complete_properties() -> None:
    schema = {"type": "object", "properties": {f"p{n}": {"const": "word " * 20} for n in range(9)}}
    whole: dict[str, Any] = {"tools": [{"name": "big", "input_schema": schema}], "tool_choice": {"type": "any"}}
    full, part = reply(**whole).content[0]["input"], reply(**whole, max_tokens=150)
    assert part.stop_reason == "max_tokens"
    assert list(part.content[0]["input"]) == list(full)[: len(part.content[0]["input"])]
    assert 0 < len(part.content[0]["input"]) < len(full)


@settings(max_examples=50)
@given(st.lists(st.text("aeiou .,tn", min_size=1, max_size=3).filter(str.strip), min_size=1, max_size=4))
def test_text_ends_before_the_first_stop_sequence(sequences: list[str]) -> None:
    whole, answer = text(reply()), reply(stop_sequences=sequences)
    first = min((at for each in sequences if (at := whole.find(each)) >= 0), default=None)
    if first is None:
        assert (text(answer), answer.stop_reason) == (whole, None)
        return
    assert text(answer) == whole[:first]
    assert answer.stop_reason == "stop_sequence"
    assert answer.stop_sequence in sequences
    assert whole[first:].startswith(answer.stop_sequence or "?")


def test_stop_sequence_at_once_leaves_no_block() -> None:
    assert reply(stop_sequences=[text(reply())[0]]).content == ()


def test_stop_sequence_does_not_concern_thinking() -> None:
    whole = reply(model="claude-opus-5")
    answer = reply(model="claude-opus-5", stop_sequences=[text(whole)[0]])
    assert answer.content == whole.content[:1]
