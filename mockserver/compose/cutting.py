"""Cuts an answer where its request ends it: after ``max_tokens``, or before a stop sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.blocks.partial_json import tear, write_properties
from mockserver.records.budget import LIMITS
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import is_forced

FINE_GRAINED = "fine-grained-tool-streaming-2025-05-14"
# An answer is looked at this many characters for each token of the limit, and on from there only when that is too few.
CHARACTERS_A_TOKEN = 8
Content = tuple[Block, ...]
Cost = Callable[[Sequence[Block]], int]


def obey(answer: Answer, prompt: Prompt, model: Model) -> Answer:
    """The answer, ended where the ``max_tokens`` and ``stop_sequences`` of its request end it.

    An answer that says how it ends, or is not to obey, stays as it is.
    """
    if not answer.is_endable:
        return answer
    body = prompt.body
    return cut(answer, body.get("max_tokens"), body.get("stop_sequences") or (), prompt, model)


def cut(answer: Answer, limit: Any, sequences: Sequence[str], prompt: Prompt, model: Model) -> Answer:
    """The answer, cut at ``limit`` tokens or before the first of ``sequences`` in its text, whichever comes first.

    A limit that is no number above 0 does not cut. At the limit a text or thought is shortened and the input of a tool
    torn; a redacted thought is kept whole or left out; what the model does not write costs nothing. Nothing follows the
    place of a cut. At least a few characters are left, or the first block when that has none.
    """
    beginning = None
    if type(limit) is int and limit > 0:
        is_eager = _find_eager(prompt)

        def cost(blocks: Sequence[Block]) -> int:
            counted = [block for block in blocks if not block_type(block).is_sampled_apart]
            return count_output(counted, model, forced=is_forced(prompt.body))[0]

        beginning = _cut_at_limit(answer.content, limit, cost, is_eager)
    content = answer.content if beginning is None else beginning
    found = _find_sequence(content, sequences) if sequences else None
    if found:
        sequence, content = found
        return replace(answer, content=content, stop_reason="stop_sequence", stop_sequence=sequence)
    return answer if beginning is None else replace(answer, content=content, stop_reason="max_tokens")


def _find_eager(prompt: Prompt) -> Callable[[Block], bool]:
    """Tells whether the input of a use is streamed as it is written, as its tool or the older beta asks."""
    by_beta = FINE_GRAINED in prompt.betas

    def is_eager(block: Block) -> bool:
        tools = (tool for tool in prompt.body.get("tools") or () if tool.get("name") == block.get("name"))
        asked = next((tool.get("eager_input_streaming") for tool in tools), None)
        return by_beta if asked is None else bool(asked)

    return is_eager


def _cut_at_limit(content: Content, limit: int, cost: Cost, is_eager: Callable[[Block], bool]) -> Content | None:
    """The longest beginning of at most ``limit`` tokens, or that many characters where even one counts as more.

    None when the whole content has no more tokens.
    """
    total = sum(map(_measure, content))
    low, high = 0, min(total, CHARACTERS_A_TOKEN * limit)

    def take(size: int) -> Content:
        return _take_first(content, size, is_eager) if size < total else content

    while cost(take(high)) <= limit:
        if high == total:
            return None
        low, high = high, min(total, 2 * high)
    high -= 1
    while low < high:
        middle = (low + high + 1) // 2
        if cost(take(middle)) <= limit:
            low = middle
        else:
            high = middle - 1
    return take(low or (min(limit, max(1, total - 1)) if block_type(content[0]).shortened_field else 1))


def _find_sequence(content: Content, sequences: Sequence[str]) -> tuple[str, Content] | None:
    """The sequence that comes first in a text, and the content before it; the longest of several at one place."""
    for start, end, text in _join_texts(content):
        most = max(1, LIMITS.searched_characters // (len(text) + 1))
        found = [(at, -len(each), each) for each in sequences[:most] if each and (at := text.find(each)) >= 0]
        if found:
            at, _, sequence = min(found)
            return sequence, (*content[:start], *_take_first(content[start:end], at, bool))
    return None


def _join_texts(content: Content) -> Iterator[tuple[int, int, str]]:
    """The texts of the answer: where each begins and ends; citations divide one into blocks."""
    start = 0
    for is_text, run in groupby(content, lambda block: block.get("type") == "text"):
        blocks = tuple(run)
        if is_text:
            yield start, start + len(blocks), "".join(_read(block, "text") for block in blocks)
        start += len(blocks)


def _measure(block: Block) -> int:
    """The size of a block: the characters of its text, or one and those of its JSON."""
    row = block_type(block)
    if row.shortened_field:
        return len(_read(block, row.shortened_field))
    tool_input = block.get(row.torn_field) if row.torn_field else None
    if not tool_input or not isinstance(tool_input, Mapping):
        return 1
    return 1 + sum(map(len, write_properties(tool_input))) + len("}")


def _take_first(content: Content, size: int, is_eager: Callable[[Block], bool]) -> Content:
    """The beginning of ``content`` of a size; nothing follows a block that is cut."""
    first: list[Block] = []
    for block in content:
        if size <= 0:
            break
        measured = _measure(block)
        first.append(block if measured <= size else _shorten(block, size, is_eager))
        size -= measured
    return tuple(first)


def _shorten(block: Block, size: int, is_eager: Callable[[Block], bool]) -> Block:
    row = block_type(block)
    if row.torn_field:
        return {**block, row.torn_field: tear(block[row.torn_field], size - 1, eager=is_eager(block))}
    field = str(row.shortened_field)
    # A shorter thought gets a signature of its own.
    kept = {key: value for key, value in block.items() if key != row.proof} if row.is_thought else block
    return {**kept, field: _read(block, field)[:size]}


def _read(block: Block, field: str) -> str:
    """The text of a field; none where a script has written something else there."""
    text = block.get(field)
    return text if isinstance(text, str) else ""
