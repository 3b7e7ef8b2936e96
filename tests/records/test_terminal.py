"""Text of others can neither forge a line at a terminal nor steer it."""

from __future__ import annotations

import json
import sys
from unicodedata import category

import pytest

from mockserver.records.terminal import escape_line, escape_text

UNSAFE = {
    "\x00": "\\u0000",
    "\x1b[2J": "\\u001b[2J",
    "\r": "\\u000d",
    "\x7f": "\\u007f",
    "\x9b31m": "\\u009b31m",
    "\u202e": "\\u202e",
    "\u2066": "\\u2066",
    "\u2028": "\\u2028",
    "\u200f": "\\u200f",
    "\ufeff": "\\ufeff",
    "\ud800": "\\ud800",
    "\U000e0041": "\\udb40\\udc41",
    "\u200b": "\\u200b",
    "\xad": "\\u00ad",
    "\u180e": "\\u180e",
    "\u200c": "\\u200c",
    "\u200d": "\\u200d",
    "\u200d\u200d": "\\u200d\\u200d",
    "\U0001d173": "\\ud834\\udd73",
}


@pytest.mark.parametrize(("text", "shown"), UNSAFE.items(), ids=map(ascii, UNSAFE))
def test_unsafe_characters_become_escapes(text: str, shown: str) -> None:
    assert escape_line(f"a{text}b") == escape_text(f"a{text}b") == f"a{shown}b"
    assert json.loads(f'"{shown}"') == text


JOINED = ["👩\u200d💻", "👩🏽\u200d❤️\u200d👩", "می\u200cخواهم", "क्\u200dष"]


@pytest.mark.parametrize("text", ["", "plain", "Grüße, 世界", "a\u00a0b", "\\n", *JOINED])
def test_other_text_stays(text: str) -> None:
    assert escape_line(text) == escape_text(text) == text


JOINERS = "\u200c\u200d"


def test_no_format_character_of_unicode_passes_between_plain_letters() -> None:
    """As Python's Unicode knows them; in texts with other letters the joiners may stay."""
    hidden = [letter for number in range(sys.maxunicode + 1) if category(letter := chr(number)) == "Cf"]
    assert len(hidden) > 100
    assert [letter for letter in hidden if letter in escape_line(f"a{letter}b")] == []
    assert [letter for letter in hidden if letter not in JOINERS and letter in escape_line(f"é{letter}é")] == []


def test_line_ends_stay_between_lines_alone() -> None:
    assert escape_text("a\n\tb") == "a\n\tb"
    assert escape_line("a\n\tb") == "a\\n\\tb"
