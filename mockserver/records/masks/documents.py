"""Masks JSON as it was sent: valid or broken, with escapes, names given twice, and whatever surrounds it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from mockserver.records.masks.names import is_secret_field
from mockserver.records.masks.rules import SCHEMA_NAMES

# A string (with the colon that makes it a name), a sign, a bare word, or space. The last string may lack its end.
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
_TOKEN = rf'(?P<string>{_STRING})(?P<colon>\s*:)?|[{{}}\[\],:]|[^"{{}}\[\],:\s]+|\s+'
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
    return "".join(_mask_tokens(source, mask_text, hide))


def mask_strings(source: str, mask_text: MaskText) -> str:
    """The JSON text with its strings and names masked, whatever name they stand at."""

    def mask(found: re.Match[str]) -> str:
        text = _decode(found[0])
        return _rewrite(found[0], text, mask_text(text))

    return re.sub(_STRING, mask, source, flags=re.DOTALL)


def _mask_tokens(source: str, mask_text: MaskText, hide: MaskText) -> Iterator[str]:
    frames, name = [Frame()], ""
    for token in re.finditer(_TOKEN, source, re.DOTALL):
        piece = token[0]
        if token["colon"] is not None:
            name = _decode(token["string"])
            yield _rewrite(token["string"], name, mask_text(name)) + token["colon"]
        elif piece in ("{", "["):
            is_hidden = frames[-1].is_hidden or _is_secret_at(name, frames[-1].is_schema and piece == "{")
            frames.append(Frame(is_hidden, name in SCHEMA_NAMES))
            name = ""
            yield piece
        elif piece in ("}", "]", ","):
            if piece != "," and len(frames) > 1:
                frames.pop()
            name = ""
            yield piece
        elif piece == ":" or piece.isspace():
            yield piece
        else:
            is_hidden = frames[-1].is_hidden or _is_secret_at(name, False)
            yield _mask_scalar(piece, hide if is_hidden else mask_text, is_hidden)


def _mask_scalar(piece: str, show: MaskText, is_hidden: bool) -> str:
    if piece.startswith('"'):
        text = _decode(piece)
        return _rewrite(piece, text, show(text) if text else text)
    if not is_hidden:
        return show(piece)
    return piece if piece in _PLAIN_WORDS else f'"{show(piece)}"'


def _decode(string: str) -> str:
    """The text that a JSON string stands for; of a broken one what is between its quotes."""
    if "\\" not in string:
        return string.strip('"')
    try:
        return str(json.loads(string, strict=False))
    except ValueError:
        return string[1:-1] if string.endswith('"') and len(string) > 1 else string[1:]


def _rewrite(string: str, text: str, shown: str) -> str:
    """The JSON string as it was, or anew when its text is shown differently."""
    if shown == text:
        return string
    # Half a surrogate pair has no bytes of its own.
    return json.dumps(shown, ensure_ascii=re.search("[\ud800-\udfff]", shown) is not None)


def _is_secret_at(name: str, is_described: bool) -> bool:
    return not is_described and is_secret_field(name)
