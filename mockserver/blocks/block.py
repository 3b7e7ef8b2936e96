"""The record that describes a content block type, and the counters its functions fill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from typing import Any

from msgspec import Struct

from mockserver.blocks.chunking import Grain
from mockserver.blocks.completion import Completion
from mockserver.blocks.delta import Delta, DeltaType
from mockserver.blocks.shapes import Json
from mockserver.blocks.shorthand import Shorthand
from mockserver.records.reply import Block
from mockserver.records.specs import Record
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import Rates, as_json, text_tokens

Unfolded = tuple[Block, list[Delta]]


class InputCounter(Struct, frozen=True, eq=False):
    """Counts the tokens of blocks in a request; ``types`` is the table of block types."""

    rates: Rates
    model: Model
    types: Mapping[str, BlockType]

    def count(self, content: str | Iterable[Block]) -> float:
        """The tokens of a text or of blocks."""
        if isinstance(content, str):
            return text_tokens(content, self.rates)
        total = 0.0
        for block in content:
            row = self.types.get(block.get("type", ""))
            total += row.count_input(block, self) if row else count_json(block, self)
        return total


class OutputCounter(Struct, eq=False):
    """Sums up the tokens of an answer while its blocks are counted.

    ``forced``: the request forced tools, which spares the model the words that lead to a call. ``text`` and ``tools``
    are the tokens that an answer costs once for having texts or tool uses at all.
    """

    rates: Rates
    forced: bool
    written: float = 0.0
    thought: float = 0.0
    redacted: float = 0.0
    text: float = 0.0
    tools: float = 0.0

    def total(self) -> tuple[int, int]:
        """The tokens of the answer, at least 1, and how many of them were thought."""
        thought = ceil(self.thought + self.redacted)
        return max(1, ceil(self.written + self.text + self.tools)) + thought, thought


def leave(block: Block, _: Completion) -> Block:
    """Complete nothing: a script writes such blocks in full."""
    return block


def unfold_whole(block: Block, _dice: Iterator[int], _grain: Grain) -> Unfolded:
    """Send the block complete in its start, without deltas."""
    return block, []


def count_json(block: Block, counter: InputCounter) -> float:
    """Count a block by the length of its JSON."""
    return counter.rates.json_char * len(as_json(block))


def count_nothing(_block: Block, _counter: OutputCounter) -> None:
    """Count no output tokens: the model did not write the block."""


def start_briefly(chance: int, size: int) -> int:
    """1 output token in 57 % of all streams, 2 to 8 in 27 %, 9 to 88 in 16 % (source: recorded, n=2,247)."""
    if chance < 0.57 * 256:
        return 1
    return 2 + size % 7 if chance < 0.84 * 256 else 9 + size % 80


class Nesting(Struct, frozen=True, eq=False):
    """Where a block holds other blocks: the keys that lead to them, and the path there as the API writes it."""

    keys: tuple[str, ...]
    path: str

    def find(self, block: Block) -> Sequence[Block]:
        """The blocks inside ``block``; none where it has a text in their place."""
        value: Any = block
        for key in self.keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, list) else ()


class BlockType(Struct, frozen=True, kw_only=True, eq=False):
    """Everything the server knows of one type of content block. Each field but ``type`` has a default.

    In scenario files:

        form             the fields that the server relies on in a block written as the API has it
        shorthands       the keys with which it is written by hand
        complete         fills in what scripts may leave out: ids, signatures, callers

    On the wire:

        unfold           the shell that starts it in a stream, and its deltas; draws the sizes of pieces from the dice
        estimate         adds estimates of hidden tokens to its deltas, for callers who ask for them
        deltas           the types of delta that only blocks like this one bring, and how they are folded back
        tokens_at_start  the output tokens at the start of a stream that begins with it, from two drawn numbers (0-255)
        stop_reason      why the answer ends when it ends with this block; None: the block does not imply it
        shortened_field  the field whose text is shortened where max_tokens cuts an answer; None: no such field
        torn_field       the field whose JSON is torn there; a block with neither field is kept whole or left out
        is_sampled_apart whether the model writes it in a sampling of its own, which max_tokens does not end

    Counting:

        count_input      its tokens in a request
        count_output     its tokens in an answer, added to a counter

    In requests:

        shape            the fields that are read even with validation off, each with its JSON Schema
        role             the only role whose messages may hold it; None: any
        answers          the type of block it holds the result of
        nesting          where it holds other blocks; None: nowhere that rules look
        tools            the server tools it holds the result of, where it is not named after its tool
        is_thought       whether it is a thought of the model
        proof            the field of a thought that proves it genuine
        is_citable       whether it may ask for citations
        integers         the fields, at any depth, that hold integers; those of blocks inside it are their own
    """

    type: str
    form: Record | None = None
    shorthands: Mapping[str, Shorthand] = {}
    complete: Callable[[Block, Completion], Block] = leave
    unfold: Callable[[Block, Iterator[int], Grain], Unfolded] = unfold_whole
    estimate: Callable[[list[Delta], int], list[Delta]] | None = None
    deltas: tuple[DeltaType, ...] = ()
    tokens_at_start: Callable[[int, int], int] = start_briefly
    stop_reason: str | None = None
    shortened_field: str | None = None
    torn_field: str | None = None
    is_sampled_apart: bool = False
    count_input: Callable[[Block, InputCounter], float] = count_json
    count_output: Callable[[Block, OutputCounter], None] = count_nothing
    shape: Mapping[str, Json] = {}
    role: str | None = None
    answers: str | None = None
    nesting: Nesting | None = None
    tools: tuple[str, ...] = ()
    is_thought: bool = False
    proof: str = "signature"
    is_citable: bool = False
    integers: tuple[str, ...] = ()
