"""Pings stand where they were recorded, however the rest of the stream is cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.records.reply import Reply
from mockserver.wires.messages.pings import find_pings
from mockserver.wires.messages.unfolding import fold, stream, unfold

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "It rains in Oslo. " * 9}, {"type": "text", "text": "Take an umbrella. " * 9}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 90},
}
START, DELTA, STOP = "content_block_start", "content_block_delta", "content_block_stop"


def events(*kinds: str) -> list[dict[str, Any]]:
    """Events of these kinds; blocks are counted by their starts."""
    made, index = [], -1
    for kind in kinds:
        index += kind == START
        made.append({"type": kind, "index": max(index, 0)})
    return made


def outline(kinds: Sequence[str]) -> list[str]:
    """Kinds of events, those in a row as one."""
    return [kind for kind, _ in groupby(kinds)]


BEGIN, END = ["message_start"], ["message_delta", "message_stop"]
PLACES = {
    "none": [START, DELTA, STOP, START, DELTA, STOP],
    "behind the first start": [START, "ping", DELTA, STOP, START, DELTA, STOP],
    "within the first block": [START, DELTA, "ping", DELTA, STOP, START, DELTA, STOP],
    "behind all deltas": [START, DELTA, DELTA, "ping", STOP, START, DELTA, STOP],
    "between the blocks": [START, DELTA, STOP, "ping", START, DELTA, STOP],
    "in the second block": [START, DELTA, STOP, START, "ping", DELTA, STOP],
    "at the end": [START, DELTA, STOP, START, DELTA, STOP, "ping"],
    "several": [START, "ping", DELTA, "ping", DELTA, STOP, START, DELTA, STOP, "ping"],
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("text", ["It rains. " * 9, "Hi"])
@given(seed=st.integers(0, 2**32))
def test_pings_stand_where_they_were_recorded(name: str, text: str, seed: int) -> None:
    """Also where the text of a block would be one delta."""
    kinds = BEGIN + PLACES[name] + END
    message = {**MESSAGE, "content": [{"type": "text", "text": text}, {"type": "text", "text": text}]}
    reply = Reply(message, seed=seed, pings=find_pings(events(*kinds)))
    made = unfold(reply)
    assert outline([event.name for event in made]) == outline(kinds)
    assert fold(made)["content"] == message["content"]
    assert stream(reply) == (b"".join([event.encode() for event in made]), len(made))


def test_pings_of_the_api_stand_behind_the_first_start() -> None:
    """A recording of today changes nothing."""
    reply = Reply(MESSAGE, seed=7)
    assert unfold(Reply(MESSAGE, seed=7, pings=find_pings([event.data for event in unfold(reply)]))) != ()
    kinds = [event.name for event in unfold(reply)]
    again = [event.name for event in unfold(Reply(MESSAGE, seed=7, pings=find_pings([e.data for e in unfold(reply)])))]
    assert outline(kinds) == outline(again)
