"""The first readable text of a PDF: enough to quote, no more."""

from __future__ import annotations

import re
import zlib
from base64 import b64decode

STREAM = re.compile(rb"(?s)stream\r?\n(.*?)\r?\nendstream")
# Text shown by the operators Tj, ' and ": "(Hello) Tj".
# A bracket behind a backslash opens none; were it tried, each of many would be read to the end.
SHOWN = rb"(?<!\\)\(((?:[^()\\]|\\.)+)\)\s*(?:Tj|'|\")"
ESCAPE = rb"\\(.)"
MOST_BYTES = 1 << 20


def find_first_text(data: str) -> str:
    """The first text that the base64 encoded PDF shows, or "" when its text is encoded by fonts or drawn."""
    try:
        document = b64decode(data[: MOST_BYTES // 3 * 4 // 4 * 4])
    except ValueError:
        return ""
    left = MOST_BYTES
    # Behind the last end of a stream none would be found, at each of their beginnings anew.
    for found in STREAM.finditer(document, 0, document.rfind(b"endstream") + len(b"endstream")):
        stream = _inflate(found[1], left)
        shown = re.search(SHOWN, stream)
        if shown:
            return re.sub(ESCAPE, rb"\1", shown[1]).decode("latin-1").strip()
        left -= len(stream)
        if left <= 0:
            break
    return ""


def _inflate(stream: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream, most)
    except zlib.error:
        return stream
