"""Token counts of requests and answers: linear in their blocks, fitted to recorded usage, with no tokenizer.

The count of a request is the same for count_tokens and for the usage of an answer, so the two always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from mockserver.blocks import BLOCKS, block_type
from mockserver.blocks.block import InputCounter, OutputCounter
from mockserver.blocks.compaction import drop_summarized
from mockserver.records.reply import Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import RATES, Rates, count_options, count_tools, text_tokens


def count_request(body: Mapping[str, Any], model: Model) -> int:
    """The input tokens of a messages or count_tokens request, at least 1; never fails on a valid body.

    What a summary replaces is not counted.
    """
    return count_whole(drop_summarized(body), model)


def count_whole(body: Mapping[str, Any], model: Model) -> int:
    """The input tokens of a request with all that it holds, what a summary replaces too."""
    return max(1, ceil(measure_request(body, model, RATES[model.tokenizer])))


def measure_request(body: Mapping[str, Any], model: Model, rates: Rates) -> float:
    """The input tokens of a request at given rates, a fraction, linear in the rates."""
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or ()
    total = model.extra_tokens + rates.base + rates.message * len(messages)
    # The frame in which the answer begins; a prefilled message stands in it already.
    if messages and messages[-1].get("role") != "assistant":
        total += rates.message
    last_turn, is_cited = -1, False
    for index, message in enumerate(messages):
        content = message.get("content") or ()
        if isinstance(content, str):
            total += text_tokens(content, rates)
        else:
            if last_turn < 0:
                last_turn = _find_last_turn(messages) if model.preserves_thinking == "last" else 0
            kept = _without_thoughts(content) if index < last_turn else content
            total += InputCounter(rates, model, BLOCKS).count(kept)
            if len(kept) > 1 and message.get("role") == "assistant":
                total += rates.use_more * max(0, sum(block.get("type") == "tool_use" for block in kept) - 1)
            is_cited = is_cited or (message.get("role") == "user" and _asks_for_citations(content))
    if system := body.get("system"):
        total += rates.system + InputCounter(rates, model, BLOCKS).count(system)
    if body.get("tools"):
        total += count_tools(body, rates, model)
    if is_cited:
        total += rates.citations
    return total + count_options(body, rates, model)


def count_output(content: Iterable[Block], model: Model, *, forced: bool = False) -> tuple[int, int]:
    """The output tokens of an answer's blocks, at least 1, and how many of them were thought.

    ``content`` holds the thoughts in full, also those that the answer will omit. ``forced``: the request forced tools,
    which spares the model the words that lead to a call.
    """
    counter = OutputCounter(RATES[model.tokenizer], forced)
    for block in content:
        block_type(block).count_output(block, counter)
    return counter.total()


def _asks_for_citations(content: Iterable[Block]) -> bool:
    """Whether any of the blocks, or one inside a tool's result, is to be cited."""
    for block in content:
        inside = block.get("content") if block.get("type") == "tool_result" else None
        if any(_is_cited(one) for one in (inside if isinstance(inside, (list, tuple)) else (block,))):
            return True
    return False


def _is_cited(block: Block) -> bool:
    citations = block.get("citations")
    return bool(citations and block_type(block).is_citable and citations.get("enabled"))


def _find_last_turn(messages: Sequence[Mapping[str, Any]]) -> int:
    """The index of the last user turn that does not only answer tools: thoughts before it no longer count."""
    return next((index for index in range(len(messages) - 1, -1, -1) if is_turn_start(messages[index])), 0)


def is_turn_start(message: Mapping[str, Any]) -> bool:
    """Whether the user says something of his own, and does not only answer tools."""
    return message.get("role") == "user" and not _holds_results(message.get("content"))


def _holds_results(content: Any) -> bool:
    return isinstance(content, list) and any(block.get("type") == "tool_result" for block in content)


def _without_thoughts(content: Iterable[Block]) -> list[Block]:
    return [block for block in content if not block_type(block).is_thought]
