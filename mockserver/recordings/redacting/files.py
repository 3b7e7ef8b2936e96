"""Takes secrets out of bodies that are in files, a part at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mockserver.recordings.redacting.bodies import redact_bytes
from mockserver.recordings.redacting.expressions import Rules
from mockserver.recordings.redacting.finding import redact_binary
from mockserver.records.content_path import ContentPath

# Bytes that are looked at together, and those at the end of them that are looked at again with what follows.
PART, KEPT = 1 << 20, 1 << 12
# Where a text may be cut: behind a block of a stream, an event, a line; else before a word.
_CUTS = (b'content_block_stop"}\n\n', b"\n\n", b"\r\n\r\n", b"\n")
_WORD = re.compile(rb"[\s,][^\s,]*\Z")


def redact_file(content: Path, content_type: str, rules: Rules) -> Path:
    """A file with the body without what is to be taken out: a new one, or the same where there is nothing.

    What is cut in two by the parts of 1 MB that are looked at, in a text without spaces, is not found.
    """
    redacted = ContentPath.make()
    is_changed = False
    with content.open("rb") as source, redacted.open("wb") as target:
        for part, is_binary in _read_parts(source):
            new = redact_binary(part, rules) if is_binary else redact_bytes(part, content_type, rules)
            is_changed = is_changed or new != part
            target.write(new)
    return redacted if is_changed else content


def _read_parts(source: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The parts of a file, each with whether it is binary: as its beginning is."""
    data = source.read(PART)
    is_binary = b"\0" in data[:8192]
    while data:
        more = source.read(PART)
        end = len(data) if not more else _find_binary_cut(data) if is_binary else _find_cut(data)
        yield data[:end], is_binary
        data = data[end:] + more


def _find_cut(data: bytes) -> int:
    for cut in _CUTS:
        if (at := data.rfind(cut, len(data) // 2)) >= 0:
            return at + len(cut)
    word = _WORD.search(data, max(0, len(data) - KEPT))
    return word.start() if word else len(data)


def _find_binary_cut(data: bytes) -> int:
    """Before the last bytes, from the last zero on: no secret has one."""
    at = data.rfind(b"\0", len(data) - KEPT)
    return at if at > 0 else len(data)
