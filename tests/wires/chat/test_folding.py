"""Streams of chunks that make no completion: each is refused by a text that names the chunk and what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.wires.chat.folding import fold
from tests.message_cases import BLOCKS
from tests.wires.chat.cases import chunks, reply


def chunk(**choice: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, **choice}]}


END = chunk(delta={}, finish_reason="stop")
MALFORMED: list[tuple[list[Any], str]] = [
    ([], "the stream has no choices"),
    ([{"id": "c", "choices": []}], "the stream has no choices"),
    ([chunk(delta={"content": "a"})], "the stream ends without a finish_reason of choice 0"),
    ([END, {"error": {"type": "t", "message": "m"}}], "chunk 1: the stream breaks off with t: m"),
    ([END, 5], "chunk 1: it is 5, expected an object"),
    ([{"choices": 5}], "chunk 0: choices is 5, expected a list"),
    ([{"choices": [5]}], "chunk 0: a choice is 5, expected an object"),
    ([chunk(delta=5)], "chunk 0: delta is 5, expected an object"),
    ([chunk(delta={"content": 5})], "chunk 0: content is 5, expected a text"),
    ([chunk(delta={"tool_calls": 5})], "chunk 0: tool_calls is 5, expected a list"),
    ([chunk(delta={"tool_calls": [5]})], "chunk 0: a call is 5, expected an object"),
    ([chunk(delta={"tool_calls": [{"index": 0, "function": {}}]})], "chunk 0: a piece of call 0, which has not begun"),
    ([chunk(delta={"tool_calls": [{"id": "a", "function": {"arguments": 5}}]})], "arguments is 5, expected a text"),
]


@pytest.mark.parametrize(("given", "text"), MALFORMED)
def test_broken_streams_are_told(given: list[Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        fold(given)


def test_a_stream_may_bring_calls_without_indexes() -> None:
    """As one-api has them: a call begins with an id, and its pieces follow."""
    folded = fold(chunks(reply(BLOCKS["tool_use"], BLOCKS["tool_use without input"]), "one-api"))
    calls = folded["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]["name"]) for call in calls] == [("toolu_01", "weather"), ("toolu_02", "now")]
    assert calls[1]["function"]["arguments"] == "{}"


def test_the_mark_of_the_end_and_empty_choices_are_skipped() -> None:
    started: dict[str, Any] = {"id": "c", "choices": [], "usage": None}
    assert fold([started, END, {}])["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in fold([started, END])
