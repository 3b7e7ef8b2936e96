"""Tokens of a text: each character belongs to a class, classes are counted, a table of rates turns counts into tokens.

Two generations of tokenizers, two tables. Rates are fitted to recorded usage; those of scripts which no recording
holds are estimates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct


# Compared by identity: a hash of all its numbers would cost more than most counts.
class Rates(Struct, eq=False):
    """Tokens for each thing counted, by default none."""

    # A word; six letters of a long one; 24 letters of a run that is no word.
    word: float = 0
    piece: float = 0
    run: float = 0
    # A word with a capital; with a capital and six letters more; a capital inside a word; two capitals side by side.
    capital: float = 0
    name: float = 0
    camel: float = 0
    capitals: float = 0
    # A word of prose in another language than English, besides.
    foreign: float = 0
    # A digit alone; two or three together; a space before them.
    digit: float = 0
    digits: float = 0
    gap: float = 0
    # A mark of punctuation; two of them side by side, which share tokens; a line end; two of them side by side.
    mark: float = 0
    marks: float = 0
    line: float = 0
    lines: float = 0
    # Two spaces side by side, in a text of several lines.
    indent: float = 0
    # A character of Cyrillic or Greek; Arabic or Hebrew; Chinese or Japanese; Korean; Indic, Thai and the like.
    cyrillic: float = 0
    arabic: float = 0
    han: float = 0
    hangul: float = 0
    indic: float = 0
    symbol: float = 0
    emoji: float = 0
    # A message, and the beginning of the answer; the frame around all of them; that around a system prompt.
    message: float = 0
    base: float = 0
    system: float = 0
    # A tool offered; a word, a mark and a character of its schema.
    tool: float = 0
    schema_word: float = 0
    schema_mark: float = 0
    schema_char: float = 0
    # That some of the tools are deferred.
    deferred: float = 0
    # A tool_use sent, each field and each character of its input; each further use of the same message; a result.
    use: float = 0
    use_field: float = 0
    use_char: float = 0
    use_more: float = 0
    result: float = 0
    # A character of a block's JSON that no other rate counts.
    json_char: float = 0
    # A JSON format for the answer; a word, a mark and a character of its schema.
    format: float = 0
    format_word: float = 0
    format_mark: float = 0
    format_char: float = 0
    # A document and a search result, besides their words; that some of them are cited.
    document: float = 0
    search_result: float = 0
    citations: float = 0
    # In an answer: that it has text; that it has tool_use, by the model's own choice or forced; each of these, its
    # properties, its name's characters, and its input as a share of the same text.
    answer_text: float = 0
    answer_tools: float = 0
    answer_forced: float = 0
    call: float = 0
    call_property: float = 0
    call_name: float = 0
    call_input: float = 0


OLD = Rates(
    word=1.06, name=1.42, camel=1.68, capitals=-2.61, run=8, foreign=1.17, digit=1.13, digits=1.61, gap=0.96,
    mark=0.966, marks=-1.09, line=1.07, lines=-1.69, indent=0.565, message=2.92, base=0.55, system=0.284, tool=15.9,
    schema_word=0.428, schema_mark=0.639, schema_char=0.0782, use=17.9, use_field=14.4, use_char=0.236,
    use_more=15.2, result=22, json_char=0.25, format=67.6, format_word=0.814, format_mark=1.03, format_char=0.085,
    document=35.7, search_result=71.7, citations=548,
    cyrillic=0.45, arabic=0.6, han=1.05, hangul=1.1, indic=0.9, symbol=1.5, emoji=2.5,
    answer_text=3, answer_tools=14, answer_forced=-2, call=17, call_property=11, call_name=0.3, call_input=0.9,
)  # fmt: skip
NEW = Rates(
    word=1.08, piece=0.743, capital=1.33, name=0.33, camel=0.82, capitals=-0.799, run=6, foreign=0.988, digit=0.604,
    digits=2.41, gap=0.32, mark=1.06, marks=-0.783, line=0.675, lines=-0.787, indent=0.171, message=1.81, base=1.83,
    system=0.358, tool=20.6, schema_word=0.605, schema_mark=0.497, schema_char=0.199, deferred=98.4, use=15.7,
    use_field=13.8, use_char=0.202, use_more=10, result=15.7, json_char=0.426, format=108, format_word=1.24,
    format_mark=0.739, format_char=0.19, document=43.2, search_result=75, citations=751,
    cyrillic=0.6, arabic=0.75, han=1.15, hangul=1.25, indic=1.0, symbol=1.7, emoji=2.8,
    answer_text=3, answer_tools=5, answer_forced=-6, call=16, call_property=16, call_name=0.5, call_input=0.6,
)  # fmt: skip

# Texts up to these lengths are remembered: tests send the same prompts again and again, and clients the same system
# prompts and descriptions of tools.
SHORT = 2000
LONG = 16_000

# English prose of so many words has at least one of these.
PROSE = 60
PHRASE = 20
PREFIX = 600
_ENGLISH = (b" the ", b" to ", b" and ", b" of ", b" is ", b" are ")

# The class of a character by the first byte of its UTF-8; continuation bytes are deleted, so one byte is a character.
_MEMBERS: tuple[tuple[str, range | bytes], ...] = (
    ("a", range(0xC3, 0xCE)),
    ("c", range(0xCE, 0xD5)),
    ("r", range(0xD5, 0xE0)),
    ("i", range(0xE0, 0xE2)),
    ("s", b"\xc2\xe2\xee"),
    ("j", range(0xE3, 0xEA)),
    ("j", b"\xef"),
    ("k", range(0xEA, 0xEE)),
    ("e", range(0xF0, 0x100)),
    ("a", b"abcdefghijklmnopqrstuvwxyz"),
    ("A", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("d", b"0123456789"),
    ("n", b"\n\r\t"),
    (" ", b" "),
)
_CLASS_OF = {byte: ord(name) for name, members in _MEMBERS for byte in members}
_CLASSES = bytes(_CLASS_OF.get(byte, ord("p")) for byte in range(256))
_LETTERS = bytes(name if name in b"aA" else ord(" ") for name in _CLASSES)
_CONTINUATION = bytes(range(0x80, 0xC0))
# The letters of English.
_WORDS = bytes(byte for byte in range(256) if _CLASSES[byte] in b"aA")
# No word has so many letters.
_RUN = b"a" * 24


def as_json(value: Any) -> bytes:
    """A value as it is counted: its JSON."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # orjson reads deeper nesting than it writes; such a value counts as nothing.
        return b""


