"""Scripted answers end where the request ends them: every kind of block, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.compose import cutting
from mockserver.records.reply import Answer, Block, Reply
from mockserver.reference.catalog import lookup
from mockserver.reference.tokens import as_json
from mockserver.wires import WIRES
from tests.composing import CALL, FOUND, HELLO, SEARCH, SIGNER, THOUGHT, body, message, outcome
from tests.message_cases import BLOCKS

WIRE = WIRES["messages"]
PROSE = "All parrots are birds of warm countries, and most of them are green. " * 20
LONG: Block = {"type": "text", "text": PROSE}
WRITE: Block = {"type": "tool_use", "name": "write", "input": {"path": "a.py", "content": PROSE, "mode": "w"}}
CODE: Block = {"type": "server_tool_use", "name": "code_execution", "input": {"language": "py", "code": PROSE}}
REMOTE: Block = {"type": "mcp_tool_use", "name": "write", "server_name": "files", "input": {"path": "a", "text": PROSE}}
CITATION = {
    "type": "char_location",
    "cited_text": "green",
    "document_index": 0,
    "document_title": None,
    "start_char_index": 0,
    "end_char_index": 5,
}
CITED: Block = {"citations": [CITATION], **LONG}
PONDER: Block = {"type": "thinking", "thinking": PROSE}
HOP: Block = {"type": "fallback", "from": {"model": "claude-opus-5"}, "to": {"model": "claude-opus-4-8"}}
SUMMARY: Block = {"type": "compaction", "content": PROSE}
MODELS = ("claude-sonnet-4-5", "claude-opus-5", "claude-haiku-4-5", "claude-3-haiku-20240307", "gpt-5")
FINE = "fine-grained-tool-streaming-2025-05-14"


def said(*content: Block, **more: Any) -> Any:
    betas = more.pop("betas", ())
    return message(*content, request=body(**more), betas=betas)


def streamed(*content: Block, betas: tuple[str, ...] = (), **more: Any) -> list[Any]:
    return [event.data for event in WIRE.unfold(outcome(Answer(content=content), body(**more), betas))]


def written(events: list[Any]) -> str:
    return "".join(data["delta"].get("partial_json", "") for data in events if data["type"] == "content_block_delta")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("block", [LONG, CITED, PONDER, WRITE, CODE, REMOTE], ids=lambda block: str(block["type"]))
def test_whatever_the_model_writes_is_cut(block: Block, model: str) -> None:
    answer = said(HELLO, block, LONG, CALL, model=model, max_tokens=120)
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("max_tokens", None)
    assert answer["usage"]["output_tokens"] == 120
    assert [each["type"] for each in answer["content"]] == ["text", block["type"]]
    row, last = block_type(block), answer["content"][-1]
    if row.torn_field:
        kept = last["input"]
        assert [*kept.items()] == [*block["input"].items()][: len(kept)]
        assert len(kept) == 1
    elif model != "claude-opus-5" or block is not PONDER:
        field = str(row.shortened_field)
        assert block[field].startswith(last[field])
        assert 40 < len(last[field]) < len(block[field])


@pytest.mark.parametrize("choice", ["auto", "any"])
def test_answer_that_fits_is_whole(choice: str) -> None:
    asked = {"tools": [{"name": "get_weather", "input_schema": {"type": "object"}}], "tool_choice": {"type": choice}}
    whole = said(THOUGHT, HELLO, CALL, max_tokens=1000, **asked)
    assert [each["type"] for each in whole["content"]] == ["thinking", "text", "tool_use"]
    exact = whole["usage"]["output_tokens"]
    reasons = [said(THOUGHT, HELLO, CALL, max_tokens=limit, **asked)["stop_reason"] for limit in (exact - 1, exact, 99)]
    assert reasons == ["max_tokens", "tool_use", "tool_use"]


@pytest.mark.parametrize("limit", range(1, 5))
def test_something_is_left_and_something_is_cut(limit: int) -> None:
    answer = said(HELLO, max_tokens=limit)
    assert answer["stop_reason"] == "max_tokens"
    assert answer["content"][0]["text"] in [HELLO["text"][:size] for size in range(1, limit + 1)]
    assert said({"type": "text", "text": "🙂🙂"}, max_tokens=limit)["content"][0]["text"] == "🙂"
    (call,) = said(CALL, HELLO, max_tokens=limit)["content"]
    assert call["input"] == {}
    assert written(streamed(CALL, HELLO, max_tokens=limit)) == ""


def test_cut_thought_is_signed_as_the_shorter_one() -> None:
    model = lookup("claude-sonnet-4-5").id
    (thought,) = said({**PONDER, "signature": "EqQBCgIY"}, HELLO, max_tokens=30)["content"]
    assert PROSE.startswith(thought["thinking"])
    assert thought["signature"] == SIGNER.sign(thought["thinking"], model, b"", shown=True)


def test_redacted_thought_is_kept_whole_or_left_out() -> None:
    redacted: Block = {"type": "redacted_thinking", "data": "EvgFCkYIBxgC" * 200}
    assert said(redacted, HELLO, max_tokens=3)["content"] == [redacted]
    assert said(HELLO, redacted, LONG, max_tokens=20)["content"] == [HELLO]
    assert said(HELLO, redacted, LONG, max_tokens=800)["content"][:2] == [HELLO, redacted]


@pytest.mark.parametrize("free", [(SEARCH, FOUND), (HOP,), (SUMMARY,)], ids=["result", "fallback", "summary"])
def test_blocks_that_are_not_counted_do_not_end_an_answer(free: tuple[Block, ...]) -> None:
    large = tuple({**block, "content": [*block["content"] * 300]} if block is FOUND else block for block in free)
    answer = said(*large, LONG, max_tokens=90)
    assert [each["type"] for each in answer["content"]] == [*(block["type"] for block in free), "text"]
    assert 40 < len(answer["content"][-1]["text"]) < len(PROSE)
    assert answer["stop_reason"] == "max_tokens"


def test_limits_are_those_of_the_model_that_took_over_last() -> None:
    answer = said(LONG, HOP, LONG, max_tokens=30, stop_sequences=["never"])
    assert answer["content"][0] == LONG
    assert answer["content"][2]["text"] == said(LONG, max_tokens=30)["content"][0]["text"]
    assert (answer["stop_reason"], answer["usage"]["output_tokens"]) == ("max_tokens", 30)
    assert said(LONG, HOP, LONG, HOP, HELLO, max_tokens=30, stop_sequences=["green"])["stop_reason"] == "end_turn"


def test_nothing_follows_a_torn_call() -> None:
    answer = said({**SEARCH, "input": {"query": PROSE}}, FOUND, LONG, max_tokens=60)
    assert [each["type"] for each in answer["content"]] == ["server_tool_use"]


ASKED: dict[str, tuple[Any, tuple[str, ...], bool]] = {
    "by default": (None, (), False),
    "by the tool": (True, (), True),
    "by the older beta": (None, (FINE,), True),
    "not, whatever the beta": (False, (FINE,), False),
}


@pytest.mark.parametrize(("eager", "betas", "is_eager"), ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("block", [WRITE, CODE, REMOTE], ids=lambda block: str(block["type"]))
def test_torn_input_breaks_off_in_a_stream(block: Block, eager: Any, betas: tuple[str, ...], is_eager: bool) -> None:
    tool = {"name": block["name"], "input_schema": {"type": "object"}, "eager_input_streaming": eager}
    request = {"max_tokens": 150, "tools": [tool]}
    events = streamed(block, betas=betas, **request)
    text, (first, value) = written(events), next(iter(block["input"].items()))
    assert text.startswith(f'{{"{first}": "{value}"')
    with pytest.raises(ValueError, match=r".+"):
        json.loads(text)
    assert ("All parrots" in text) is is_eager
    whole = said(block, betas=betas, **request)
    assert whole["content"][0]["input"] == {first: value}
    assert WIRE.fold(events) == whole


@settings(max_examples=60, deadline=None)
@given(
    content=st.lists(st.sampled_from([HELLO, THOUGHT, CALL, SEARCH, LONG, WRITE, CODE, CITED, FOUND, HOP]), max_size=5),
    limit=st.integers(1, 700),
    model=st.sampled_from(MODELS),
    more=st.sampled_from([{}, {"stop_sequences": ["green", "H"]}, {"tool_choice": {"type": "any"}}, {"stream": True}]),
)
def test_any_answer_keeps_to_its_limits(content: list[Block], limit: int, model: str, more: dict[str, Any]) -> None:
    """Whole and folded from its stream it is the same, and no longer than allowed."""
    request = body(model=model, max_tokens=limit, **more)
    reply = outcome(Answer(content=tuple(content)), request)
    assert isinstance(reply, Reply)
    whole = json.loads(json.dumps(reply.message))
    assert json.dumps(WIRE.fold([event.data for event in WIRE.unfold(reply)])) == json.dumps(whole)
    used = whole["usage"]["output_tokens"]
    assert used <= limit
    assert whole["stop_reason"] != "max_tokens" or used == limit
    assert bool(whole["content"]) or not content or whole["stop_reason"] == "stop_sequence"
    assert len(whole["content"]) <= len(content)


PARTS = ["a", "A", "1", "Ab ", "1A", " ", "\n", "\t", "%", "é", "中", "ก", "🙂", "-"]


@settings(max_examples=200, deadline=None)
@given(
    model=st.sampled_from(MODELS),
    text=st.lists(st.sampled_from(PARTS), max_size=200).map("".join) | st.text(max_size=100),
    more=st.lists(st.sampled_from([CALL, SEARCH, REMOTE, *BLOCKS.values()]), max_size=4),
)
def test_no_answer_counts_as_more_than_is_taken_for_granted(model: str, text: str, more: list[Block]) -> None:
    call: Block = {"type": "tool_use", "name": "n", "input": {text: text, "b": text}}
    for content in ([{"type": "text", "text": text}], [call], more, [call, {"type": "thinking", "thinking": text}]):
        used = count_output(content, lookup(model))[0]
        assert used < cutting.MOST_TOKENS_A_BYTE * len(as_json(content)) + cutting.MOST_TOKENS


def test_nothing_follows_a_stop_sequence() -> None:
    answer = said(HELLO, {"type": "text", "text": "one END two"}, CALL, LONG, stop_sequences=["two", "END"])
    assert answer["content"] == [HELLO, {"type": "text", "text": "one "}]
    assert (answer["stop_reason"], answer["stop_sequence"]) == ("stop_sequence", "END")


@pytest.mark.parametrize(
    ("content", "sequence", "kept"),
    [
        ((LONG, CALL), "All", 0),
        ((THOUGHT, LONG), "All", 1),
        ((HELLO, CALL, LONG), "All", 2),
        (({"type": "text", "text": "EN"}, {**CITED, "text": "D"}), "END", 0),
        ((THOUGHT, HELLO, CALL), "greet", 3),
        ((CALL, HELLO), "Oslo", 2),
        (({"type": "text", "text": "EN"}, CALL, {"type": "text", "text": "D"}), "END", 3),
    ],
    ids=["at once", "after thought", "in a later text", "across blocks", "in thought", "in a call", "around a call"],
)
def test_stop_sequences_concern_texts(content: tuple[Block, ...], sequence: str, kept: int) -> None:
    answer = said(*content, stop_sequences=[sequence])
    assert len(answer["content"]) == kept
    assert (answer["stop_reason"] == "stop_sequence") is (kept < len(content))


def test_the_longest_sequence_at_a_place_is_named() -> None:
    assert said(LONG, stop_sequences=["par", "parrots", "parr"])["stop_sequence"] == "parrots"


def test_what_comes_first_ends_the_answer() -> None:
    assert said(LONG, max_tokens=20, stop_sequences=["green"])["stop_reason"] == "stop_sequence"
    assert said(LONG, max_tokens=10, stop_sequences=["green"])["stop_reason"] == "max_tokens"


@pytest.mark.parametrize(
    "ending",
    [
        {"enforce_limits": False},
        {"stop_reason": "end_turn"},
        {"stop_reason": "tool_use"},
        {"stop_reason": "max_tokens"},
        {"stop_sequence": "?"},
        {"stop_details": {"type": "refusal", "category": "cyber", "explanation": None}},
    ],
    ids=lambda ending: " ".join(map(str, [*ending, *ending.values()])),
)
@pytest.mark.parametrize("content", [(LONG,), (LONG, WRITE)], ids=["plain", "call"])
def test_script_that_says_its_end_is_not_cut(content: tuple[Block, ...], ending: dict[str, Any]) -> None:
    answer = message(*content, request=body(max_tokens=5, stop_sequences=["green"]), **ending)
    assert [block.get("text") or block["input"] for block in answer["content"]] == [
        block.get("text") or block["input"] for block in content
    ]


ENDINGS: dict[str, dict[str, Any]] = {
    "reason": {"stop_reason": "pause_turn"},
    "sequence": {"stop_reason": "stop_sequence", "stop_sequence": "?"},
    "refusal": {"stop_reason": "refusal", "stop_details": {"type": "refusal", "category": "cyber"}},
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("content", [(LONG,), (LONG, WRITE), (PONDER, LONG)], ids=["text", "call", "thought"])
def test_script_that_is_to_obey_is_cut_whatever_its_end(content: tuple[Block, ...], ending: dict[str, Any]) -> None:
    script = {**ending, "enforce_limits": True}
    limited = message(*content, request=body(max_tokens=20), **script)
    assert limited["usage"]["output_tokens"] == 20
    stopped = message(*content, request=body(stop_sequences=["green"]), **script)
    fitting = message(*content, request=body(max_tokens=4000), **script)
    ends = [[each[key] for key in ("stop_reason", "stop_sequence")] for each in (limited, stopped, fitting)]
    own = [ending["stop_reason"], ending.get("stop_sequence")]
    assert ends == [["max_tokens", None], ["stop_sequence", "green"], own]
    assert (limited["stop_details"], stopped["stop_details"]) == (None, None)
    assert bool(fitting["stop_details"]) is ("stop_details" in ending)


QUICK: Block = {"type": "text", "text": '{"a":1}'}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("content", [(QUICK,), (CITED,), ({"type": "text", "text": ""},), (THOUGHT, QUICK)])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_tokens_are_counted_than_allowed(content: tuple[Block, ...], model: str, limit: int) -> None:
    for sequences in ([], ['"'], ["All", "a"]):
        answer = said(*content, model=model, max_tokens=limit, stop_sequences=sequences)
        usage = answer["usage"]
        assert usage["output_tokens"] <= limit
        assert usage.get("output_tokens_details", {}).get("thinking_tokens", 0) <= usage["output_tokens"]
    assert said(QUICK, max_tokens=2, stop_sequences=['"'])["stop_reason"] == "stop_sequence"


@pytest.mark.parametrize("ending", [{}, *ENDINGS.values()], ids=["none", *ENDINGS])
def test_nothing_said_has_one_end(ending: dict[str, Any]) -> None:
    answer = message(HELLO, request=body(max_tokens=0), **ending)
    ends = [answer[key] for key in ("content", "stop_reason", "stop_sequence", "stop_details")]
    assert ends == [[], "max_tokens", None, None]
    assert answer["usage"]["output_tokens"] == 0


@pytest.mark.parametrize("limit", [None, -3, True, 5.0, "5"])
def test_what_is_no_limit_cuts_nothing(limit: Any) -> None:
    assert outcome(Answer(content=(LONG,)), body(max_tokens=limit)).message["content"] == [LONG]


def test_echo_is_cut() -> None:
    asked = {"messages": [{"role": "user", "content": PROSE}], "max_tokens": 12}
    (block,) = outcome(Answer("echo"), body(**asked)).message["content"]
    assert 0 < len(block["text"]) < 80


@pytest.mark.parametrize("block", [{"type": "text"}, {"type": "text", "text": None}, {"type": "new"}])
def test_blocks_without_their_text_are_not_in_the_way(block: Block) -> None:
    answer = outcome(Answer(content=(block, LONG)), body(max_tokens=20, stop_sequences=["?"])).message
    assert answer["content"][0].items() >= block.items()
    assert 0 < len(answer["content"][1]["text"]) < 100
