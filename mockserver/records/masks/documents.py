"""Masks JSON as it was sent: valid or broken, with escapes, names given twice, and whatever surrounds it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from msgspec import Struct

from mockserver.records.masks.names import is_secret_field
from mockserver.records.masks.rules import LAST_WORDS, SCHEMA_NAMES

# A string, of which the last may lack its end.
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
# A string (with the colon that makes it a name), a bracket, or a bare word.
_TOKEN = rf'(?P<string>{_STRING})(?P<colon>\s*:)?|[{{}}\[\]]|[^"{{}}\[\],:\s]+'
# A string, or a bare word that is long enough for a secret; shorter strings are passed over.
_TEXT = rf'(?P<short>"[^"\\]{{0,4}}")|{_STRING}|[^"{{}}\[\],:\s]{{16,}}'
# Matches a text in lower case that may hold a secret name: such a name ends in one of these words, or has an escape.
_NAME_HINT = rf"(?:{'|'.join(LAST_WORDS)})[^a-z0-9\"]*\"\s*:|\\u"
_PLAIN_WORDS = frozenset({"true", "false", "null"})

MaskText = Callable[[str], str]


class Frame(Struct, frozen=True):
    """An object or array that is open: whether all in it is secret, and whether its names are those of a schema."""

    is_hidden: bool = False
    is_schema: bool = False


def mask_document(source: str, mask_text: MaskText, hide: MaskText) -> str:
    """The JSON text with what stands at secret names hidden, and its other strings and names masked.

    Args:
        source: the text.
        mask_text: masks what is secret in a string or a name.
        hide: gives what is shown for a string, number or word at a secret name.
    """
    if re.search(_NAME_HINT, source.lower()) is None:
        return mask_strings(source, mask_text)
    return re.sub(_TOKEN, _TokenMasker(mask_text, hide), source, flags=re.DOTALL)


def mask_strings(source: str, mask_text: MaskText) -> str:
    """The JSON text with its strings, names and long numbers masked, whatever name they stand at."""
    return re.sub(
        _TEXT,
        lambda found: found[0] if found["short"] else _mask_scalar(found[0], mask_text),
        source,
        flags=re.DOTALL,
    )


class _TokenMasker:
    """Masks one token after the other; it remembers the name before it, and the brackets that are open."""

    def __init__(self, mask_text: MaskText, hide: MaskText) -> None:
        self._mask_text = mask_text
        self._hide = hide
        self._frames = [Frame()]
        self._name = ""

    def __call__(self, token: re.Match[str]) -> str:
        piece = token[0]
        if token["colon"] is not None:
            self._name = _decode(token["string"])
            return _mask_scalar(token["string"], self._mask_text) + token["colon"]
        name, self._name, frame = self._name, "", self._frames[-1]
        if piece in ("}", "]"):
            if len(self._frames) > 1:
                self._frames.pop()
            return piece
        is_described = frame.is_schema and piece == "{"
        is_hidden = frame.is_hidden or (name != "" and not is_described and is_secret_field(name))
        if piece in ("{", "["):
            self._frames.append(Frame(is_hidden, name in SCHEMA_NAMES))
            return piece
        return _mask_scalar(piece, self._hide if is_hidden and piece not in _PLAIN_WORDS else self._mask_text)


def _mask_scalar(piece: str, show: MaskText) -> str:
    """The string or bare word as it was, or as a string that is shown instead."""
    text = _decode(piece) if piece.startswith('"') else piece
    shown = show(text) if text else text
    if shown == text:
        return piece
    # Half a surrogate pair has no bytes of its own.
    return json.dumps(shown, ensure_ascii=re.search("[\ud800-\udfff]", shown) is not None)


def _decode(string: str) -> str:
    """The text that a JSON string stands for; of a broken one what is between its quotes."""
    if "\\" not in string:
        return string.strip('"')
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string[1:-1] if string.endswith('"') and len(string) > 1 else string[1:]
