"""Streams that cannot be folded, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.wires.messages.folding import fold
from tests.message_cases import BLOCKS, datas, message

START, STOP = datas(message())[0], datas(message())[-1]


OPEN, *_, CLOSE = (data for data in datas(message(BLOCKS["text"])) if "index" in data)


END = datas(message())[-2]


BAD_INPUT = {"type": "input_json_delta", "partial_json": '{"a":'}


TOOL = {"type": "content_block_start", "index": 0, "content_block": {**BLOCKS["tool_use"], "input": {}}}


BROKEN = [
    ([], "the stream ends without message_stop, nor does it start with message_start"),
    ([START, OPEN], "the stream ends without message_stop, block 0 is still open"),
    ([START, START], "event 1 (message_start): a second message_start"),
    ([OPEN], "event 0 (content_block_start): no message_start came before"),
    ([START, OPEN, OPEN], "event 2 (content_block_start): block 0 has not been stopped"),
    ([START, {**OPEN, "index": 1}], "event 1 (content_block_start): index is 1, expected 0"),
    ([START, CLOSE], "event 1 (content_block_stop): no block is open"),
    ([START, OPEN, {**CLOSE, "index": 4}], "event 2 (content_block_stop): index is 4, but block 0 is open"),
    ([START, STOP], "event 1 (message_stop): no message_delta came before"),
    ([START, END, OPEN], "event 2 (content_block_start): a block after message_delta"),
    ([START, {"type": "content_block_start", "index": 0}], "malformed or incomplete: KeyError('content_block')"),
    (
        [START, OPEN, {"type": "content_block_delta", "index": 0, "delta": BAD_INPUT}],
        "a input_json_delta for a block of type 'text'",
    ),
    (
        [START, TOOL, {"type": "content_block_delta", "index": 0, "delta": BAD_INPUT}, CLOSE],
        "event 3 (content_block_stop): the tool input is no JSON",
    ),
    (
        [START, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}],
        "event 1 (error): the stream breaks off with overloaded_error: Overloaded",
    ),
]


@pytest.mark.parametrize(("events", "said"), BROKEN, ids=[said[-40:] for _, said in BROKEN])
def test_broken_streams_are_described(events: list[Mapping[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        fold(events)


def test_unknown_events_are_skipped() -> None:
    assert fold([{"type": "news"}, START, END, {"type": "ping"}, STOP]) == message()
