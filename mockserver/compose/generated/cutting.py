"""Cuts a generated reply: before a stop sequence, or after ``max_tokens``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import is_forced


def cut(answer: Answer, body: Mapping[str, Any], model: Model) -> Answer:
    """The answer, cut where the request's ``stop_sequences`` and ``max_tokens`` end it."""
    limit = body.get("max_tokens")
    answer = _cut_at_sequence(answer, body.get("stop_sequences") or ())
    if not isinstance(limit, int):
        return answer

    def cost(content: Sequence[Block]) -> int:
        return count_output(content, model, forced=is_forced(body))[0]

    if cost(answer.content) <= limit:
        return answer
    content = _cut_at_limit(answer.content, limit, cost)
    return replace(answer, content=content, stop_reason="max_tokens", stop_sequence=None)


def _cut_at_sequence(answer: Answer, sequences: Sequence[str]) -> Answer:
    text = "".join(block["text"] for block in answer.content if block["type"] == "text")
    found = [(at, -len(each), each) for each in sequences if each and (at := text.find(each)) >= 0]
    if not found:
        return answer
    at, _, sequence = min(found)
    content = _take_first(answer.content, at, "text")
    return replace(answer, content=content, stop_reason="stop_sequence", stop_sequence=sequence)


def _cut_at_limit(content: Sequence[Block], limit: int, cost: Callable[[Sequence[Block]], int]) -> tuple[Block, ...]:
    """The longest beginning of at most ``limit`` tokens, or that many characters where even one counts as more."""
    low, high = 0, sum(map(_measure, content))
    while low < high:
        middle = (low + high + 1) // 2
        if cost(_take_first(content, middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return _take_first(content, low or (limit if block_type(content[0]).shortened_field else 1))


def _measure(block: Block) -> int:
    field = block_type(block).shortened_field
    return len(block[field]) if field else len(block.get("input") or ()) + 1


def _take_first(content: Sequence[Block], size: int, kind: str | None = None) -> tuple[Block, ...]:
    """The beginning of ``content`` that holds ``size`` characters; with ``kind``, only those of such blocks count."""
    first: list[Block] = []
    for block in content:
        if kind and block["type"] != kind:
            first.append(block)
            continue
        if size <= 0:
            break
        first.append(_shorten(block, size))
        size -= _measure(block)
    return tuple(first)


def _shorten(block: Block, size: int) -> Block:
    field = block_type(block).shortened_field
    if field:
        return {**block, field: block[field][:size]}
    # "default buffers each key/value": a call that is cut keeps the properties that were complete.
    properties = block.get("input")
    return {**block, "input": dict(list(properties.items())[: size - 1])} if properties else block
