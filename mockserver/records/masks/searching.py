"""Searches texts for the patterns of secrets, long ones in pieces, so that no single search holds up other threads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from itertools import chain
from urllib.parse import unquote_plus

from mockserver.records.masks.names import is_secret, is_secret_field, is_secret_label
from mockserver.records.masks.patterns import PATTERNS, Pattern
from mockserver.records.masks.rules import LABEL_NAMES, NAME_WORDS

# Characters that are searched at once. A hint may begin in one piece and end in the next.
PIECE = 1 << 15
_OVERLAP = 200
# Characters behind a piece that a pattern may look at too; a longer find is searched for again in all of the text.
_REACH = 5000
# Of a longer string no more than its end can be a name.
_LONGEST_STRING = 190
# Words, in lower case, of which one is in every secret name of a field or header.
_NAME_HINTS = (*NAME_WORDS, "sig", "code", "session", "sid", "sas", "csrf", "xsrf")

_NAMES: Mapping[str, Callable[[str], bool]] = {
    "field": is_secret_field,
    "parameter": is_secret,
    "label": is_secret_label,
}

Show = Callable[[re.Match[str]], str]


def mask_patterns(text: str, show: Callable[[Pattern, re.Match[str]], str]) -> str:
    """The text with what fits a pattern replaced by what ``show`` gives for it."""
    hints = frozenset(chain.from_iterable(_find_hints(piece) for _, piece in _cut(text)))
    for pattern, found in _choose(hints) if hints else ():
        if not pattern.signs or any(map(text.__contains__, pattern.signs)):
            text = _replace(pattern, text, found, partial(show, pattern))
    return text


def has_secret_name(source: str) -> bool:
    """Whether a string in the text, which may be JSON, is a secret name, or may be one because of its escapes."""
    if "\\u" in source:
        return True
    for start, piece in _cut(source):
        if '"' in piece and any(_has_name(source, start, piece, word) for word in _NAME_HINTS if word in piece):
            return True
    return False


def _has_name(source: str, start: int, piece: str, word: str) -> bool:
    """Whether a string in this piece that holds the word is a secret name."""
    begin = max(0, start - _OVERLAP)
    if len(piece) != min(len(source), start + PIECE + _OVERLAP) - begin:
        return True  # letters that have two in lower case: places are not the same
    at = piece.find(word)
    while at >= 0:
        end = source.find('"', begin + at, begin + at + _LONGEST_STRING)
        if end < 0:
            at = piece.find(word, at + 1)
            continue
        name = source[max(source.rfind('"', max(0, end - _LONGEST_STRING), end), end - _LONGEST_STRING) + 1 : end]
        if is_secret(name) or is_secret_field(name):
            return True
        at = piece.find(word, max(end - begin, at + 1))
    return False


def has_label(source: str) -> bool:
    """Whether an object in JSON may say in a field what its value is called."""
    return "\\u" in source or any(f'{label}"' in piece for _, piece in _cut(source) for label in LABEL_NAMES)


def _cut(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of a text in lower case, each with a little of its neighbours, and where they begin."""
    if len(text) <= PIECE:
        yield 0, text.lower()
        return
    for start in range(0, len(text), PIECE):
        yield start, text[max(0, start - _OVERLAP) : start + PIECE + _OVERLAP].lower()


def _replace(pattern: Pattern, text: str, hints: tuple[str, ...], show: Show) -> str:
    if len(text) <= PIECE and "(?P<name>" not in pattern.head + pattern.source:
        return _compile(pattern.source).sub(show, text)
    shown, done = list[str](), 0
    for start, end in _find_windows(pattern, text, hints):
        at = max(start, done)
        while found := _find_secret(pattern, text, at, end):
            shown += text[done : found.start()], show(found)
            done = found.end()
            at = max(done, at + 1)
    return "".join([*shown, text[done:]])


def _find_windows(pattern: Pattern, text: str, hints: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Between which places a secret of this form may begin."""
    for start, piece in _cut(text):
        begin, end = max(0, start - _OVERLAP), min(len(text), start + PIECE)
        if pattern.signs and not any(map(piece.__contains__, pattern.signs)):
            continue
        # In lower case some letters have two: places are not the same then.
        if pattern.begins and len(piece) == min(len(text), start + PIECE + _OVERLAP) - begin:
            places = sorted({begin + at for hint in hints for at in _find_all(piece, hint)})
            yield from ((at, at + 1) for at in places if start <= at < end)
        elif any(hint in piece for hint in hints):
            yield start, end


def _find_all(piece: str, hint: str) -> Iterator[int]:
    at = piece.find(hint)
    while at >= 0:
        yield at
        at = piece.find(hint, at + 1)


def _find_secret(pattern: Pattern, text: str, start: int, end: int) -> re.Match[str] | None:
    """The first secret of this form that begins between these places.

    Behind a harmless name the search goes on: its value may hold a secret, ``config: api_key=…``.
    """
    first = _compile(pattern.head or pattern.source)
    while start < end and (found := _search(first, text, start, end)):
        if "name" in found.re.groupindex and not _has_secret_name(pattern, found):
            start = found.end("name") if pattern.head else found.start("secret")
            continue
        whole = _compile(pattern.head + pattern.source).match(text, found.start()) if pattern.head else found
        if whole:
            return whole
        start = found.end("name")
    return None


def _has_secret_name(pattern: Pattern, found: re.Match[str]) -> bool:
    is_secret_name, name = _NAMES[pattern.names], found["name"]
    # In a text that is quoted, the letter of a line end stands before the name: ``\npassword: …``.
    is_behind_escape = name[0] in "nrt" and found.string.startswith("\\", found.start("name") - 1)
    return is_secret_name(unquote_plus(name)) or (is_behind_escape and is_secret_name(name[1:]))


def _search(source: re.Pattern[str], text: str, start: int, end: int) -> re.Match[str] | None:
    """The first match that begins between these places."""
    if end - start == 1:
        return source.match(text, start)
    last = min(len(text), end + _REACH)
    while found := source.search(text, start, last):
        if found.start() >= end:
            return None
        if last == len(text) or found.end() < last - _OVERLAP:
            return found
        if whole := source.match(text, found.start()):
            return whole
        start = found.start() + 1
    return None


# Texts of one kind have the same hints.
@lru_cache(maxsize=1024)
def _choose(hints: frozenset[str]) -> tuple[tuple[Pattern, tuple[str, ...]], ...]:
    """The patterns that have one of these hints, with those they have."""
    found = ((pattern, tuple(hint for hint in pattern.hints if hint in hints)) for pattern in PATTERNS)
    return tuple((pattern, among) for pattern, among in found if among)


def _find_hints(piece: str) -> list[str]:
    return [hint for sign, hints in _hints() if sign in piece for hint in hints if hint in piece]


@cache
def _hints() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The hints of all patterns by a sign that is in them, "" in those of letters alone: the sign is found sooner."""
    hints = sorted({hint for pattern in PATTERNS for hint in pattern.hints})
    signs = {hint: next((sign for sign in "'\"<_-:=/." if sign in hint), "") for hint in hints}
    return tuple((sign, tuple(hint for hint in hints if signs[hint] == sign)) for sign in sorted(set(signs.values())))


@cache
def _compile(source: str) -> re.Pattern[str]:
    return re.compile(source, re.DOTALL)
