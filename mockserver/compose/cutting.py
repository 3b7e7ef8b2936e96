"""Cuts an answer where its request ends it: after ``max_tokens``, or before a stop sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.blocks.partial_json import tear, write_properties
from mockserver.compose.hops import is_hop
from mockserver.records.budget import LIMITS
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import as_json, is_forced

FINE_GRAINED = "fine-grained-tool-streaming-2025-05-14"
# An answer is looked at this many characters for each token of the limit, and on from there only when that is too few.
CHARACTERS_A_TOKEN = 8
# No answer counts as more: so most need not be counted to know that they fit.
MOST_TOKENS_A_BYTE, MOST_TOKENS = 2, 100
Content = tuple[Block, ...]


class Piece(Struct, frozen=True):
    """A block and its size: the characters of its text; else one, and those of its JSON, ``written`` by property."""

    block: Block
    size: int
    written: tuple[str, ...] = ()


def obey(answer: Answer, prompt: Prompt, model: Model) -> Answer:
    """The answer, ended where the ``max_tokens`` and ``stop_sequences`` of its request end it; it says that it obeys.

    An answer that says how it ends, or is not to obey, stays as it is.
    """
    if not answer.is_endable:
        return answer
    body, answer = prompt.body, replace(answer, enforce_limits=True)
    return cut(answer, body.get("max_tokens"), body.get("stop_sequences") or (), prompt, model)


def cut(answer: Answer, limit: Any, sequences: Sequence[str], prompt: Prompt, model: Model) -> Answer:
    """The answer, cut at ``limit`` tokens or before the first of ``sequences`` in its text, whichever comes first.

    A limit that is no number above 0 does not cut. At the limit a text or thought is shortened and the input of a tool
    torn; a redacted thought is kept whole or left out; what the model does not write costs nothing, nor does what came
    before another model took over. Nothing follows the place of a cut. At least a few characters are left, or the first
    block when that has none.
    """
    last = 1 + max((place for place, block in enumerate(answer.content) if _is_apart(place, block)), default=-1)
    before, content = answer.content[:last], answer.content[last:]
    is_limited = type(limit) is int and 0 < limit < MOST_TOKENS_A_BYTE * len(as_json(content)) + MOST_TOKENS
    beginning = _cut_at_limit(content, limit, prompt, model) if is_limited else None
    found = _find_sequence(content if beginning is None else beginning, sequences) if sequences else None
    if found:
        sequence, content = found
        return _end(answer, before + content, "stop_sequence", sequence)
    return answer if beginning is None else _end(answer, before + beginning, "max_tokens")


def _end(answer: Answer, content: Content, reason: str, sequence: str | None = None) -> Answer:
    return replace(answer, content=content, stop_reason=reason, stop_sequence=sequence, stop_details=None)


def _is_apart(place: int, block: Block) -> bool:
    """Whether the answer proper begins behind the block: another model takes over there, or it is a summary before."""
    return is_hop(block) or (not place and block_type(block).is_sampled_apart)


def _find_eager(prompt: Prompt) -> Callable[[Block], bool]:
    """Tells whether the input of a use is streamed as it is written, as its tool or the older beta asks."""
    by_beta = FINE_GRAINED in prompt.betas

    def is_eager(block: Block) -> bool:
        tools = (tool for tool in prompt.body.get("tools") or () if tool.get("name") == block.get("name"))
        asked = next((tool.get("eager_input_streaming") for tool in tools), None)
        return by_beta if asked is None else bool(asked)

    return is_eager


def _cut_at_limit(content: Content, limit: int, prompt: Prompt, model: Model) -> Content | None:
    """The longest beginning of at most ``limit`` tokens, or that many characters where even one counts as more.

    None when the whole content has no more tokens.
    """
    pieces = [*map(_weigh, content)]
    total, forced, is_eager = sum(piece.size for piece in pieces), is_forced(prompt.body), _find_eager(prompt)
    low, high = 0, min(total, CHARACTERS_A_TOKEN * limit)

    def fits(size: int) -> bool:
        first = _take_first(pieces, size, is_eager)
        counted = [block for block in first if not block_type(block).is_sampled_apart]
        return count_output(counted, model, forced=forced)[0] <= limit

    while fits(high):
        if high == total:
            return None
        low, high = high, min(total, 2 * high)
    high -= 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    least = min(limit, max(1, total - 1)) if block_type(content[0]).shortened_field else 1
    return _take_first(pieces, low or least, is_eager)


def _find_sequence(content: Content, sequences: Sequence[str]) -> tuple[str, Content] | None:
    """The sequence that comes first in a text, and the content before it; the longest of several at one place."""
    for start, end, text in _join_texts(content):
        most = max(1, LIMITS.searched_characters // (len(text) + 1))
        found = [(at, -len(each), each) for each in sequences[:most] if each and (at := text.find(each)) >= 0]
        if found:
            at, _, sequence = min(found)
            return sequence, (*content[:start], *_take_first(map(_weigh, content[start:end]), at))
    return None


def _join_texts(content: Content) -> Iterator[tuple[int, int, str]]:
    """The texts of the answer: where each begins and ends; citations divide one into blocks."""
    start = 0
    for is_text, run in groupby(content, lambda block: block.get("type") == "text"):
        blocks = tuple(run)
        if is_text:
            yield start, start + len(blocks), "".join(_read(block, "text") for block in blocks)
        start += len(blocks)


def _weigh(block: Block) -> Piece:
    row = block_type(block)
    if row.shortened_field:
        return Piece(block, len(_read(block, row.shortened_field)))
    tool_input = block.get(row.torn_field) if row.torn_field else None
    if not tool_input or not isinstance(tool_input, Mapping):
        return Piece(block, 1)
    written = tuple(write_properties(tool_input))
    return Piece(block, 1 + sum(map(len, written)) + len("}"), written)


def _take_first(pieces: Iterable[Piece], size: int, is_eager: Callable[[Block], bool] = bool) -> Content:
    """The beginning of an answer of a size; nothing follows a block that is cut."""
    first: list[Block] = []
    for piece in pieces:
        if size <= 0:
            break
        first.append(piece.block if piece.size <= size else _shorten(piece, size, is_eager))
        size -= piece.size
    return tuple(first)


def _shorten(piece: Piece, size: int, is_eager: Callable[[Block], bool]) -> Block:
    block, row = piece.block, block_type(piece.block)
    if row.torn_field:
        return {**block, row.torn_field: tear(piece.written, size - 1, eager=is_eager(block))}
    field = str(row.shortened_field)
    # A shorter thought gets a signature of its own.
    kept = {key: value for key, value in block.items() if key != row.proof} if row.is_thought else block
    return {**kept, field: _read(block, field)[:size]}


def _read(block: Block, field: str) -> str:
    """The text of a field; none where a script has written something else there."""
    text = block.get(field)
    return text if isinstance(text, str) else ""
