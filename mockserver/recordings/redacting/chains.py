"""The strings of a stream that go on from event to event, put together, and the message that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from msgspec import Struct, field

from mockserver.recordings.redacting.edits import Edit, Piece, settle, spread, trim
from mockserver.recordings.redacting.expressions import Location, Rules
from mockserver.recordings.redacting.finding import find_in_text
from mockserver.recordings.redacting.locating import locate
from mockserver.recordings.redacting.marks import REDACTED

Key = tuple[str, ...]
# The fields of a block that come in deltas of these names.
_FIELDS = {"text": "text", "thinking": "thinking", "signature": "signature", "partial_json": "input"}
# Blocks of a message whose number is believed.
_MOST_BLOCKS = 10_000


class Chain(Struct):
    """A string, in parts. ``is_wanted``: a JSONPath leads to a part of it, so that all of it is to be replaced."""

    name: str
    index: Key
    texts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    is_wanted: bool = False

    @property
    def text(self) -> str:
        """The whole string."""
        return "".join(self.texts)

    def replace(self) -> Edit:
        """The edit that replaces it all. The input of a tool stays JSON."""
        return Edit(0, self.pieces[-1].end, f'"{REDACTED}"' if self.name == "partial_json" else REDACTED)


class Chains:
    """The strings of a stream that go on from event to event."""

    def __init__(self) -> None:
        self._open: dict[Key, Chain] = {}
        self._closed: list[Chain] = []
        self._starts: dict[Key, str] = {}

    def add(self, key: Key, text: str, piece: Piece, *, is_wanted: bool = False) -> None:
        """Continue a string with a part of it; ``piece`` says where in the stream that stands."""
        chain = self._open.get(key)
        if chain is None:
            chain = self._open[key] = Chain(key[0], key[1:])
        begin = chain.pieces[-1].end if chain.pieces else 0
        chain.texts.append(text)
        chain.pieces.append(piece._replace(start=begin, end=begin + len(text)))
        chain.is_wanted = chain.is_wanted or is_wanted

    def begin(self, index: Key | None, data: str) -> None:
        """Begin a block, or with None a message: what goes on under that index is another string now."""
        for key in [key for key in self._open if index is None or key[1:] == index]:
            self._closed.append(self._open.pop(key))
        if index is not None:
            self._starts[index] = data

    def find(self, rules: Rules) -> Iterator[Edit]:
        """The edits of all of them, in the stream."""
        self.begin(None, "")
        located = self._find_by_path(rules) if rules.paths else {}
        for number, chain in enumerate(self._closed):
            text = chain.text
            edits = [chain.replace()] if chain.is_wanted else [*find_in_text(text, rules), *located.get(number, ())]
            yield from spread([trim(edit, text) for edit in settle(text, edits)], chain.pieces)

    def _find_by_path(self, rules: Rules) -> dict[int, list[Edit]]:
        """The edits of each string, by its number, where JSONPaths lead into the message that the stream makes."""
        numbers: dict[tuple[int, str], int] = {}
        blocks: dict[int, dict[str, Any]] = {}
        for number, chain in enumerate(self._closed):
            if chain.name in _FIELDS and len(chain.index) == 1 and chain.index[0].isdecimal():
                place, name = int(chain.index[0]), _FIELDS[chain.name]
                block = blocks.setdefault(place, _read_block(self._starts.get(chain.index, "")))
                block[name] = _read_json(chain.text) if name == "input" else chain.text
                numbers[place, name] = number
        if not blocks or max(blocks) > _MOST_BLOCKS:
            return {}
        message = {"content": [blocks.get(place, {}) for place in range(max(blocks) + 1)]}
        wanted = {location for find in rules.paths for location in find(message)}
        return {number: [*self._locate(wanted, key, self._closed[number])] for key, number in numbers.items()}

    def _locate(self, wanted: set[Location], key: tuple[int, str], chain: Chain) -> Iterator[Edit]:
        whole: Location = ("content", *key)
        below = {place[3:] for place in wanted if place[:3] == whole and len(place) > 3}
        if any(whole[: len(place)] == place for place in wanted):
            yield chain.replace()
        elif below and chain.name == "partial_json":
            yield from (Edit(start, end, f'"{REDACTED}"') for start, end in locate(chain.text, below))


def _read_block(data: str) -> dict[str, Any]:
    event = _read_json(data)
    block = event.get("content_block") if isinstance(event, dict) else None
    return block if isinstance(block, dict) else {}


def _read_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
