"""What a scenario file that was recorded says of itself: its exchanges, and how requests are held against them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from msgspec import Struct

from mockserver.records.exchanges import RecordedExchange

# How the answers of a cassette are given: as its words say, at once; with the times in which they came; byte for byte.
CONTENT, PACED, EXACT = REPLAYS = ("content", "paced", "exact")
# What a request may differ in and still be the recorded one, unless ``match: {ignore: [...]}`` says otherwise.
IGNORED = ("betas", "billing_header", "cache_control", "dates", "ids", "metadata", "signatures")
# What may be ignored besides.
IGNORABLE = (*IGNORED, "max_tokens", "sampling", "stream", "system", "tool_descriptions", "tool_order")

# Runs of numbers that are told.
_MOST = 10


class Match(Struct, frozen=True):
    """How requests are held against recorded ones.

    ``ignore`` names parts that may differ, of ``IGNORABLE``. ``volatile`` are regular expressions: what they find in
    texts may differ. ``redact`` are those of the recording, expressions or JSONPaths (``$…``): what they find was
    taken out of the recorded request, and is taken out of each one that comes.
    """

    ignore: tuple[str, ...] = IGNORED
    volatile: tuple[str, ...] = ()
    redact: tuple[str, ...] = ()


class Cassette(Struct, frozen=True, eq=False):
    """The exchanges behind a scenario file, by id, and what the file says of them.

    ``file`` is the path of the scenario file, ``exchanges_file`` that of its side file. ``recorded`` is the time of its
    newest exchange as the file has it, ``upstream`` the address that it was recorded from; both may be "".
    """

    file: str
    exchanges_file: str
    exchanges: Mapping[int, RecordedExchange]
    match: Match = Match()
    replay: str = CONTENT
    recorded: str = ""
    upstream: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The side file, and those of large answers."""
        contents = [each.response.content for each in self.exchanges.values()]
        return (self.exchanges_file, *(str(content) for content in contents if content is not None))

    def word_missing(self, number: int) -> str:
        """The mistake of naming an exchange that is not in the side file."""
        # Of numbers without a gap the first and the last are told.
        numbered = groupby(enumerate(sorted(self.exchanges)), lambda pair: pair[1] - pair[0])
        runs = [[known for _, known in run] for _, run in numbered]
        told = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs[:_MOST])
        more = ", …" if len(runs) > _MOST else ""
        held = f"its exchanges are {told}{more}" if runs else "it is empty"
        return f"there is no exchange {number} in {Path(self.exchanges_file).name}: {held}"
