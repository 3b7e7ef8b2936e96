"""How the API cuts a text or a tool input into deltas. All sizes are counted in recorded streams of 2025 and 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from mockserver.blocks.partial_json import TornInput, write_properties
from mockserver.blocks.units import Units, skip_joined

Sizes = tuple[int, ...]

# Each table holds sixteen equally likely sizes: the quantiles of the characters in one delta.
FIRST: Sizes = (1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 6, 8, 9, 11, 14, 30)
TINY = (1, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 11)
SMALL = (1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 14, 17, 20, 25, 31, 70)
EVEN = (2, 7, 11, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 36, 39, 57)
FAIR = (2, 4, 7, 11, 15, 19, 23, 27, 31, 36, 42, 50, 58, 68, 79, 120)
WIDE = (2, 5, 8, 12, 17, 22, 28, 33, 42, 52, 62, 70, 78, 88, 102, 128)
WIDER = (4, 9, 15, 22, 30, 36, 42, 48, 56, 66, 76, 88, 98, 112, 125, 160)
WIDEST = (12, 30, 42, 50, 56, 61, 65, 69, 74, 79, 85, 91, 97, 103, 110, 150)
THOUGHT = (20, 40, 54, 60, 64, 66, 68, 70, 76, 84, 92, 100, 106, 114, 123, 142)

PIECE_SHORTEST, PIECE_SPREAD = 2, 11

# With these chances cuts fall as recorded: before a space in 60-65 %, inside a word in 4-16 %, else beside a sign.
BEFORE_SPACE, BESIDE_SIGN = 0.48 * 256, 0.90 * 256
_SIGN = re.compile(r"[^\w\s]|\n")
# A space or sign farther away than this is no reason to cut there.
_REACH = 12


class Grain(Struct, frozen=True):
    """How finely a model line streams: sixteen equally likely sizes for deltas of text and of thinking.

    Deltas of tool inputs have the same sizes in all model lines, here so many times (``inputs``). Units in place of
    sizes cut without chance.
    """

    text: Sizes | Units
    thinking: Sizes | Units
    inputs: int | Units = 1

    def enlarge(self, factor: int) -> Grain:
        """The grain of deltas that are so many times larger."""
        inputs = self.inputs.enlarge(factor) if isinstance(self.inputs, Units) else self.inputs * factor
        return Grain(_enlarge(self.text, factor), _enlarge(self.thinking, factor), inputs)


def _enlarge(sizes: Sizes | Units, factor: int) -> Sizes | Units:
    return sizes.enlarge(factor) if isinstance(sizes, Units) else tuple([size * factor for size in sizes])


NEWEST = Grain(WIDEST, THOUGHT)
# The first prefix of the model's name that fits counts.
GRAINS = {
    "claude-2": Grain(TINY, TINY),
    "claude-3-opus": Grain(TINY, TINY),
    "claude-3-7": Grain(EVEN, EVEN),
    "claude-3": Grain(SMALL, FAIR),
    "claude-haiku-4": Grain(SMALL, THOUGHT),
    "claude-opus-4-5": Grain(TINY, TINY),
    "claude-opus-4-6": Grain(WIDE, THOUGHT),
    "claude-opus-4-7": Grain(WIDER, THOUGHT),
    "claude-opus-4-8": Grain(WIDER, THOUGHT),
    "claude-opus-4": Grain(SMALL, SMALL),
    "claude-sonnet-4-5": Grain(FAIR, SMALL),
    "claude-sonnet-4-6": Grain(WIDE, THOUGHT),
    "claude-sonnet-4": Grain(SMALL, FAIR),
}


@lru_cache(maxsize=256)
def grain(model: str) -> Grain:
    """How finely ``model`` streams; an unknown model streams as the newest ones do."""
    for prefix, found in GRAINS.items():
        if model.startswith(prefix):
            return found
    return NEWEST


def cut_text(text: str, sizes: Sizes | Units, dice: Iterator[int]) -> Iterator[str]:
    """Cut a text as a model's tokens would come: a short piece first and no empty ones. An empty text has no pieces."""
    if isinstance(sizes, Units):
        yield from sizes.split(text)
        return
    start, length, is_ascii, likely_sizes = 0, len(text), text.isascii(), FIRST
    while start < length:
        # One number decides both: its low half the size, its whole the place.
        number = next(dice)
        end = start + likely_sizes[number & 15]
        if end >= length:
            end = length
        elif number < BESIDE_SIGN:
            end = _find_edge(text, end, number)
        if not is_ascii:
            end = skip_joined(text, end)
        yield text[start:end]
        start, likely_sizes = end, sizes


def cut_input(tool_input: Mapping[str, Any], dice: Iterator[int], factor: int | Units = 1) -> Iterator[str]:
    """Cut a tool's input: nothing first, then each property in pieces of 2 to 12 characters, the last brace joined.

    The pieces of a very long answer are ``factor`` times larger. An input that was torn has no last brace.
    """
    yield ""
    piece, is_torn = "", isinstance(tool_input, TornInput)
    written = tool_input.written if isinstance(tool_input, TornInput) else write_properties(tool_input)
    if isinstance(factor, Units):
        text = "".join(written)
        yield from factor.split(text if is_torn or not text else text + "}")
        return
    for text in written:
        start = 0
        while start < len(text):
            if piece:
                yield piece
            end = start + (PIECE_SHORTEST + next(dice) % PIECE_SPREAD) * factor
            piece = text[start:end]
            start = end
    if piece:
        yield piece if is_torn else piece + "}"


def _find_edge(text: str, target: int, chance: int) -> int:
    """The place to cut near ``target``: before a space, beside a sign when ``chance`` says so, else right there."""
    if chance >= BEFORE_SPACE and (sign := _SIGN.search(text, target, target + _REACH)):
        return sign.start()
    space = text.find(" ", target, target + _REACH)
    return space if space > 0 else target
