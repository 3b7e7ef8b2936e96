"""Makes text that others wrote safe for a terminal: it may neither forge a line nor steer the terminal."""

from __future__ import annotations

import re

# Control characters (of which tab and line feed are handled apart), line and paragraph separators, halves of surrogate
# pairs, which cannot be printed at all, and what Unicode calls format characters (Cf): marks and overrides of the
# writing direction, and what nobody sees, such as spaces without width, soft hyphens and tags. Two of these make
# letters what they are: the joiner and the non-joiner, which stay between letters that are not of ASCII.
_JOINERS = "\u200c\u200d"
_FORMAT = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f"
)
_OTHERS = "\xa1-\xac\xae-\u1fff\u2010-\u2027\u2030-\u205f\u2070-\ud7ff\ue000-\ufefe\uff00-\uffef\U00010000-\U000dffff"
_UNSAFE = re.compile(
    f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{_FORMAT}]"
    f"|(?<![{_OTHERS}])[{_JOINERS}]|[{_JOINERS}](?![{_OTHERS}])"
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
