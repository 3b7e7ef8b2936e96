"""Reads the words of a PDF, as far as counting them needs: no fonts, no layout."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import islice

# Streams looked into, bytes of the dictionary before each, and bytes inflated in all.
_STREAMS = 10_000
_DICTIONARY = 408
_INFLATED = 1 << 22

_BEGIN = re.compile(rb"(?<!end)stream\r?\n")
# Streams that show no text: pictures, fonts, colours, objects and their tables, descriptions.
_OTHER = re.compile(rb"/Image\b|/Length1\b|/FontFile|/ObjStm\b|/XRef\b|/Metadata\b|/ICCBased|/N\s+[134]\b|/Type1C\b")
# A string, a string in hexadecimal, a gap as wide as a space inside an array, or an operator that moves on.
_PIECE = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]*)>|(-[2-9]\d\d|-\d{4,})|(T\*|T[dDm]\b|ET\b)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b" ", b"t": b" ", b"b": b"", b"f": b" "}
# What the codes of a font stand for: single codes, and ranges of them.
_CODES = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_CHAR = re.compile(rb"<([0-9A-Fa-f]{2,4})>()\s*<([0-9A-Fa-f]{4})")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{2,4})>\s*<([0-9A-Fa-f]{2,4})>\s*<([0-9A-Fa-f]{4})>")
_MOST_CODES = 1 << 16


def read_text(data: bytes) -> str:
    """The words that the pages of a PDF show, in the order of its streams, blanks between them.

    Codes of fonts stand for what any font of the file says of them, else for a letter: enough to count tokens.
    """
    shown: list[bytes] = []
    codes: dict[str, str] = {}
    for stream in _read_streams(data):
        if b"beginbf" in stream:
            codes.update(islice(_read_codes(stream), _MOST_CODES))
        elif b"Tj" in stream or b"TJ" in stream:
            shown.append(stream)
    return " ".join("".join(piece for stream in shown for piece in _read_pieces(stream, codes)).split())


def _read_streams(data: bytes) -> Iterator[bytes]:
    left = _INFLATED
    for begin in islice(_BEGIN.finditer(data), _STREAMS):
        dictionary = data[max(0, begin.start() - _DICTIONARY) : begin.start()].rpartition(b" obj")[2]
        if left <= 0 or _OTHER.search(dictionary):
            continue
        end = data.find(b"endstream", begin.end())
        stream = data[begin.end() : min(end if end > 0 else len(data), begin.end() + left)]
        if b"FlateDecode" in dictionary:
            try:
                stream = zlib.decompressobj().decompress(stream, left)
            except zlib.error:
                continue
        left -= len(stream)
        yield stream


def _read_codes(stream: bytes) -> Iterator[tuple[str, str]]:
    for kind, lines in _CODES.findall(stream):
        for first, last, stands_for in (_CHAR if kind == b"char" else _RANGE).findall(lines):
            start = int(first, 16)
            for code in range(start, int(last or first, 16) + 1):
                yield f"{code:04x}", chr((int(stands_for, 16) + code - start) & 0xFFFF)


def _read_pieces(stream: bytes, codes: Mapping[str, str]) -> Iterator[str]:
    for text, digits, gap, move in _PIECE.findall(stream):
        if gap or move:
            yield " "
        elif digits:
            plain = b"".join(digits.split()).decode().lower()
            yield "".join(codes.get(plain[at : at + 4], "a") for at in range(0, len(plain), 4))
        else:
            yield _ESCAPE.sub(_unescape, text).decode("latin-1")


def _unescape(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    if escaped.isdigit():
        return bytes([int(escaped, 8) & 0xFF])
    return _NAMED.get(escaped, escaped)