def schema_sizes(schema: Any) -> tuple[int, int, int]:
    """The words, marks and characters of a JSON Schema."""
    raw = as_json(schema)
    return _measure_schema(raw) if len(raw) <= LONG else _measure_schema.__wrapped__(raw)


@lru_cache(maxsize=2048)
def _measure_schema(raw: bytes) -> tuple[int, int, int]:
    letters = (b" " + raw.translate(_LETTERS)).lower().replace(b" a", b" b")
    return letters.count(b"b"), raw.translate(_CLASSES).count(b"p"), len(raw)


def text_tokens(text: str, rates: Rates) -> float:
    """The tokens of one text, a fraction; linear in its length."""
    if len(text) <= SHORT:
        return _measure_short(text, rates)
    return _measure_long(text, rates) if len(text) <= LONG else _measure(text, rates)


def _measure(text: str, rates: Rates) -> float:
    raw = text.encode("utf-8", "surrogatepass")
    is_ascii = len(raw) == len(text)
    if not is_ascii:
        raw = raw.translate(None, _CONTINUATION)
    classes, letters = raw.translate(_CLASSES), b" " + raw.translate(_LETTERS)
    capitals, names = letters.count(b"A"), letters.count(b" A")
    words = names + letters.count(b" a")
    total = (
        rates.word * words
        + rates.run * letters.count(_RUN)
        + rates.mark * classes.count(b"p")
        + rates.marks * classes.count(b"pp")
    )
    if rates.piece:
        total += rates.piece * letters.count(b"aaaaaa")
    if b"n" in classes:
        total += rates.line * classes.count(b"n") + rates.lines * classes.count(b"nn")
        total += rates.indent * classes.count(b"  ")
    if names:
        total += rates.capital * names + rates.name * letters.count(b"Aaaaaaa")
    if capitals > names:
        total += rates.camel * (capitals - names) + rates.capitals * letters.count(b"AA")
    if b"d" in classes:
        total += _count_digits(raw, rates)
    if words >= PROSE and _is_foreign(raw, words):
        total += rates.foreign * words
    return total if is_ascii else total + _count_scripts(classes, rates)


_measure_short = lru_cache(maxsize=4096)(_measure)
_measure_long = lru_cache(maxsize=128)(_measure)


def _is_foreign(raw: bytes, words: int) -> bool:
    """Whether a text of so many words is prose that lacks the commonest words of English."""
    # Most texts leave here.
    if b" the " in raw[:PREFIX] or not raw.count(b'"') * 10 < words < 1.25 * raw.count(b" "):
        return False
    # A phrase that is repeated to fill up a text is none.
    if raw.find(raw[:PHRASE], 1, 8 * PHRASE) > 0:
        return False
    return sum(raw.count(word) for word in _ENGLISH) * PROSE < words


def _count_digits(raw: bytes, rates: Rates) -> float:
    digits = raw.translate(_CLASSES, _WORDS)
    groups = digits.replace(b"ddd", b"g").replace(b"dd", b"g")
    return rates.digits * groups.count(b"g") + rates.digit * groups.count(b"d") + rates.gap * digits.count(b" d")


def _count_scripts(classes: bytes, rates: Rates) -> float:
    return (
        rates.cyrillic * classes.count(b"c")
        + rates.arabic * classes.count(b"r")
        + rates.han * classes.count(b"j")
        + rates.hangul * classes.count(b"k")
        + rates.indic * classes.count(b"i")
        + rates.symbol * classes.count(b"s")
        + rates.emoji * classes.count(b"e")
    )
