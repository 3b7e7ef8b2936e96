"""Changes of a text: found in a text that was put together of pieces, and made where these pieces come from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

import orjson

from mockserver.recordings.redacting.marks import MARKS, SECRET

# More than it takes for what is found in texts of any kind to come to rest.
MOST_PASSES = 50


class Edit(NamedTuple):
    """``text`` is to stand in place of what is between ``start`` and ``end``."""

    start: int
    end: int
    text: str


Find = Callable[[str], Sequence[Edit]]


class Piece(NamedTuple):
    """A part of a text that comes from elsewhere.

    Attributes:
        start: where it begins in the text.
        end: where it ends.
        source: where it begins in its source.
        offsets: where each of its characters, and its end, stand in the source from there; None: one by one.
        is_literal: the source is a string of JSON, in which quotes are escaped.
    """

    start: int
    end: int
    source: int
    offsets: Sequence[int] | None = None
    is_literal: bool = False

    def locate(self, at: int) -> int:
        """The place in the source of a place in the text."""
        return self.source + (at - self.start if self.offsets is None else self.offsets[at - self.start])


def settle(text: str, edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order: those that overlap made one, marks neither cut nor replaced, none that changes nothing."""
    ordered = sorted({*edits})
    if not ordered:
        return []
    marks = [found.span() for found in MARKS.finditer(text)]
    settled: list[Edit] = []
    for edit in ordered:
        start, end, new = _spare_marks(edit, marks)
        if start >= end:
            continue
        if settled and start < settled[-1].end:
            last = settled.pop()
            new = last.text if end <= last.end else new if start == last.start else SECRET
            start, end = last.start, max(last.end, end)
        settled.append(Edit(start, end, new))
    return [edit for edit in settled if text[edit.start : edit.end] != edit.text]


def _spare_marks(edit: Edit, marks: Sequence[tuple[int, int]]) -> Edit:
    """The edit with each mark whole that it holds a part of; empty when it is within one."""
    start, end, new = edit
    # There may be very many of them.
    for at in range(bisect_right(marks, start, key=itemgetter(1)), len(marks)):
        begin, stop = marks[at]
        if begin >= edit.end:
            break
        if begin <= start and end <= stop:
            return Edit(start, start, "")
        start, end = min(start, begin), max(end, stop)
    return Edit(start, end, new)


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with the edits made, which are in order and do not overlap."""
    if not edits:
        return text
    parts, done = list[str](), 0
    for start, end, new in edits:
        parts += text[done:start], new
        done = end
    return "".join([*parts, text[done:]])


def apply_all(text: str, find: Find) -> str:
    """The text when there is nothing more to find: taking a secret out may lay another one open."""
    for _ in range(MOST_PASSES):
        if not (edits := find(text)):
            break
        text = apply(text, edits)
    return text


def spread(edits: Iterable[Edit], pieces: Sequence[Piece]) -> Iterator[Edit]:
    """The edits of a text as edits of the source of its pieces.

    One that goes over several pieces has its text shared out among them, so that none is left empty where it is long
    enough.
    """
    starts = [piece.start for piece in pieces]
    for start, end, new in edits:
        at = max(0, bisect_right(starts, start) - 1)
        for piece in pieces[at:]:
            if piece.start >= end:
                break
            first, last = max(start, piece.start), min(end, piece.end)
            if first < last:
                share = new[_share(new, start, end, first) : _share(new, start, end, last)]
                share = share.replace('"', '\\"') if piece.is_literal else share
                yield Edit(piece.locate(first), piece.locate(last), share)


def _share(new: str, start: int, end: int, at: int) -> int:
    return len(new) * (at - start) // (end - start)


def trim(edit: Edit, text: str) -> Edit:
    """The edit of ``text`` without what it leaves as it is at both ends, where what comes is as long as what was."""
    start, end, new = edit
    if len(new) != end - start:
        return edit
    changed = [at for at, (a, b) in enumerate(zip(text[start:end], new, strict=True)) if a != b]
    return Edit(start + changed[0], start + changed[-1] + 1, new[changed[0] : changed[-1] + 1]) if changed else edit


# What a backslash in JSON stands for, with the letters behind it.
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def decode_literal(literal: str) -> str:
    """The text that a string of JSON stands for, without its quotes; the same as ``unescape`` gives, and sooner."""
    if "\\" not in literal:
        return literal
    try:
        return str(orjson.loads(f'"{literal}"'))
    except orjson.JSONDecodeError:
        return unescape(literal)[0]


def unescape(source: str, pattern: re.Pattern[str] = _ESCAPE) -> tuple[str, Sequence[int] | None]:
    """The text that escapes in ``source`` stand for, and where each of its characters, and its end, stand there.

    ``pattern`` finds one escape: its first group is a number in hexadecimal digits, its second a letter.
    """
    parts, offsets, done = list[str](), list[int](), 0
    for found in pattern.finditer(source):
        parts += source[done : found.start()], _read_escape(found)
        offsets += range(done, found.start() + 1)
        done = found.end()
    if not parts:
        return source, None
    parts.append(source[done:])
    offsets += range(done, len(source) + 1)
    return _join_surrogates("".join(parts), offsets)


def _read_escape(found: re.Match[str]) -> str:
    digits, letter = found.groups()
    return chr(int(digits, 16)) if digits else _LETTERS.get(letter, letter)


def _join_surrogates(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """The text with each pair of surrogates as the one character that it stands for."""
    pairs = [found.start() for found in re.finditer("[\ud800-\udbff][\udc00-\udfff]", text)]
    for at in reversed(pairs):
        del offsets[at + 1]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if pairs else text, offsets
