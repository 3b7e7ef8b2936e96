"""What a completion says, whole or streamed, is what the message said, but for the losses that the docs tell."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.records.reply import Pace, Reply
from mockserver.wires.chat.folding import fold
from mockserver.wires.messages.unfolding import unfold
from tests.message_cases import BLOCKS, message
from tests.wires.chat.cases import FORM, OPENAI, REASONS, WIRES, chunks, lose, read_back, whole
from tests.wires.messages.test_round_trip import ANY_BLOCK

ANY_REPLY = st.builds(
    lambda content, reason, seed, n, usage: Reply(
        message(*content, stop_reason=reason), seed=seed, form={**FORM, "n": n, "include_usage": usage}
    ),
    st.lists(ANY_BLOCK, max_size=5),
    st.sampled_from(sorted(REASONS)),
    st.integers(0, 2**64),
    st.integers(1, 3),
    st.booleans(),
)
# Only the whole answer has these.
WHOLE_ONLY = {"annotations"}


def strip(completion: dict[str, Any]) -> dict[str, Any]:
    """A completion without what streams have not."""
    choices = [
        {key: value for key, value in choice.items() if key != "logprobs"}
        | {"message": {key: value for key, value in choice["message"].items() if key not in WHOLE_ONLY}}
        for choice in completion["choices"]
    ]
    return {**completion, "choices": choices}


@settings(max_examples=50)
@given(ANY_REPLY)
def test_whole_answers_say_what_the_message_says(given: Reply) -> None:
    written = whole(given)
    assert read_back({**written, "usage": {"completion_tokens": 503}}) == lose(given.message)
    assert [choice["index"] for choice in written["choices"]] == [*range(given.form["n"])]
    assert written["usage"]["completion_tokens"] == 503 * given.form["n"]


@settings(max_examples=50)
@given(ANY_REPLY)
def test_streams_say_what_whole_answers_say(given: Reply) -> None:
    folded, written = fold(chunks(given)), strip(whole(given))
    if not given.form["include_usage"]:
        del written["usage"]
    assert folded == written


@pytest.mark.parametrize("form", WIRES)
@settings(max_examples=30)
@given(ANY_REPLY)
def test_streams_are_their_events(form: str, given: Reply) -> None:
    events = WIRES[form].unfold(given)
    assert WIRES[form].stream(given) == (b"".join([event.encode() for event in events]), len(events))
    assert all(event.encode() == b"data: %b\n\n" % orjson.dumps(event.data) for event in events[:-1])
    assert events[-1].encode() == b"data: [DONE]\n\n"
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]


@pytest.mark.parametrize("chunk", ["word", "token", 7])
def test_both_wires_cut_alike(chunk: str | int) -> None:
    """The texts in the deltas are the same, so a pace gives both the same times."""
    given = Reply(message(BLOCKS["thinking"], BLOCKS["text"], BLOCKS["tool_use"]), pace=Pace(chunk=chunk), form=FORM)
    theirs = [event.weight for event in unfold(given) if event.weight]
    assert [event.weight for event in OPENAI.unfold(given) if event.weight] == theirs
    assert len(theirs) > 5


def test_the_same_reply_gives_the_same_bytes() -> None:
    given = Reply(message(*BLOCKS.values()), seed=5, form=FORM)
    assert OPENAI.stream(given) == OPENAI.stream(given)
    assert OPENAI.write(given) == OPENAI.write(given)


@pytest.mark.parametrize("name", ["text", "thinking", "tool_use", "text cited"])
def test_every_form_folds_to_what_it_says(name: str) -> None:
    """With one block of a kind even gateways say the same whole and streamed, but for the newline of signatures."""
    for form in ("openai", "new-api"):
        given = Reply(message(BLOCKS[name]), form=FORM)
        folded, written = (each["choices"][0]["message"] for each in (fold(chunks(given, form)), whole(given, form)))
        assert (folded["content"] or "") == (written["content"] or "")
        assert folded.get("reasoning_content", "").rstrip("\n") == written.get("reasoning_content", "")
        calls = [orjson.loads(call["function"]["arguments"]) for call in folded.get("tool_calls", ())]
        assert calls == [orjson.loads(call["function"]["arguments"]) for call in written.get("tool_calls", ())]
