"""Compaction: at a threshold, with and without a pause, scripted, and on demand."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.blocks.compaction import drop_summarized
from mockserver.blocks.counting import count_output, count_request
from mockserver.compose.generate import generate
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block, Fault, Reply
from mockserver.reference.catalog import lookup
from mockserver.reference.signing import prefix_digest
from mockserver.wires.messages.unfolding import fold, unfold
from tests.composing import HELLO, THOUGHT, body, message, outcome

THRESHOLD, ON_DEMAND = ("compact-2026-01-12",), ("compact-2026-09-04",)
LONG = "word " * 1500
MODELS = ("claude-sonnet-4-6", "claude-opus-4-6", "claude-opus-4-8", "claude-opus-5-5")
SUMMARY: Block = {"type": "compaction", "content": "They spoke of words."}
FAILED: Block = {"type": "compaction", "content": None}
SPLIT = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}


def tokens(number: int) -> dict[str, Any]:
    return {"type": "input_tokens", "value": number}


def request(
    model: str = MODELS[0], text: str = LONG, more: dict[str, Any] | None = None, **edit: Any
) -> dict[str, Any]:
    edits = [{"type": "compact_20260112", "trigger": tokens(1000), **edit}]
    messages = [{"role": "user", "content": text}]
    return body(model=model, messages=messages, context_management={"edits": edits}, **(more or {}))


def kinds(said: dict[str, Any]) -> list[str]:
    return [block["type"] for block in said["content"]]


def iterations(said: dict[str, Any]) -> list[str]:
    return [each["type"] for each in said["usage"]["iterations"]]


# At a threshold -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("content", [(HELLO,), (THOUGHT, HELLO), ({"type": "tool_use", "name": "t", "input": {}},)])
def test_a_summary_comes_before_the_answer(model: str, content: tuple[Block, ...]) -> None:
    """Case 23, recorded on claude-sonnet-4-6: [compaction, text], usage of the compacted prompt, two iterations."""
    asked = request(model)
    said = message(*content, request=asked, betas=THRESHOLD)
    assert kinds(said) == ["compaction", *(block["type"] for block in content)]
    assert list(said["content"][0]) == ["type", "content"]
    usage = said["usage"]
    assert iterations(said) == ["compaction", "message"]
    compaction, answer = usage["iterations"]
    assert compaction["input_tokens"] == count_request(asked, lookup(model)) + (96 if "4-6" in model else 124)
    assert compaction["output_tokens"] == count_output(said["content"][:1], lookup(model))[0]
    assert answer["input_tokens"] == usage["input_tokens"] < 400
    assert answer["output_tokens"] == usage["output_tokens"] == count_output(content, lookup(model))[0]
    # Only edits that clear something are listed (recorded).
    assert said["context_management"] == {"applied_edits": []}


@pytest.mark.parametrize(
    ("trigger", "words", "is_compacted"),
    [(None, 135_000, False), (None, 145_000, True), (tokens(1000), 900, False), (tokens(1000), 1000, True)],
)
def test_the_trigger_decides(trigger: Any, words: int, is_compacted: bool) -> None:
    said = message(HELLO, request=request(text="word " * words, trigger=trigger), betas=THRESHOLD)
    assert kinds(said) == (["compaction", "text"] if is_compacted else ["text"])
    assert iterations(said) == (["compaction", "message"] if is_compacted else ["message"])


def test_reaching_the_trigger_is_enough() -> None:
    asked = request()
    total = count_request(asked, lookup(MODELS[0]))
    shown = [kinds(message(HELLO, request=request(trigger=tokens(total + more)))) for more in (0, 1)]
    assert shown == [["compaction", "text"], ["text"]]


def test_what_is_cleared_first_does_not_trigger() -> None:
    uses = [
        [
            {"role": "assistant", "content": [{"type": "tool_use", "id": f"t{each}", "name": "read", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{each}", "content": LONG}]},
        ]
        for each in range(2)
    ]
    asked = request()
    asked["messages"] = [{"role": "user", "content": "Read."}, *uses[0], *uses[1]]
    clear = {"type": "clear_tool_uses_20250919", "trigger": tokens(1), "keep": {"type": "tool_uses", "value": 0}}
    asked["context_management"]["edits"].insert(0, clear)
    said = message(HELLO, request=asked, betas=THRESHOLD)
    assert kinds(said) == ["text"]
    assert said["context_management"]["applied_edits"][0]["cleared_tool_uses"] == 2


def test_instructions_replace_the_prompt_for_the_summary() -> None:
    plain, asked, blank = (
        message(HELLO, request=request(instructions=given))["usage"]["iterations"][0]["input_tokens"]
        for given in (None, "Keep the names of files.", " ")
    )
    assert blank == plain
    assert plain - 96 < asked < plain - 80


def test_each_call_uses_the_cache_for_itself() -> None:
    """Recorded, 2026-04 and 2026-08: the first writes 55,096 tokens, a later one reads them; the answer neither."""
    cache: dict[bytes, tuple[float, float]] = {}
    asked = request(more={"cache_control": {"type": "ephemeral"}})
    first, second = (outcome(Answer(content=(HELLO,)), asked, THRESHOLD, cache=cache).message for _ in range(2))
    wrote, read = (said["usage"]["iterations"][0] for said in (first, second))
    assert wrote["cache_creation_input_tokens"] == wrote["cache_creation"]["ephemeral_5m_input_tokens"] > 1500
    assert (read["cache_read_input_tokens"], read["cache_creation_input_tokens"]) == (
        wrote["cache_creation_input_tokens"],
        0,
    )
    assert wrote["input_tokens"] == read["input_tokens"] == 96 + 4
    for said in (first, second):
        assert (said["usage"]["cache_creation_input_tokens"], said["usage"]["cache_read_input_tokens"]) == (0, 0)
        assert said["usage"]["cache_creation"] == SPLIT


def test_a_system_prompt_stays_cached() -> None:
    system = [{"type": "text", "text": "Be brief. " * 2000, "cache_control": {"type": "ephemeral"}}]
    said = outcome(Answer(content=(HELLO,)), request(more={"system": system}), THRESHOLD, cache={}).message
    wrote, read = said["usage"]["iterations"]
    assert read["cache_read_input_tokens"] == wrote["cache_creation_input_tokens"] > 4000


@pytest.mark.parametrize("answer", [Answer(stop_reason="refusal"), Answer("generate")])
def test_refusals_are_not_compacted(answer: Answer) -> None:
    magic = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
    assert kinds(outcome(answer, request(text=LONG + magic), THRESHOLD).message) == []


def test_generated_answers_are_compacted() -> None:
    said = outcome(Answer("generate"), request(), THRESHOLD).message
    assert kinds(said) == ["compaction", "text"]
    assert said == outcome(Answer("generate"), request(), THRESHOLD).message


def test_a_summary_is_not_cut() -> None:
    said = outcome(Answer("generate"), {**request(), "max_tokens": 5}, THRESHOLD).message
    assert said["content"][0]["content"].endswith("….") or said["content"][0]["content"].endswith("”.")
    assert (said["stop_reason"], said["usage"]["output_tokens"]) == ("max_tokens", 5)


# Scripts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [request(), body(model="claude-sonnet-4-6"), body(model="claude-haiku-4-5")])
def test_a_scripted_summary_takes_the_place_of_a_generated_one(asked: dict[str, Any]) -> None:
    """It is used without any edit, too: to test a client, nobody needs to send 50,000 tokens."""
    said = message(SUMMARY, HELLO, request=asked)
    assert said["content"] == [SUMMARY, HELLO]
    assert iterations(said) == ["compaction", "message"]
    assert said["usage"]["input_tokens"] < 130
    assert (said["stop_reason"], said["usage"]["output_tokens"]) == (
        "end_turn",
        count_output([HELLO], lookup(asked["model"]))[0],
    )


def test_a_failed_compaction_replaces_nothing() -> None:
    asked = request()
    said = message(FAILED, HELLO, request=asked)
    assert said["content"] == [FAILED, HELLO]
    assert said["usage"]["input_tokens"] == count_request(asked, lookup(MODELS[0]))


ODD: list[dict[str, Any]] = [{"iterations": 7}, {"iterations": ["x"]}, {"cache_creation": None}, {"input_tokens": None}]


@pytest.mark.parametrize("usage", ODD)
@pytest.mark.parametrize("content", [(SUMMARY,), (SUMMARY, HELLO)])
def test_odd_scripted_usage_is_sent_as_it_is(usage: dict[str, Any], content: tuple[Block, ...]) -> None:
    reply = outcome(Answer(content=content, usage=usage), request(), THRESHOLD)
    assert reply.message["usage"].items() >= usage.items()
    assert unfold(reply)


def test_scripted_usage_wins() -> None:
    usage = message(HELLO, request=request(), usage={"input_tokens": 7})["usage"]
    assert usage["input_tokens"] == usage["iterations"][1]["input_tokens"] == 7


def test_a_summary_goes_with_a_fallback() -> None:
    hop: Block = {"type": "fallback", "from": {"model": "claude-opus-5"}, "to": {"model": "claude-opus-4-8"}}
    said = message(HELLO, hop, HELLO, request=request("claude-opus-5"), betas=THRESHOLD)
    assert kinds(said) == ["compaction", "text", "fallback", "text"]
    assert iterations(said) == ["compaction", "message", "fallback_message"]
    # What the first model wrote does not hold the summary.
    assert said["usage"]["iterations"][1]["output_tokens"] == count_output([HELLO], lookup("claude-opus-5"))[0]


# With a pause -------------------------------------------------------------------------------------------------------


def test_a_pause_shows_the_summary_alone() -> None:
    asked = request(pause_after_compaction=True)
    said = message(HELLO, request=asked, betas=THRESHOLD)
    assert kinds(said) == ["compaction"]
    assert said["stop_reason"] == "compaction"
    assert iterations(said) == ["compaction"]
    usage = said["usage"]
    # "They reflect the sum of all non-compaction iterations."
    assert [usage[key] for key in ("input_tokens", "output_tokens", "cache_read_input_tokens")] == [0, 0, 0]
    assert kinds(message(HELLO, request={**asked, "messages": [{"role": "user", "content": "Hi"}]})) == ["text"]


def test_a_pause_puts_the_scripted_answer_off() -> None:
    asked = request(pause_after_compaction=True)
    answer = Answer(content=(HELLO,), stop_reason="max_tokens", headers={"x-a": "b"}, faults=(Fault("stall"),))
    paused = outcome(answer, asked, THRESHOLD)
    assert (paused.headers, paused.faults, paused.message["stop_reason"]) == ({}, (), "compaction")
    assert paused.is_put_off
    # What a script says behind its own summary is put off, too; a summary alone has been heard.
    shown = outcome(Answer(content=(SUMMARY, HELLO)), asked, THRESHOLD)
    assert (shown.message["content"], shown.is_put_off) == ([SUMMARY], True)
    alone = outcome(Answer(content=(SUMMARY,)), asked, THRESHOLD)
    assert (alone.message["content"], alone.is_put_off) == ([SUMMARY], False)
    assert not outcome(answer, request(), THRESHOLD).is_put_off


# Streams ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pause", [False, True])
def test_streams_begin_with_the_usage_of_the_summary(pause: bool) -> None:
    """Recorded, 2026-08: message_start tells what the summary read, message_delta what the answer did."""
    asked = request(pause_after_compaction=pause, more={"cache_control": {"type": "ephemeral"}})
    reply = outcome(Answer(content=(HELLO,)), asked, THRESHOLD, cache={})
    assert isinstance(reply, Reply)
    events = [event.data for event in unfold(reply)]
    first, last = events[0]["message"]["usage"], events[-2]["usage"]
    compaction = last["iterations"][0]
    keys = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation")
    assert [first[key] for key in keys] == [compaction[key] for key in keys]
    assert last["input_tokens"] == reply.message["usage"]["input_tokens"] != first["input_tokens"]
    assert events[1]["content_block"] == {"type": "compaction", "content": None}
    assert events[3]["delta"] == {"type": "compaction_delta", "content": reply.message["content"][0]["content"]}
    assert events[-2]["context_management"] == {"applied_edits": []}
    assert fold(events) == reply.message
    assert list(fold(events)["usage"]) == list(reply.message["usage"])


# On demand ----------------------------------------------------------------------------------------------------------

TALK = [
    {"role": "user", "content": "I am building a recipe app. Help me name the main entities in the data model."},
    {
        "role": "assistant",
        "content": "Start with Recipe, Ingredient, and Step. Add a RecipeIngredient entry that holds the quantity and "
        "unit for each ingredient in a recipe.",
    },
    {"role": "user", "content": "Good. Now suggest field names for Recipe."},
]


@pytest.mark.parametrize("model", MODELS)
def test_a_request_to_compact_gets_one_signed_summary(model: str) -> None:
    asked = body(model=model, messages=TALK, compaction={"type": "summarize"})
    reply = outcome(Answer("generate"), asked, ON_DEMAND)
    said = reply.message
    assert [list(block) for block in said["content"]] == [["type", "content", "signature"]]
    assert said["stop_reason"] == "compaction"
    assert [said["usage"][key] for key in ("input_tokens", "output_tokens")] == [0, 0]
    assert iterations(said) == ["compaction"]
    events = [event.data for event in unfold(reply)]
    assert [event["type"] for event in events if event["type"].startswith("content")] == [
        "content_block_start",
        "content_block_stop",
    ]
    assert fold(events) == said


def test_it_costs_what_the_documentation_shows() -> None:
    asked = body(model="claude-opus-5-5", messages=TALK, compaction={"type": "summarize"})
    usage = outcome(Answer("generate"), asked, ON_DEMAND).message["usage"]
    assert abs(usage["iterations"][0]["input_tokens"] - 144) <= 3


def test_a_summary_that_does_not_fit_is_none() -> None:
    """ "The response is still a 200 with empty content", `stop_reason` "max_tokens", and the call is billed."""
    asked = {**body(model="claude-opus-5", messages=TALK, compaction={"type": "summarize"}), "max_tokens": 9}
    said = outcome(Answer("generate"), asked, ON_DEMAND).message
    assert (said["content"], said["stop_reason"]) == ([], "max_tokens")
    assert [each["output_tokens"] for each in (said["usage"], said["usage"]["iterations"][0])] == [0, 9]


# What a summary in the conversation replaces ------------------------------------------------------------------------

HELLO_SUMMARY = (
    'The user provided a very long context consisting entirely of the repeated sentence "The quick brown fox jumps '
    'over the lazy dog." {} times, followed by the instruction "Now say hello."{} '
)
TASK = '\n\nThe task is simply to respond to "Now say hello." - {}say hello.\n\nNext step: Say hello to the user.'
FOX: Block = {
    "type": "compaction",
    "content": HELLO_SUMMARY.format("thousands of", "").rstrip() + TASK.format("i.e., "),
}
SYSTEM = "You are a helpful assistant. Be very brief."


def test_tokens_around_a_summary_are_as_recorded() -> None:
    """Recorded on claude-sonnet-4-6: 83 tokens written (2026-08), then 181 read; 136 in a later request (2026-04)."""
    model = lookup("claude-sonnet-4-6")
    assert abs(count_output([FOX], model)[0] - 83) <= 2
    compacted = {"system": SYSTEM, "messages": [{"role": "assistant", "content": [FOX]}]}
    assert abs(count_request(compacted, model) - 181) <= 2
    asks: Block = {"type": "text", "text": "What did I say earlier?"}
    later = {
        "system": "Be brief.",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hello!"}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "compaction", "content": "Summary: user said hello."},
                    {"type": "text", "text": "Hello! How can I help?"},
                ],
            },
            {"role": "user", "content": [asks, asks]},
        ],
    }
    assert abs(count_request(later, model) - 136) <= 3


BEFORE, AFTER = {"role": "user", "content": LONG}, {"role": "user", "content": "And?"}
REPLY = {"role": "assistant", "content": [SUMMARY, HELLO]}


@pytest.mark.parametrize(
    ("messages", "left"),
    [
        ([BEFORE, REPLY, AFTER], [REPLY, AFTER]),
        ([REPLY, AFTER], [REPLY, AFTER]),
        ([BEFORE, REPLY, BEFORE, REPLY, AFTER], [REPLY, AFTER]),
        ([BEFORE, {"role": "assistant", "content": [HELLO, SUMMARY, HELLO]}, AFTER], [REPLY, AFTER]),
        ([{"role": "user", "content": [HELLO, SUMMARY]}], [{"role": "user", "content": [SUMMARY]}]),
        ([BEFORE, {"role": "assistant", "content": [FAILED, HELLO]}, AFTER], None),
        ([BEFORE, AFTER], None),
        ([], None),
    ],
)
def test_what_stands_before_the_last_summary_is_dropped(messages: list[Any], left: list[Any] | None) -> None:
    assert drop_summarized({"messages": messages})["messages"] == (messages if left is None else left)
    for model in map(lookup, (*MODELS, "claude-haiku-4-5")):
        whole, dropped = ({"messages": each} for each in (messages, messages if left is None else left))
        assert count_request(whole, model) == count_request(dropped, model)


def test_a_signed_summary_is_not_compacted_at_a_threshold() -> None:
    asked = request()
    signed = {**SUMMARY, "signature": "s"}
    asked["messages"] = [{"role": "assistant", "content": [signed]}, *asked["messages"]]
    assert kinds(message(HELLO, request=asked, betas=THRESHOLD)) == ["text"]
    asked["messages"][0] = {"role": "assistant", "content": [SUMMARY]}
    assert kinds(message(HELLO, request=asked, betas=THRESHOLD)) == ["compaction", "text"]


def test_thoughts_are_bound_to_the_summary() -> None:
    """So the messages that it replaces may come back or not (the API's page on compaction allows both)."""
    with_them, without = ({"messages": each} for each in ([BEFORE, REPLY, AFTER], [REPLY, AFTER]))
    assert prefix_digest(with_them, 3) == prefix_digest(without, 2)
    assert prefix_digest(with_them, 1) != prefix_digest(without, 0)
    other = {"role": "assistant", "content": [{**SUMMARY, "content": "Else."}, HELLO]}
    assert prefix_digest({"messages": [other, AFTER]}, 2) != prefix_digest(without, 2)


def test_a_summary_names_what_was_said_and_done() -> None:
    use = {"type": "tool_use", "id": "t", "name": "get_weather", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "cold"}
    messages = [
        {"role": "user", "content": "How is Oslo?"},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": "Cold."},
        {"role": "user", "content": "Wie ist das Wetter in Bergen und was soll ich anziehen?"},
    ]
    asked = body(messages=messages, compaction={"type": "summarize"})
    (block,) = generate(Prompt(asked), lookup(asked["model"]), {}, 7).content
    for part in ("Zusammenfassung", "How is Oslo", "get_weather", "Wie ist das Wetter in Bergen"):
        assert part in block["content"]
    again = body(messages=[{"role": "assistant", "content": [SUMMARY]}, AFTER], compaction={"type": "summarize"})
    (block,) = generate(Prompt(again), lookup(again["model"]), {}, 7).content
    assert SUMMARY["content"] in block["content"]
