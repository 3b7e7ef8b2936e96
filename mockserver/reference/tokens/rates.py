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
    """Tokens for each thing counted."""

    # A word; each further six letters of a long one.
    word: float
    piece: float
    digit: float
    # A space before a digit.
    gap: float
    # A mark of punctuation; a run of line ends.
    mark: float
    line: float
    # A character of Cyrillic or Greek; Arabic or Hebrew; Chinese or Japanese; Korean; Indic, Thai and the like.
    cyrillic: float
    arabic: float
    han: float
    hangul: float
    indic: float
    symbol: float
    emoji: float
    # A message; the frame around all of them.
    message: float
    base: float
    # A tool offered, and a character of its name, description and schema.
    tool: float
    tool_char: float
    # A tool_use sent and a character of its input; a tool_result and a character of it.
    use: float
    use_char: float
    result: float
    result_char: float
    # In an answer: that it has text; that it has tool_use, by the model's own choice or forced; each of these, its
    # properties, its name's characters, and its input as a share of the same text.
    answer_text: float
    answer_tools: float
    answer_forced: float
    call: float
    call_property: float
    call_name: float
    call_input: float


OLD = Rates(
    word=0.97, piece=0.5, digit=1.0, gap=1.2, mark=0.75, line=1.4,
    cyrillic=0.45, arabic=0.6, han=1.05, hangul=1.1, indic=0.9, symbol=1.5, emoji=2.5,
    message=3.2, base=3.7, tool=14, tool_char=0.285, use=30, use_char=0.4, result=24, result_char=0.29,
    answer_text=3, answer_tools=14, answer_forced=-2, call=17, call_property=11, call_name=0.3, call_input=0.9,
)  # fmt: skip
NEW = Rates(
    word=0.95, piece=2.5, digit=0.8, gap=1.0, mark=1.17, line=1.0,
    cyrillic=0.6, arabic=0.75, han=1.15, hangul=1.25, indic=1.0, symbol=1.7, emoji=2.8,
    message=1.5, base=6.0, tool=12, tool_char=0.46, use=30, use_char=0.5, result=24, result_char=0.38,
    answer_text=3, answer_tools=5, answer_forced=-6, call=16, call_property=16, call_name=0.5, call_input=0.6,
)  # fmt: skip

# Texts up to this length are remembered: tests send the same prompts again and again.
SHORT = 2000

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
    ("a", b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("d", b"0123456789"),
    ("n", b"\n\r\t"),
    (" ", b" "),
)
_CLASS_OF = {byte: ord(name) for name, members in _MEMBERS for byte in members}
_CLASSES = bytes(_CLASS_OF.get(byte, ord("p")) for byte in range(256))
_LETTERS = bytes(ord("a") if name == ord("a") else ord(" ") for name in _CLASSES)
_CONTINUATION = bytes(range(0x80, 0xC0))


def as_json(value: Any) -> bytes:
    """A value as it is counted: its JSON."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # orjson reads deeper nesting than it writes; such a value counts as nothing.
        return b""


def text_tokens(text: str, rates: Rates) -> float:
    """The tokens of one text, a fraction; linear in its length."""
    return _measure_cached(text, rates) if len(text) <= SHORT else _measure(text, rates)


def _measure(text: str, rates: Rates) -> float:
    raw = text.encode("utf-8", "surrogatepass")
    total = 0.0
    if len(raw) != len(text):
        raw = raw.translate(None, _CONTINUATION)
        total = _count_scripts(raw.translate(_CLASSES), rates)
    # The first letter of each word becomes "b", so that runs of "a" are the rest of words.
    letters = (b" " + raw.translate(_LETTERS)).replace(b" a", b" b")
    classes = raw.translate(_CLASSES)
    return (
        total
        + rates.word * letters.count(b"b")
        + rates.piece * letters.count(b"aaaaaa")
        + rates.digit * classes.count(b"d")
        + rates.gap * classes.count(b" d")
        + rates.mark * classes.count(b"p")
        + rates.line * (classes.count(b"n") - classes.count(b"nn"))
    )


_measure_cached = lru_cache(maxsize=4096)(_measure)


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
