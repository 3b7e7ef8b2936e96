"""Context editing: what is cleared, when, and that the counts add up."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.counting import count_request
from mockserver.compose.editing import Edited, count_all_thoughts, edit
from mockserver.records.budget import LIMITS
from mockserver.records.reply import Block
from mockserver.reference.catalog import lookup
from tests.composing import HELLO, body, message

BETA = "context-management-2025-06-27"
LONG = "Oslo is cold and wet today. " * 40
TOOLS = ("read", "memory", "web_search")
MODELS = ("claude-sonnet-4-5", "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5-5")
OLD, NEW = "claude-sonnet-4-5", "claude-opus-5"


def clear_tools(**options: Any) -> dict[str, Any]:
    return {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 1}, **options}


def clear_thinking(**options: Any) -> dict[str, Any]:
    return {"type": "clear_thinking_20251015", **options}


def kept(number: int) -> dict[str, Any]:
    return {"type": "tool_uses", "value": number}


def tokens(number: int) -> dict[str, Any]:
    return {"type": "input_tokens", "value": number}


def call(number: int, name: str = "read", text: str = LONG) -> list[dict[str, Any]]:
    """A use of a tool and its result, as messages; those of the server's tools stand in one message."""
    kind = "server_tool_use" if name == "web_search" else "tool_use"
    use = {"type": kind, "id": f"tool_{number}", "name": name, "input": {"path": "a/long/path " * 9}}
    result: dict[str, Any] = {"tool_use_id": f"tool_{number}", "content": text}
    if kind == "server_tool_use":
        found = {"type": "web_search_result", "title": "t", "url": "u", "encrypted_content": text}
        return [
            {"role": "assistant", "content": [use, {**result, "type": "web_search_tool_result", "content": [found]}]}
        ]
    return [
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [{**result, "type": "tool_result"}]},
    ]


def talk(*parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": "Read these."}, *(each for part in parts for each in part)]


def think(text: str = LONG) -> list[dict[str, Any]]:
    """A turn with a thought, then the next question."""
    thought = {"type": "thinking", "thinking": text, "signature": "s"}
    return [
        {"role": "assistant", "content": [thought, {"type": "text", "text": "Yes."}]},
        {"role": "user", "content": "And?"},
    ]


def edited(messages: list[dict[str, Any]], *edits: Mapping[str, Any], model: str = OLD) -> Edited:
    request = body(model=model, messages=messages, context_management={"edits": list(edits)})
    return edit(request, lookup(model))


def blocks(left: Edited) -> list[Block]:
    return [block for each in left.body["messages"] if isinstance(each["content"], list) for block in each["content"]]


def results(left: Edited) -> list[Any]:
    return [block["content"] for block in blocks(left) if "tool_use_id" in block]


def inputs(left: Edited) -> list[Any]:
    return [block["input"] for block in blocks(left) if "input" in block]


FIVE = talk(*(call(number) for number in range(5)))


# Results of tools ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ({}, 2),
        ({"keep": kept(1)}, 4),
        ({"keep": kept(0)}, 5),
        ({"keep": kept(9)}, 0),
        ({"keep": None, "clear_at_least": None, "exclude_tools": None, "clear_tool_inputs": None}, 2),
        ({"exclude_tools": ["memory"]}, 2),
        ({"exclude_tools": ["read"]}, 0),
        # "Once the prompt exceeds this threshold": as many are not enough.
        ({"trigger": {"type": "tool_uses", "value": 4}}, 2),
        ({"trigger": {"type": "tool_uses", "value": 5}}, 0),
        ({"trigger": tokens(1500)}, 2),
        ({"trigger": tokens(20_000)}, 0),
        # The default is 100,000 tokens.
        ({"trigger": None}, 0),
        ({"clear_at_least": tokens(100)}, 2),
        ({"clear_at_least": tokens(5000)}, 0),
    ],
)
@pytest.mark.parametrize("model", MODELS)
def test_old_results_are_cleared(options: dict[str, Any], number: int, model: str) -> None:
    left = edited(FIVE, clear_tools(**options), model=model)
    assert results(left) == [""] * number + [LONG] * (5 - number)
    assert [each["cleared_tool_uses"] for each in left.applied] == ([number] if number else [])
    assert all(inputs(left))


def test_default_trigger_is_a_hundred_thousand_tokens() -> None:
    long = talk(*(call(number, text="word " * 26_000) for number in range(4)))
    assert edited(long, {"type": "clear_tool_uses_20250919"}).applied[0]["cleared_tool_uses"] == 1
    assert not edited(long[:-2], {"type": "clear_tool_uses_20250919"}).applied


@pytest.mark.parametrize(
    ("cleared", "emptied"),
    [(True, [0, 1]), (["read"], [0]), (["memory", "read"], [0, 1]), ([], []), (False, []), (None, [])],
)
def test_inputs_are_cleared_where_asked(cleared: Any, emptied: list[int]) -> None:
    messages = talk(call(0), call(1, "memory"), call(2))
    left = edited(messages, clear_tools(keep=kept(1), clear_tool_inputs=cleared))
    assert [index for index, given in enumerate(inputs(left)) if not given] == emptied
    assert results(left) == ["", "", LONG]


