"""Masks JSON as it was sent: valid or broken, with escapes, names given twice, and whatever surrounds it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from mockserver.records.masks.frames import Frame
from mockserver.records.masks.names import LONGEST_LABEL, is_secret_label
from mockserver.records.masks.rules import LABEL_NAMES
from mockserver.records.masks.searching import has_label, has_secret_name

# A string, of which the last may lack its end.
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
# A string (with the colon that makes it a name), a bracket, or a bare word.
_TOKEN = rf'(?P<string>{_STRING})(?P<colon>\s*:)?|[{{}}\[\]]|[^"{{}}\[\],:\s]+'
# A string, or a bare word that is long enough for a secret; shorter strings are passed over.
_TEXT = rf'(?P<short>"[^"\\]{{0,4}}")|{_STRING}|[^"{{}}\[\],:\s]{{16,}}'
# The end of an array, or of a broken text.
_END = re.compile(r"\s*(?:\]|\Z)")
PLAIN_WORDS = frozenset({"true", "false", "null"})

MaskText = Callable[[str], str]


def mask_document(source: str, mask_text: MaskText, hide: MaskText) -> str:
    """The JSON text with what stands at secret names hidden, and its other strings and names masked.

    Args:
        source: the text.
        mask_text: masks what is secret in a string or a name.
        hide: gives what is shown for a string, number or word at a secret name.
    """
    if not has_secret_name(source):
        return mask_strings(source, mask_text)
    shown, done = list[str](), 0
    for scalar in find_scalars(source):
        piece = source[scalar.start : scalar.end]
        show = hide if scalar.is_hidden and piece not in PLAIN_WORDS else mask_text
        shown += source[done : scalar.start], _mask_scalar(piece, show)
        done = scalar.end
    return "".join([*shown, source[done:]])


def may_be_document(text: str) -> bool:
    """Whether a text looks like JSON that may hold a secret name."""
    return text[:200].lstrip()[:1] in ("{", "[") and has_secret_name(text)


def _find_labelled(source: str) -> frozenset[int]:
    """Where objects begin that say in a field that their value is a secret: ``{"value": …, "name": "x-api-key"}``."""
    if not has_label(source):
        return frozenset()
    begins, found, name = [-1], set[int](), ""
    for token in re.finditer(_TOKEN, source, flags=re.DOTALL):
        piece = token[0]
        if piece in ("{", "["):
            begins.append(token.start() if piece == "{" else -1)
        elif piece in ("}", "]"):
            del begins[max(1, len(begins) - 1) :]
        elif token["colon"] is None and name in LABEL_NAMES and is_secret_label(_decode(piece)):
            found.add(begins[-1])
        name = _decode(token["string"]).lower() if token["colon"] is not None else ""
    return frozenset(found)


def mask_strings(source: str, mask_text: MaskText) -> str:
    """The JSON text with its strings, names and long numbers masked, whatever name they stand at."""
    return re.sub(
        _TEXT,
        lambda found: found[0] if found["short"] else _mask_scalar(found[0], mask_text),
        source,
        flags=re.DOTALL,
    )


def find_strings(source: str, least: int) -> Iterator[tuple[int, int]]:
    """Where the strings and names of a JSON text stand, with their quotes, and its words of 16 characters and more.

    Strings of up to ``least`` characters may be left out.
    """
    pattern = rf'"[^"\\]{{0,{least}}}"|({_STRING}|[^"{{}}\[\],:\s]{{16,}})'
    return (found.span() for found in re.finditer(pattern, source, flags=re.DOTALL) if found[1])


class Scalar(NamedTuple):
    """A string, number or word of a JSON text, or a name in it.

    Attributes:
        start: where it begins, at its quotes.
        end: where it ends, behind them.
        name: the name it stands at; "" in an array.
        parent: the name at which the object or array around it stands; of an object in an array: that of the array.
        is_hidden: it is secret because of a name.
        is_name: it is a name itself.
    """

    start: int
    end: int
    name: str = ""
    parent: str = ""
    is_hidden: bool = False
    is_name: bool = False


def find_scalars(source: str) -> Iterator[Scalar]:
    """The scalars and names of a JSON text, valid or broken, in order."""
    labelled, frames, name = _find_labelled(source), [Frame()], ""
    for token in re.finditer(_TOKEN, source, flags=re.DOTALL):
        piece, frame = token[0], frames[-1]
        if token["colon"] is not None:
            yield Scalar(*token.span("string"), name, frame.name, is_name=True)
            name = _decode(token["string"])
            continue
        if piece in ("}", "]"):
            del frames[max(1, len(frames) - 1) :]
            name = ""
            continue
        is_last = _END.match(source, token.end()) is not None
        is_hidden = frame.hides(name, piece, is_last=is_last)
        if piece in ("{", "["):
            frames.append(frame.open(name, piece, is_hidden=is_hidden, is_labelled=token.start() in labelled))
        else:
            if frame.is_list:
                frame.note(_decode(piece) if piece.startswith('"') and len(piece) <= 12 * LONGEST_LABEL else "")
            yield Scalar(*token.span(), name, frame.name, is_hidden)
        name = ""


def _mask_scalar(piece: str, show: MaskText) -> str:
    """The string or bare word as it was, or as a string that is shown instead."""
    if "\\" in piece and not piece.startswith('"'):
        return piece  # no JSON, but perhaps a text with escapes: masked as a whole
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
    # A string without its end is read as if it ended here.
    with suppress(ValueError):
        return str(json.loads(string, strict=False))
    with suppress(ValueError):
        return str(json.loads(f'{string}"', strict=False))
    return string[1:-1] if string.endswith('"') and len(string) > 1 else string[1:]
