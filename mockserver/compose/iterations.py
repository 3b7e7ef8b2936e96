"""The samplings of an answer that consulted the advisor: each call of a model is an entry of ``usage.iterations``.

Source: an answer of claude-sonnet-4-6 advised by claude-opus-4-7, recorded 2026-05 under 2023-06-01; the SDK's types
(2.14) for both versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from mockserver.blocks.counting import count_output, count_request
from mockserver.blocks.thinking import BYTES_A_TOKEN
from mockserver.compose.context import Context
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model

ADVICE = "advisor_tool_result"
# Tokens of the API's own prompt for the advisor (recorded once: 2,728 in all), and how many the advisor writes for each
# token of its advice, as it thinks before (recorded once: 874 for some 350).
PROMPT, OUTPUT = 2690, 2.5
COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
# What a sampling behind another adds at the top level.
ADDED = ("input_tokens", "cache_read_input_tokens")

# Blocks that the model wrote in a row, and the advice behind them; None at the end of the answer.
Sampling = tuple[Sequence[Block], Block | None]


def list_samplings(
    usage: Mapping[str, Any], answer: Answer, body: Mapping[str, Any], context: Context
) -> Mapping[str, Any]:
    """The usage of an answer to ``body``; its last iteration, a ``message``, is split up at each advice.

    The top level is the sum of the model's own samplings: each of them reads all that was said before. Numbers of the
    script stand, and the samplings share them.
    """
    samplings = [*_split(answer.content)] if ADVICE in answer.block_types else []
    iterations = usage.get("iterations")
    if not samplings or not iterations or "iterations" in answer.usage or iterations[-1]["type"] != "message":
        return usage
    entries = [*_make_entries(samplings, iterations[-1], body, context)]
    own = [entry for entry in entries if entry["type"] == "message"]
    summed = {key: sum(entry[key] for entry in own) for key in ADDED if key not in answer.usage}
    whole = {**usage, **summed, "iterations": [*iterations[:-1], *entries]}
    _share(own, whole)
    return whole


def _split(content: Iterable[Block]) -> Iterator[Sampling]:
    said: list[Block] = []
    for block in content:
        if block.get("type") == ADVICE:
            yield said, block
            said = []
        else:
            said.append(block)
    if said:
        yield said, None


def _make_entries(
    samplings: Sequence[Sampling], first: Mapping[str, Any], body: Mapping[str, Any], context: Context
) -> Iterator[dict[str, Any]]:
    """An entry a sampling, and one a piece of advice; ``first`` is the entry as if there was one sampling alone."""
    said: list[Block] = []
    begin = {key: first[key] or 0 for key in COUNTS}
    cached = begin["cache_read_input_tokens"] + begin["cache_creation_input_tokens"]
    again = {"cache_read_input_tokens": cached, "cache_creation_input_tokens": 0}
    start = count_request(body, context.model)
    for blocks, advice in samplings:
        split = first["cache_creation"] or {}
        entry: dict[str, Any] = {**begin, "cache_creation": split, "type": "message"}
        if said:
            added = count_request(_append(body, said), context.model) - start
            entry |= {**again, "input_tokens": begin["input_tokens"] + added, "cache_creation": dict.fromkeys(split, 0)}
        yield {**entry, "output_tokens": count_output(blocks, context.model)[0]}
        said += blocks
        if advice is not None:
            if _is_given(advice):
                yield _make_advised(advice, _append(body, said), dict.fromkeys(split, 0), context)
            said.append(advice)


def _append(body: Mapping[str, Any], said: Sequence[Block]) -> Mapping[str, Any]:
    return {**body, "messages": [*(body.get("messages") or ()), {"role": "assistant", "content": [*said]}]}


def _is_given(advice: Block) -> bool:
    """Whether the advisor has answered: it may have failed."""
    content = advice.get("content")
    return isinstance(content, Mapping) and "error_code" not in content


def _make_advised(advice: Block, body: Mapping[str, Any], split: Mapping[str, int], context: Context) -> dict[str, Any]:
    """The entry of an advisor that read ``body``: the conversation, without the tools."""
    tools = body.get("tools") or ()
    tool: Mapping[str, Any] = next((each for each in tools if str(each.get("type")).startswith("advisor_")), {})
    name = str(tool.get("model") or context.model.id)
    model = context.lookup(name)
    read = count_request({key: body[key] for key in ("system", "messages") if key in body}, model)
    written, most = _count_advice(advice["content"], model), tool.get("max_tokens")
    return {
        "input_tokens": PROMPT + read,
        "output_tokens": min(written, most) if isinstance(most, int) else written,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_creation": split,
        "type": "advisor_message",
        "model": model.id if model.is_named(name) else name,
    }


def _count_advice(content: Mapping[str, Any], model: Model) -> int:
    if encrypted := content.get("encrypted_content"):
        # Base64 of about as many bytes as the advice has (inferred: none was recorded).
        return ceil(OUTPUT * len(str(encrypted)) * 3 / 4 / BYTES_A_TOKEN)
    text = str(content.get("text") or "")
    return ceil(OUTPUT * count_output(({"type": "text", "text": text},), model)[0])


def _share(entries: Sequence[dict[str, Any]], usage: Mapping[str, Any]) -> None:
    """Make the counts of the entries add up to those of the usage: the last one takes what is left."""
    for key in COUNTS:
        left = usage[key] or 0
        for entry in entries[:-1]:
            entry[key] = min(entry[key], left)
            left -= entry[key]
        entries[-1][key] = left
