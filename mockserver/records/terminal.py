"""Makes text that others wrote safe for a terminal: it may neither forge a line nor steer the terminal."""

from __future__ import annotations

import re

# Control characters (of which tab and line feed are handled apart), marks and overrides of the writing direction, line
# and paragraph separators, invisible tags, and halves of surrogate pairs, which cannot be printed at all.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_BREAKS = {"\n": "\\n", "\t": "\\t"}


def escape_line(text: str) -> str:
    r"""The text as a part of one line: what is unsafe, line ends and tabs are escaped (``\n``, ``\u001b``)."""
    if text.isprintable():
        return text
    return "".join(_BREAKS.get(letter, letter) for letter in escape_text(text))


def escape_text(text: str) -> str:
    """The text on several lines, made so by us: line ends and tabs stay, what else is unsafe is written as escapes."""
    return text if text.isprintable() else _UNSAFE.sub(lambda found: _escape(found[0]), text)


def _escape(letter: str) -> str:
    r"""The escape of JSON (``\u001b``), of which letters beyond U+FFFF need two."""
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
