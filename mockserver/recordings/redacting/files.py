"""Takes secrets out of bodies that are in files, a part at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import chain, pairwise
from pathlib import Path

from mockserver.recordings.redacting.bodies import redact_pieces
from mockserver.recordings.redacting.expressions import Rules
from mockserver.recordings.redacting.finding import redact_binary
from mockserver.records.content_path import ContentPath

# Bytes that are looked at together; those at the end of them are looked at again with what follows. A secret that goes
# on for longer, as the deltas of a stream have it, is not found where it goes over the end.
PART, KEPT, BINARY_KEPT = 1 << 20, 1 << 16, 1 << 12
# Where a text may be cut: behind events, behind lines, before words.
_CUTS = (re.compile(rb"(?:\r\n){2}|\n\n|\r\r"), re.compile(rb"[\r\n]+"), re.compile(rb"[\s,](?=[^\s,])"))
# So many of these places are looked at, and so many are tried where secrets stand on both sides.
_PLACES, _TRIES = 2000, 8


def redact_file(content: Path, content_type: str, rules: Rules) -> Path:
    """A file with the body without what is to be taken out: a new one, or the same where there is nothing."""
    redacted = ContentPath.make()
    is_changed = False
    with content.open("rb") as source, redacted.open("wb") as target:
        data = source.read(PART)
        is_binary = b"\0" in data[:8192]
        while data:
            more = source.read(PART)
            redact = _redact_binary if is_binary else partial(_redact_text, content_type=content_type)
            new, rest = redact(data, rules=rules, is_last=not more)
            is_changed = is_changed or new + rest != data
            target.write(new)
            data = rest + more
    return redacted if is_changed else content


def _redact_text(data: bytes, content_type: str, rules: Rules, *, is_last: bool) -> tuple[bytes, bytes]:
    """The beginning of a text without what is to be taken out, and the rest, to be looked at with what follows."""
    redact = partial(redact_pieces, content_type=content_type, rules=rules)
    pieces = [data] if is_last else _cut(data)
    redacted = redact(pieces)
    at = _find_place(pieces, redacted, redact) if len(pieces) > 1 else 1
    return b"".join(redacted[:at]), b"".join(pieces[at:])


def _find_place(pieces: list[bytes], redacted: list[bytes], redact: Callable[[list[bytes]], list[bytes]]) -> int:
    """The piece before which no secret is cut: it is as it was, and so is the one before it; or what follows is
    redacted by itself as it is behind them.
    """
    places = range(len(pieces) - 1, 0, -1)
    is_same = [old == new for old, new in zip(pieces, redacted, strict=True)]
    calm = (at for at in places if is_same[at - 1] and is_same[at])
    whole = (at for at in places[:_TRIES] if redact(pieces[at:]) == redacted[at:])
    return next(chain(calm, whole), len(pieces) - 1)


def _cut(data: bytes) -> list[bytes]:
    """A part in pieces: its beginning, small ones, and its end, which is looked at again."""
    start, end = len(data) // 2, max(len(data) // 2, len(data) - KEPT)
    found = ([cut.end() for cut in cuts.finditer(data, start, end)] for cuts in _CUTS)
    ends = next(filter(None, found), [])[-_PLACES:]
    return [data[at:to] for at, to in pairwise([0, *ends, len(data)])]


def _redact_binary(data: bytes, rules: Rules, *, is_last: bool) -> tuple[bytes, bytes]:
    """The same of bytes. They are cut before the last ones, from the last zero on: no secret has one."""
    at = 0 if is_last else data.rfind(b"\0", len(data) - BINARY_KEPT)
    end = at if at > 0 else len(data)
    return redact_binary(data[:end], rules), data[end:]