def test_excluded_tools_keep_results_and_inputs() -> None:
    messages = talk(call(0, "memory"), call(1), call(2))
    left = edited(messages, clear_tools(keep=kept(1), exclude_tools=["memory"], clear_tool_inputs=True))
    assert results(left) == [LONG, "", LONG]
    assert list(map(bool, inputs(left))) == [True, False, True]
    assert left.applied[0]["cleared_tool_uses"] == 1


@pytest.mark.parametrize("kind", ["tool_result", "web_search_tool_result", "mcp_tool_result", "memory"])
def test_results_of_every_kind_of_tool_are_cleared(kind: str) -> None:
    name = {"web_search_tool_result": "web_search", "memory": "memory"}.get(kind, "read")
    messages = talk(call(0, name), call(1))
    if kind == "mcp_tool_result":
        use = {"type": "mcp_tool_use", "id": "tool_0", "name": "read", "server_name": "s", "input": {}}
        result = {"type": kind, "tool_use_id": "tool_0", "is_error": False, "content": [{"type": "text", "text": LONG}]}
        messages = talk([{"role": "assistant", "content": [use, result]}], call(1))
    left = edited(messages, clear_tools(keep=kept(1)))
    assert results(left) == ["", LONG]
    assert left.applied[0]["cleared_input_tokens"] > 150


def test_a_use_without_its_result_is_no_pair() -> None:
    left = edited([*talk(call(0), call(1)), *call(2)[:1]], clear_tools(keep=kept(1)))
    assert results(left) == ["", LONG]


# Thoughts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "turns"),
    [
        # "Opus 4.5+ and Sonnet 4.6+: all turns. Earlier Opus/Sonnet and all Haiku: last turn only."
        (OLD, {}, 2),
        ("claude-haiku-4-5", {}, 2),
        ("claude-opus-4-5", {}, 0),
        (NEW, {}, 0),
        *((model, {"keep": {"type": "thinking_turns", "value": 2}}, 1) for model in MODELS),
        *((model, {"keep": {"type": "thinking_turns", "value": 3}}, 0) for model in MODELS),
        *((model, {"keep": "all"}, 0) for model in MODELS),
        *((model, {"keep": {"type": "all"}}, 0) for model in MODELS),
    ],
)
def test_old_thoughts_are_cleared(model: str, options: dict[str, Any], turns: int) -> None:
    left = edited(talk(think(), think(), think()), clear_thinking(**options), model=model)
    thoughts = [block for block in blocks(left) if _is_thought(block)]
    assert len(thoughts) == 3 - turns
    assert [each["cleared_thinking_turns"] for each in left.applied] == ([turns] if turns else [])
    # What is kept counts, on models too that would not read it otherwise.
    none = edited(talk(think(""), think(""), think("")), clear_thinking(keep="all"), model=model)
    assert left.tokens - none.tokens > 100 * (3 - turns)


def _is_thought(block: Block) -> bool:
    return block["type"] in ("thinking", "redacted_thinking")


