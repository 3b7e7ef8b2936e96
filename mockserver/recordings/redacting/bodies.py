"""Takes secrets out of bodies of any kind: JSON, events, forms, files; and of bodies that came in chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise

from mockserver.recordings.redacting.edits import MOST_PASSES, Edit, Find, apply, apply_all
from mockserver.recordings.redacting.events import find_in_events
from mockserver.recordings.redacting.expressions import Rules
from mockserver.recordings.redacting.finding import (
    find_in_source,
    find_in_text,
    redact_binary,
    redact_source,
    redact_text,
)
from mockserver.records.exchanges import Chunk

_BOUNDARY = re.compile(r'multipart/[^;]*;.*?boundary="?([^";,\s]+)"?', re.IGNORECASE | re.DOTALL)
_EVENTS, _FORM = "text/event-stream", "application/x-www-form-urlencoded"
_IS_EVENTS = re.compile(r"\ufeff?[\r\n]*(?::[^\r\n]*[\r\n]+)*(?:event|data|id|retry):[^\r\n]*[\r\n]")


def redact_bytes(body: bytes, content_type: str, rules: Rules) -> bytes:
    """A body without what is to be taken out; all other bytes stay as they are, be they UTF-8 or not."""
    if (found := _BOUNDARY.match(content_type)) is not None:
        return _redact_parts(body, found[1].encode(), rules)
    if _is_binary(body):
        return redact_binary(body, rules)
    text = body.decode("utf-8", "surrogateescape")
    text = apply_all(text, _choose(content_type, text, rules))
    return text.encode("utf-8", "surrogateescape")


def redact_chunks(chunks: Sequence[Chunk], content_type: str, rules: Rules) -> tuple[Chunk, ...]:
    """The chunks of a body with their boundaries and times; one that would be empty adds its time to the next."""
    return tuple(_drop_empty(chunks, redact_pieces([chunk.data for chunk in chunks], content_type, rules)))


def redact_pieces(pieces: Sequence[bytes], content_type: str, rules: Rules) -> list[bytes]:
    """The pieces of a body without what is to be taken out of it, each with its part of what comes in place of that."""
    body = b"".join(pieces)
    ends = [*accumulate(map(len, pieces))]
    if _is_binary(body):
        body = redact_binary(body, rules)
    else:
        text = body.decode("utf-8", "surrogateescape")
        find = _choose(content_type, text, rules)
        for _ in range(MOST_PASSES):
            if not (edits := find(text)):
                break
            ends = _move(ends, [*_measure(text, edits)])
            text = apply(text, edits)
        body = text.encode("utf-8", "surrogateescape")
    return [body[start:end] for start, end in pairwise([0, *ends])]


def redact_query(query: str, rules: Rules) -> str:
    """A query string, or the fields of a form, without what stands at secret names, or has a form."""
    return redact_text(f"?{query}", rules)[1:] if query else query


def _choose(content_type: str, text: str, rules: Rules) -> Find:
    """What finds the edits of a body of this type, or that begins like a stream."""
    kind = content_type.strip().lower()
    # Servers and recorders may say another type, or none.
    if kind.startswith(_EVENTS) or _IS_EVENTS.match(text):
        return partial(find_in_events, rules=rules)
    return partial(_find_in_form if kind.startswith(_FORM) else find_in_source, rules=rules)


def _find_in_form(text: str, rules: Rules) -> list[Edit]:
    return [Edit(start - 1, end - 1, new) for start, end, new in find_in_text(f"?{text}", rules)]


def _is_binary(body: bytes) -> bool:
    return b"\0" in body[:8192]


def _redact_parts(body: bytes, boundary: bytes, rules: Rules) -> bytes:
    """The parts of a form: their headers and those that are texts as such, the others with as many bytes as before."""
    line = b"--" + boundary
    return line.join([_redact_part(part, rules) for part in body.split(line)])


def _redact_part(part: bytes, rules: Rules) -> bytes:
    head, blank, content = part.partition(b"\r\n\r\n")
    before = (head + blank).decode("utf-8", "surrogateescape")
    try:
        text = redact_source(content.decode(), rules)
    except UnicodeDecodeError:
        return redact_text(before, rules).encode("utf-8", "surrogateescape") + redact_binary(content, rules)
    # Together: a name in the head may say that the content is a secret.
    return redact_text(before + text, rules).encode("utf-8", "surrogateescape")


def _measure(text: str, edits: Sequence[Edit]) -> Iterator[tuple[int, int, int]]:
    """Of each edit of a text: where it begins and ends in its bytes, and the bytes that come in place of those."""
    at = done = 0
    for edit in edits:
        start = at + _count_bytes(text[done : edit.start])
        at, done = start + _count_bytes(text[edit.start : edit.end]), edit.end
        yield start, at, _count_bytes(edit.text)


def _count_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


def _move(ends: Sequence[int], edits: Sequence[tuple[int, int, int]]) -> list[int]:
    """The boundaries of chunks behind the edits; one within an edit divides what comes as it divided what was."""
    moved, shift, index = list[int](), 0, 0
    for end in ends:
        while index < len(edits) and edits[index][1] <= end:
            start, stop, size = edits[index]
            shift += size - (stop - start)
            index += 1
        inside = edits[index] if index < len(edits) and edits[index][0] < end else None
        if inside is None:
            moved.append(end + shift)
        else:
            start, stop, size = inside
            moved.append(start + shift + size * (end - start) // (stop - start))
    return moved


def _drop_empty(chunks: Sequence[Chunk], parts: Sequence[bytes]) -> Iterator[Chunk]:
    waited = 0.0
    for chunk, part in zip(chunks, parts, strict=True):
        if chunk.data and not part:
            waited += chunk.delay
        else:
            yield Chunk(part, chunk.delay + waited) if part != chunk.data or waited else chunk
            waited = 0.0
