"""Text of others can neither forge a line at a terminal nor steer it."""

from __future__ import annotations

import json

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
}


@pytest.mark.parametrize(("text", "shown"), UNSAFE.items(), ids=map(ascii, UNSAFE))
def test_unsafe_characters_become_escapes(text: str, shown: str) -> None:
    assert escape_line(f"a{text}b") == escape_text(f"a{text}b") == f"a{shown}b"
    assert json.loads(f'"{shown}"') == text


@pytest.mark.parametrize("text", ["", "plain", "Grüße, 世界", "👩\u200d💻", "a\u00a0b", "\\n"])
def test_other_text_stays(text: str) -> None:
    assert escape_line(text) == escape_text(text) == text


def test_line_ends_stay_between_lines_alone() -> None:
    assert escape_text("a\n\tb") == "a\n\tb"
    assert escape_line("a\n\tb") == "a\\n\\tb"