def test_a_turn_holds_all_its_tool_uses() -> None:
    thought = {"type": "thinking", "thinking": LONG, "signature": "s"}
    steps = [call(number) for number in range(2)]
    for step in steps:
        step[0]["content"].insert(0, thought)
    messages = [*talk(*steps), {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Go on."}]
    one = {"type": "thinking_turns", "value": 1}
    assert edited(messages, clear_thinking(keep=one), model=NEW).applied == ()
    (applied,) = edited([*messages, *think()], clear_thinking(keep=one), model=NEW).applied
    assert applied["cleared_thinking_turns"] == 1
    assert applied["cleared_input_tokens"] > 400


# Sums ---------------------------------------------------------------------------------------------------------------

PARTS = st.one_of(
    st.tuples(st.sampled_from(TOOLS), st.text(max_size=60)).map(lambda given: ("call", given)),
    st.text(max_size=60).map(lambda text: ("think", text)),
)
NUMBERS = st.integers(0, 5)
EDITS = st.lists(
    st.one_of(
        st.builds(
            clear_tools,
            trigger=st.one_of(NUMBERS.map(kept), st.integers(1, 400).map(tokens)),
            keep=NUMBERS.map(kept),
            clear_at_least=st.none() | st.integers(0, 200).map(tokens),
            exclude_tools=st.lists(st.sampled_from(TOOLS), max_size=2),
            clear_tool_inputs=st.booleans() | st.lists(st.sampled_from(TOOLS), max_size=2),
        ),
        st.builds(
            clear_thinking,
            keep=st.just("all") | st.integers(1, 4).map(lambda n: {"type": "thinking_turns", "value": n}),
        ),
        st.just({"type": "compact_20260112"}),
    ),
    max_size=3,
)


@given(parts=st.lists(PARTS, max_size=8), edits=EDITS, model=st.sampled_from(MODELS))
@settings(max_examples=150, deadline=None)
def test_cleared_and_counted_tokens_are_the_original(
    parts: list[tuple[str, Any]], edits: list[dict[str, Any]], model: str
) -> None:
    made = [call(index, *given) if kind == "call" else think(given) for index, (kind, given) in enumerate(parts)]
    request = body(model=model, messages=talk(*made), context_management={"edits": edits})
    before = deepcopy(request)
    left = edit(request, lookup(model))
    assert request == before
    assert left.tokens == count_request(left.body, left.model)
    cleared = [each["cleared_input_tokens"] for each in left.applied]
    assert all(number >= 0 for number in cleared)
    assert left.tokens + sum(cleared) == count_request(request, count_all_thoughts(request, lookup(model)))


# Answers ------------------------------------------------------------------------------------------------------------

BOTH = [clear_thinking(keep={"type": "thinking_turns", "value": 1}), clear_tools(keep=kept(1))]


@pytest.mark.parametrize("model", [OLD, NEW])
@pytest.mark.parametrize("content", [(HELLO,), ({"type": "thinking", "thinking": "Hm."}, HELLO)])
def test_answers_tell_what_was_applied(model: str, content: tuple[Block, ...]) -> None:
    messages = talk(think(), think(), call(0), call(1), call(2))
    request = body(model=model, messages=messages, thinking={"type": "adaptive"})
    whole = count_request(request, count_all_thoughts({"context_management": {"edits": BOTH}}, lookup(model)))
    said = message(*content, request={**request, "context_management": {"edits": BOTH}}, betas=(BETA,))
    thinking, tools = said["context_management"]["applied_edits"]
    assert list(thinking) == ["type", "cleared_thinking_turns", "cleared_input_tokens"]
    assert list(tools) == ["type", "cleared_tool_uses", "cleared_input_tokens"]
    assert (thinking["cleared_thinking_turns"], tools["cleared_tool_uses"]) == (1, 2)
    saved = thinking["cleared_input_tokens"] + tools["cleared_input_tokens"]
    assert said["usage"]["input_tokens"] == whole - saved


def test_what_is_cleared_is_not_cached() -> None:
    request = body(messages=FIVE, cache_control={"type": "ephemeral"})
    usage = message(HELLO, request={**request, "context_management": {"edits": [clear_tools()]}}, betas=(BETA,))[
        "usage"
    ]
    plain = message(HELLO, request=request)["usage"]
    assert 0 < usage["cache_creation_input_tokens"] < plain["cache_creation_input_tokens"] - 300


def test_a_second_edit_names_what_it_cleared_itself() -> None:
    messages = talk(*(call(number, name) for number, name in enumerate(TOOLS * 2)))
    asked = body(model=NEW, messages=messages)
    asked["context_management"] = {"edits": [clear_tools(keep=kept(3)), clear_tools(keep=kept(3))]}
    (only,) = edit(asked, lookup(NEW)).applied
    assert (only["cleared_tool_uses"], only["cleared_input_tokens"] > 0) == (3, True)
    asked["context_management"]["edits"][1]["keep"] = kept(1)
    numbers = [each["cleared_tool_uses"] for each in edit(asked, lookup(NEW)).applied]
    assert numbers == [3, 2]
    # Inputs may be left to clear where the results are gone.
    asked["context_management"]["edits"][1] = clear_tools(keep=kept(3), clear_tool_inputs=["read"])
    assert [each["cleared_tool_uses"] for each in edit(asked, lookup(NEW)).applied] == [3, 1]


@pytest.mark.parametrize("empty", ["", [], None])
def test_a_result_without_content_is_not_cleared(empty: Any) -> None:
    messages = talk(call(1), call(2), call(3))
    messages[2]["content"][0]["content"] = empty
    asked = body(model=NEW, messages=messages, context_management={"edits": [clear_tools(keep=kept(1))]})
    assert [each["cleared_tool_uses"] for each in edit(asked, lookup(NEW)).applied] == [1]
    messages[4]["content"][0]["content"] = empty
    assert edit(asked, lookup(NEW)).applied == ()


def test_an_edit_that_saves_nothing_is_not_applied() -> None:
    asked = body(model=NEW, messages=talk(call(1, text=" "), call(2)))
    asked["context_management"] = {"edits": [clear_tools(keep=kept(1))]}
    assert edit(asked, lookup(NEW)).applied == ()


def test_the_number_of_edits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each counts the conversation again: thousands of them on a large one would hold up everybody."""
    counted = []

    def count(counting: Mapping[str, Any], _: Any) -> int:
        counted.append(counting)
        return 1000 - len(counted)

    monkeypatch.setattr("mockserver.compose.editing.count_whole", count)
    edits = [clear_tools(trigger=tokens(1), keep=kept(number)) for number in range(40, 0, -1)]
    messages = talk(*(call(number) for number in range(41)))
    edit(body(model=NEW, messages=messages, context_management={"edits": edits}), lookup(NEW))
    assert len(counted) == 1 + LIMITS.context_edits
