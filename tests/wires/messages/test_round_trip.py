"""Messages unfolded into streams and folded back are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks.chunking import GRAINS
from mockserver.records.reply import Pace, Reply
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.unfolding import stream, unfold
from tests.message_cases import BLOCKS, datas, grammar, message

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


ANY_BLOCK = st.one_of(
    st.sampled_from(list(BLOCKS.values())),
    TEXTS.map(lambda text: {"type": "text", "text": text}),
    st.builds(lambda text, sign: {"type": "thinking", "thinking": text, "signature": sign}, TEXTS, TEXTS),
    st.dictionaries(TEXTS, VALUES, max_size=4).map(
        lambda given: {"type": "tool_use", "id": "toolu_09", "name": "any", "input": given}
    ),
)


ANY_MESSAGE = st.builds(
    lambda content, model, container, managed: message(
        *content,
        model=model,
        container={"id": "container_01", "expires_at": "2026-11-23T09:00:00Z"} if container else None,
        context_management={"applied_edits": []} if managed else None,
    ),
    st.lists(ANY_BLOCK, max_size=5),
    st.sampled_from([*GRAINS, "gpt-6"]),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=50)
@given(whole=ANY_MESSAGE, seed=st.integers(0, 2**64))
def test_folding_gives_the_message_back(whole: dict[str, Any], seed: int) -> None:
    """The stream says exactly what the JSON says, in the same key order."""
    events = unfold(Reply(whole, seed=seed))
    assert json.dumps(fold(events)) == json.dumps(whole)
    assert stream(Reply(whole, seed=seed)) == (b"".join(event.encode() for event in events), len(events))


def shells(events: tuple[Event, ...]) -> list[str]:
    return [event.name for event in events if event.name != "content_block_delta"]


@settings(max_examples=50)
@given(whole=ANY_MESSAGE, chunk=st.sampled_from(["word", "token"]) | st.integers(1, 300))
def test_other_pieces_give_the_same_message(whole: dict[str, Any], chunk: str | int) -> None:
    pieces, own = Reply(whole, seed=3, pace=Pace(chunk=chunk)), Reply(whole, seed=3)
    events = unfold(pieces)
    assert json.dumps(fold(events)) == json.dumps(whole)
    assert shells(events) == shells(unfold(own))
    assert stream(pieces) == (b"".join(event.encode() for event in events), len(events))


@settings(max_examples=50)
@given(whole=ANY_MESSAGE, seed=st.integers(0, 2**64))
def test_streams_obey_the_grammar(whole: dict[str, Any], seed: int) -> None:
    events = unfold(Reply(whole, seed=seed))
    names = [event.name for event in events]
    blocks = len(whole["content"])
    assert names[0] == "message_start"
    assert names[-2:] == ["message_delta", "message_stop"]
    assert names.count("content_block_start") == names.count("content_block_stop") == blocks
    assert [place for place, name in enumerate(names) if name == "ping"] == ([2] if blocks else [])
    assert all(0 <= event.padding <= 15 for event in events)
    open_block = -1
    for event in events:
        if event.name == "content_block_start":
            open_block += 1
        if "index" in event.data:
            assert event.data["index"] == open_block
        delta = event.data.get("delta", {})
        assert "" not in (delta.get("text"), delta.get("signature"))
        # Only an omitted thought may come as an empty delta.
        assert delta.get("thinking") != "" or whole["content"][open_block]["thinking"] == ""


RECORDED = [
    json.loads(line)
    for line in (Path(__file__).parent.parent.parent / "data/wires/streams.jsonl").read_text().splitlines()
]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["from"])
def test_recorded_streams_unfold_alike(recorded: dict[str, Any]) -> None:
    """A recorded stream folds to a message whose own stream has the same events, shells and keys."""
    whole = fold(recorded["events"])
    ours = datas(whole)
    assert grammar(ours) == grammar(recorded["events"])
    for theirs, mine in zip(unchunked(recorded["events"]), unchunked(ours), strict=True):
        if mine["type"] == "content_block_start":
            assert json.dumps(mine) == json.dumps(theirs)
        else:
            assert keys(mine) == keys(theirs)


def unchunked(events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [data for data in events if data["type"] not in ("ping", "content_block_delta")]


def keys(value: Any) -> Any:
    return [(key, keys(inner)) for key, inner in value.items()] if isinstance(value, Mapping) else None
