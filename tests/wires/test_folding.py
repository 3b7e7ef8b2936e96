"""Streams with events of a wrong shape: each is refused by a text that names the event and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.blocks import BLOCKS
from mockserver.blocks.delta import DeltaType
from mockserver.wires.messages.folding import fold

Data = Mapping[str, Any]

START: Data = {"type": "message_start", "message": {"model": "claude-sonnet-5", "content": [], "usage": {}}}
TEXT: Data = {"type": "text", "text": ""}


def open_block(block: Any = TEXT) -> Data:
    return {"type": "content_block_start", "index": 0, "content_block": block}


def delta(value: Any) -> Data:
    return {"type": "content_block_delta", "index": 0, "delta": value}


CLOSE: Data = {"type": "content_block_stop", "index": 0}
END: Data = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
STOP: Data = {"type": "message_stop"}
MALFORMED: list[tuple[str, list[Data], str]] = [
    ("no message", [{"type": "message_start"}], "event 0 (message_start): {}KeyError('message')"),
    ("message of a wrong type", [{"type": "message_start", "message": []}], "{}message is [], expected an object"),
    ("usage of a wrong type", [{"type": "message_start", "message": {"usage": 5}}], "{}usage is 5, expected an object"),
    ("no index", [START, {"type": "content_block_start"}], "event 1 (content_block_start): {}KeyError('index')"),
    ("block of a wrong type", [START, open_block("text")], "{}content_block is 'text', expected an object"),
    ("no delta", [START, open_block(), {**CLOSE, "type": "content_block_delta"}], "{}KeyError('delta')"),
    ("delta of a wrong type", [START, open_block(), delta("a")], "{}delta is 'a', expected an object"),
    ("delta without a type", [START, open_block(), delta({})], "event 2 (content_block_delta): {}KeyError('type')"),
    ("delta of an unknown type", [START, open_block(), delta({"type": ["a"]})], "unknown delta ['a']"),
    ("delta without its text", [START, open_block(), delta({"type": "text_delta"})], "{}KeyError('text')"),
    (
        "text of a wrong type",
        [START, open_block(), delta({"type": "text_delta", "text": 5})],
        "event 2 (content_block_delta): {}text is 5, expected a string",
    ),
    (
        "text begun with a wrong type",
        [START, open_block({"type": "text", "text": None}), delta({"type": "text_delta", "text": "a"}), CLOSE],
        "event 3 (content_block_stop): {}text is None, expected a string",
    ),
    (
        "citations begun with a wrong type",
        [START, open_block({**TEXT, "citations": 5}), delta({"type": "citations_delta", "citation": {}}), CLOSE],
        "event 3 (content_block_stop): {}citations is 5, expected a list",
    ),
    ("no stop index", [START, open_block(), {"type": "content_block_stop"}], "{}KeyError('index')"),
    ("end without a delta", [START, {"type": "message_delta"}], "event 1 (message_delta): {}KeyError('delta')"),
    ("end of a wrong type", [START, {**END, "delta": 5}], "{}delta is 5, expected an object"),
    ("last usage of a wrong type", [START, {**END, "usage": "many"}], "{}usage is 'many', expected an object"),
    ("no error", [START, {"type": "error"}], "event 1 (error): {}KeyError('error')"),
    ("error without a message", [START, {"type": "error", "error": {"type": "a"}}], "{}KeyError('message')"),
]


@pytest.mark.parametrize(("events", "text"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_events_are_described(events: list[Data], text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text.format("malformed or incomplete: "))):
        fold(events)


def test_deltas_fold_by_their_type() -> None:
    cited = delta({"type": "citations_delta", "citation": {"cited_text": "b"}})
    pieces = [delta({"type": "text_delta", "text": piece}) for piece in "ab"]
    message = fold([START, open_block(), pieces[0], cited, pieces[1], CLOSE, END, STOP])
    (block,) = message["content"]
    assert list(block.items()) == [("citations", [{"cited_text": "b"}]), ("type", "text"), ("text", "ab")]


def test_inputs_repeated_in_results_are_skipped() -> None:
    result = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
    repeated = delta({"type": "input_json_delta", "partial_json": "{}"})
    assert fold([START, open_block(result), repeated, CLOSE, END, STOP])["content"] == [result]


@pytest.mark.parametrize(
    "hop", [{"from": "claude-opus-5"}, {"from": {}, "to": 5}, {"from": None, "to": {"model": ["a"]}}]
)
def test_fallbacks_of_a_wrong_shape_change_no_model(hop: Data) -> None:
    late = {**open_block({"type": "fallback", **hop}), "index": 1}
    events = [START, open_block(), CLOSE, late, {**CLOSE, "index": 1}, END, STOP]
    assert fold(events)["model"] == "claude-sonnet-5"


def test_our_own_mistakes_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in a fold is not taken for a broken stream."""

    def fail(_block: Data, _deltas: Any) -> Data:
        raise KeyError("a bug")

    broken = replace(BLOCKS["text"], deltas=(DeltaType("text_delta", "text", {"text": str}, fail),))
    monkeypatch.setitem(BLOCKS, "text", broken)
    with pytest.raises(KeyError, match="a bug"):
        fold([START, open_block(), delta({"type": "text_delta", "text": "a"}), CLOSE])
