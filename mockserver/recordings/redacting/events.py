"""Finds what is to be taken out of a stream of events, also where it comes in parts: in several deltas, or lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from mockserver.recordings.redacting.chains import Chains
from mockserver.recordings.redacting.edits import Edit, Piece, settle, spread, unescape
from mockserver.recordings.redacting.expressions import Rules
from mockserver.recordings.redacting.finding import find_by_path, find_in_scalar, find_in_text
from mockserver.records.masks.documents import Scalar, find_scalars

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
# The strings that go on from one event to the next, at whatever place of an event: those of the Messages API; of chat
# completions (``content``, ``arguments``, ``refusal``, ``reasoning…``), of responses (``delta``), of Gemini (``text``).
CONTINUED = frozenset(
    {
        *("text", "thinking", "partial_json", "signature", "data"),
        *("content", "arguments", "refusal", "reasoning", "reasoning_content", "delta"),
    }
)
# What they stand in, where that is an object; in others (citations, results) each is whole.
HOLDERS = frozenset({"", "delta", "content_block", "function", "parts", "choices"})
_DATA = re.compile(r"data: ?|data\Z")
# Events with which a block, or all, begins.
_BEGINS_BLOCK, _BEGINS_ALL = "content_block_start", "message_start"


def find_in_events(source: str, rules: Rules) -> list[Edit]:
    """The edits of a stream of events.

    JSON in its data is looked at by its strings; those of deltas and of ``CONTINUED`` are put together from all events
    of a block.
    What is no JSON is put together, too: it may be a text in parts. Comments and other fields are texts.
    """
    found, chains = list[Edit](), Chains()
    for lines in _split_events(source):
        data = [line for line in lines if line.is_data]
        for line in lines:
            if not line.is_data:
                found += _shift(find_in_text(source[line.start : line.end], rules), line.start)
        if data:
            found += _find_in_data(source, data, rules, chains)
    return settle(source, [*found, *chains.find(rules)])


class _Line(NamedTuple):
    """The part of a line that matters: of a line of data what is behind ``data: ``, else all of it."""

    start: int
    end: int
    is_data: bool


def _split_events(source: str) -> Iterator[list[_Line]]:
    """The lines of each event."""
    lines: list[_Line] = []
    for found in _LINE.finditer(source):
        if (prefix := _DATA.match(found[1])) is not None:
            lines.append(_Line(found.start() + prefix.end(), found.end(1), is_data=True))
        elif found[1]:
            lines.append(_Line(*found.span(1), is_data=False))
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _find_in_data(source: str, lines: list[_Line], rules: Rules, chains: Chains) -> Iterator[Edit]:
    """The edits of one event, but for those of strings that go on, which are put into the chains."""
    data, pieces = _join(source, lines)
    if not data.lstrip(" \t").startswith(("{", "[")):
        for line in lines:
            chains.add(("",), source[line.start : line.end], Piece(0, 0, line.start))
        return
    scalars, locate = [*find_scalars(data)], _locator(pieces)
    kind = next(
        (data[each.start + 1 : each.end - 1] for each in scalars if each.name == "type" and not each.parent), ""
    )
    index = tuple(data[each.start : each.end] for each in scalars if each.name == "index" and not each.is_name)
    if kind in (_BEGINS_ALL, _BEGINS_BLOCK):
        chains.begin(index if kind == _BEGINS_BLOCK else None, data)
    found, wanted = list[Edit](), {(edit.start, edit.end): edit for edit in find_by_path(data, rules)}
    for each in scalars:
        if _goes_on(each) and data[each.start] == '"' and not each.is_hidden:
            end = each.end - data.endswith('"', each.start + 1, each.end)
            text, offsets = unescape(data[each.start + 1 : end])
            offsets = offsets or range(len(text) + 1)
            is_wanted = wanted.pop((each.start, each.end), None) is not None
            piece = Piece(0, 0, 0, [locate(each.start + 1 + at) for at in offsets], True)
            chains.add((each.name, *index), text, piece, is_wanted=is_wanted)
        else:
            found += find_in_scalar(data, each, rules)
    yield from spread(settle(data, [*found, *wanted.values()]), pieces)


def _goes_on(scalar: Scalar) -> bool:
    if scalar.is_name:
        return False
    # A delta may have a field that nobody knows yet.
    is_delta = scalar.parent == "delta" and scalar.name != "type"
    return is_delta or (scalar.name in CONTINUED and scalar.parent in HOLDERS)


def _join(source: str, lines: list[_Line]) -> tuple[str, list[Piece]]:
    """The data of an event, whose lines are joined by line ends."""
    parts, pieces, at = list[str](), list[Piece](), 0
    for line in lines:
        part = source[line.start : line.end]
        pieces.append(Piece(at, at + len(part), line.start))
        parts.append(part)
        at += len(part) + 1
    return "\n".join(parts), pieces


def _locator(pieces: list[Piece]) -> Callable[[int], int]:
    """Where in the source a place of the data of an event is."""
    if len(pieces) == 1:
        return pieces[0].source.__add__
    return lambda at: next(piece for piece in reversed(pieces) if piece.start <= at).locate(at)


def _shift(edits: Iterable[Edit], by: int) -> Iterator[Edit]:
    return (Edit(start + by, end + by, new) for start, end, new in edits)
