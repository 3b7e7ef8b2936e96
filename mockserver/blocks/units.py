"""Texts cut into words, tokens or characters, as the ``chunk`` of a pace asks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

# Scripts that are written without spaces: Thai, Lao, Myanmar, Khmer, Kana, Han. Each character counts as a word.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# A word with the spaces before it, as tokens have theirs.
_WORD = re.compile(rf"\s*(?:[{_SPACELESS}]|[^\s{_SPACELESS}]+)|\s+")
# About what a tokenizer makes of a text: words, longer ones in parts, numbers of up to three digits, signs.
_TOKEN = re.compile(rf"\s*(?:[{_SPACELESS}]|[^\W\d_{_SPACELESS}]{{1,6}}|\d{{1,3}}|[^\s])|\s+")
PATTERNS = {"word": _WORD, "token": _TOKEN}
# Zero-width joiner, variation selectors, keycap: they belong to the character before them.
_JOINED = frozenset("\u200d\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


class Units(Struct, frozen=True):
    """The size of pieces: ``factor`` words, tokens, or times so many characters as ``unit`` says."""

    unit: str | int
    factor: int = 1

    def enlarge(self, factor: int) -> Units:
        """Pieces of so many times more."""
        return Units(self.unit, self.factor * factor)

    def split(self, text: str) -> Iterator[str]:
        """Cut a text into pieces of this size. An empty text has no pieces."""
        start = 0
        while start < len(text):
            end = start
            for _ in range(self.factor):
                end = self._find_end(text, end)
            yield text[start:end]
            start = end

    def _find_end(self, text: str, start: int) -> int:
        """The end of the unit that starts there; the end of the text when none does."""
        if isinstance(self.unit, int):
            return skip_joined(text, min(start + self.unit, len(text)))
        found = PATTERNS[self.unit].match(text, start)
        return skip_joined(text, found.end()) if found else len(text)


def skip_joined(text: str, end: int) -> int:
    """Move a cut behind characters that belong to the one before it, such as accents and the rest of an emoji."""
    while end < len(text) and (
        text[end] in _JOINED or text[end - 1] == "\u200d" or unicodedata.combining(text[end]) > 0
    ):
        end += 1
    return end
