"""Why the prompt cache could not be used: the earliest difference to the request that an earlier answer is of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_request
from mockserver.compose import diagnostics
from mockserver.records.reply import Answer
from mockserver.reference import schemas
from mockserver.reference.catalog import lookup
from tests.composing import HELLO, body, outcome

TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("add", "find", "read")]
TALK: list[dict[str, Any]] = [
    {"role": "user", "content": "Where do parrots live?"},
    {"role": "assistant", "content": [{"type": "text", "text": "In the south."}]},
    {"role": "user", "content": [{"type": "text", "text": "All of them?"}]},
]
MORE: list[dict[str, Any]] = [{"role": "assistant", "content": "Most."}, {"role": "user", "content": "Which do not?"}]
ASKED: dict[str, Any] = {"system": "Be brief.", "tools": TOOLS, "messages": TALK}


def ask(held: dict[str, Any], previous: str | None, at: float = 0.0, betas: tuple[str, ...] = (), **more: Any) -> Any:
    """The answer to a request that asks what has changed, in a session that holds these fingerprints."""
    request = body(**{**ASKED, "diagnostics": {"previous_message_id": previous}, **more})
    reply = outcome(Answer(content=(HELLO,)), request, betas, fingerprints=held, at=at, seed=len(held))
    problems = [error.message for error in schemas.response_validator("beta_message").iter_errors(reply.message)]
    assert problems == []
    return reply.message


def find_reason(before: dict[str, Any], now: dict[str, Any], **more: Any) -> Any:
    """The reason given to ``now`` after ``before``; None when there is none."""
    held: dict[str, Any] = {}
    first = ask(held, None, **before)
    assert first["diagnostics"] is None
    found = ask(held, first["id"], **now, **more)["diagnostics"]
    return found and found["cache_miss_reason"]


def change(place: int, **message: Any) -> list[Any]:
    return [*TALK[:place], {**TALK[place], **message}, *TALK[place + 1 :]]


CHANGES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"messages": [*TALK, *MORE]}, None),
    ({"max_tokens": 5, "temperature": 0.5, "stream": True, "metadata": {"user_id": "u"}}, None),
    ({"messages": change(2, content="All of them?")}, None),
    ({"system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]}, None),
    ({"tools": [*TOOLS[:2], {**TOOLS[2], "cache_control": {"type": "ephemeral"}}]}, None),
    ({"tools": [{"type": "custom", **tool} for tool in TOOLS]}, None),
    ({"tools": [{"type": "custom", **TOOLS[0], "cache_control": {"type": "ephemeral"}}, *TOOLS[1:]]}, None),
    ({"tools": [{**TOOLS[0], "description": "custom"}, *TOOLS[1:]]}, "tools_changed"),
    ({"model": "claude-haiku-4-5"}, "model_changed"),
    ({"model": "claude-sonnet-4-5-20250929"}, None),
    ({"speed": "fast"}, "model_changed"),
    ({"speed": "standard"}, None),
    ({"system": "Be short."}, "system_changed"),
    ({"system": None}, "system_changed"),
    ({"system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "It is noon."}]}, "system_changed"),
    ({"tools": TOOLS[:2]}, "tools_changed"),
    ({"tools": None}, "tools_changed"),
    ({"tools": [*TOOLS, {"name": "z", "input_schema": {"type": "object"}}]}, "tools_changed"),
    ({"tools": TOOLS[::-1]}, "tools_changed"),
    ({"tools": [{**TOOLS[0], "description": "Adds."}, *TOOLS[1:]]}, "tools_changed"),
    ({"messages": change(0, content="Where do owls live?")}, "messages_changed"),
    ({"messages": [*change(1, content="In the north."), *MORE]}, "messages_changed"),
    ({"messages": TALK[:1]}, "messages_changed"),
    ({"messages": TALK[2:]}, "messages_changed"),
    ({"tool_choice": {"type": "any"}}, "unavailable"),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "unavailable"),
    ({"context_management": {"edits": []}}, "unavailable"),
    ({"output_config": {"effort": "low"}}, "unavailable"),
    ({"output_format": {"type": "json_schema", "schema": {"type": "object"}}}, "unavailable"),
    ({"betas": ("compact-2026-01-12",)}, "unavailable"),
    # Several: the model, then the order of the prompt; parameters stand before the messages.
    ({"model": "claude-opus-5", "system": "", "tools": [], "messages": MORE[1:]}, "model_changed"),
    ({"system": "x", "tools": TOOLS[:1], "messages": MORE[1:]}, "tools_changed"),
    ({"system": "x", "tool_choice": {"type": "any"}, "messages": MORE[1:]}, "system_changed"),
    ({"tool_choice": {"type": "any"}, "messages": MORE[1:]}, "unavailable"),
]


@pytest.mark.parametrize(("now", "reason"), CHANGES)
def test_earliest_difference_is_named(now: dict[str, Any], reason: str | None) -> None:
    found = find_reason({}, now)
    assert (found and found["type"]) == reason
    if str(reason).endswith("_changed"):
        assert list(found) == ["type", "cache_missed_input_tokens"]
    elif reason:
        assert list(found) == ["type"]


@pytest.mark.parametrize(("before", "reason"), [change for change in CHANGES if change[1]])
def test_difference_is_found_both_ways(before: dict[str, Any], reason: str) -> None:
    """But for messages, of which there may be more."""
    found = find_reason(before, {})
    assert (found and found["type"]) == (None if before == {"messages": TALK[:1]} else reason)


def test_tokens_behind_the_difference_are_estimated() -> None:
    long: dict[str, Any] = {"system": "word " * 1000, "messages": [{"role": "user", "content": "word " * 1000}, *MORE]}
    tokens = count_request(body(**ASKED | long), lookup("claude-sonnet-4-5"))
    everything = find_reason(long, {**long, "model": "claude-opus-5"})["cache_missed_input_tokens"]
    after_tools = find_reason(long, {**long, "system": "x"})["cache_missed_input_tokens"]
    half = find_reason(long, {**long, "messages": MORE[1:]})["cache_missed_input_tokens"]
    end = find_reason(long, {**long, "messages": long["messages"][:-1]})["cache_missed_input_tokens"]
    assert everything == tokens > after_tools > half > end > 0
    assert half == pytest.approx(tokens / 2, rel=0.1)


def test_answer_of_a_request_without_the_field_is_not_found() -> None:
    held: dict[str, Any] = {}
    plain = ask(held, None, diagnostics=None)
    assert plain["diagnostics"] is None
    assert held == {}
    assert ask(held, plain["id"])["diagnostics"] == {"cache_miss_reason": {"type": "previous_message_not_found"}}


def test_old_answers_are_not_found() -> None:
    held: dict[str, Any] = {}
    first = ask(held, None)
    assert ask(held, first["id"], at=3599.0)["diagnostics"] is None
    late = ask(held, first["id"], at=3600.0)["diagnostics"]
    assert late == {"cache_miss_reason": {"type": "previous_message_not_found"}}


@pytest.mark.parametrize(
    ("place", "reason"), [(0, "messages_changed"), (900, "messages_changed"), (1100, "unavailable"), (None, None)]
)
def test_long_conversations_are_compared_up_to_a_horizon(place: int | None, reason: str | None) -> None:
    talk = [{"role": "user", "content": f"{number}"} for number in range(1200)]
    now = [{**message, "content": "x"} if place == index else message for index, message in enumerate(talk)]
    found = find_reason({"messages": talk}, {"messages": [*now, *MORE]})
    assert (found and found["type"]) == reason


def test_fingerprint_holds_no_content_and_is_small() -> None:
    held: dict[str, Any] = {}
    ask(held, None, messages=[{"role": "user", "content": "secret " * 20}] * 5000)
    ((_, fingerprint),) = held.values()
    assert b"secret" not in fingerprint
    assert len(fingerprint) < 8 * diagnostics.HORIZON + 5 * diagnostics.HORIZON


TEXTS = st.text("ab", max_size=3)
TALKS = st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": TEXTS}), max_size=5)


@settings(max_examples=60)
@given(TALKS, TALKS)
def test_whatever_begins_alike_has_no_reason(before: list[Any], after: list[Any]) -> None:
    assert find_reason({"messages": before}, {"messages": [*before, *after]}) is None
