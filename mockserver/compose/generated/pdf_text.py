"""The first readable text of a PDF: enough to quote, no more."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode

STREAM = rb"(?s)stream\r?\n(.*?)\r?\nendstream"
# Text shown by the operators Tj, ' and ": "(Hello) Tj".
SHOWN = rb"\(((?:[^()\\]|\\.)+)\)\s*(?:Tj|'|\")"
ESCAPE = rb"\\(.)"
MOST_BYTES = 1 << 20


def find_first_text(data: str) -> str:
    """The first text that the base64 encoded PDF shows, or "" when its text is encoded by fonts or drawn."""
    try:
        document = b64decode(data[: MOST_BYTES // 3 * 4 // 4 * 4])
    except ValueError:
        return ""
    for found in re.finditer(STREAM, document):
        shown = re.search(SHOWN, _inflate(found[1]))
        if shown:
            return re.sub(ESCAPE, rb"\1", shown[1]).decode("latin-1").strip()
    return ""


def _inflate(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, MOST_BYTES)
    except zlib.error:
        return stream
