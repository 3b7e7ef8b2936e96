"""How a recorded answer leaves: byte for byte, and where that is asked for in the pieces and times in which it came."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import accumulate
from pathlib import Path

from msgspec.structs import replace

from mockserver.delivery import deliver_frames, deliver_whole
from mockserver.delivery.draft import Frames
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.exchanges import Chunk, RecordedResponse
from mockserver.records.reply import Recorded
from mockserver.wires import Wire

# Answers of these statuses have no body; a client would take one for the beginning of the next answer.
NO_BODY = (204, 304)
# Bytes of a body in a file that are read at once.
_PART = 64 * 1024
_LENGTH = "content-length"
# What the server says of each connection and each moment itself; bodies are recorded decoded.
_OWN = frozenset(
    (
        *("connection", "content-encoding", "content-length", "date", "keep-alive", "proxy-connection", "te"),
        *("trailer", "transfer-encoding", "upgrade"),
    )
)


def deliver_recorded(recorded: Recorded, wire: Wire, seed: int) -> tuple[Delivery, int]:
    """The delivery of a recorded answer, and the number of events in its stream.

    The headers are those of the recording with those of the script in their places; ``date`` and what concerns the
    connection are the server's own. A length is told where one was recorded, and of a body that is sent at once.
    """
    response, headers = recorded.response, merge_repeated(_keep(recorded.response.headers), recorded.headers)
    if recorded.answers_head or response.status in NO_BODY:
        length = response.header(_LENGTH)
        # Of an answer that may have no body, a length is told only where it is none.
        has_length = (recorded.answers_head and length.isdecimal()) or length == "0"
        return Delivery(response.status, _add_length(headers, length if has_length else ""), ()), 0
    if response.content is not None and not recorded.faults:
        # One that was cut is cut when less has come than its length told.
        headers = _add_length(headers, str(recorded.size + (response.end != "close")))
        return Delivery(response.status, headers, (), source=partial(_read_parts, response.content)), 0
    if recorded.is_timed and not recorded.faults:
        return _deliver_timed(response, headers, wire)
    return _deliver(recorded, headers, wire, seed)


def merge_repeated(headers: Headers, extra: Mapping[str, str]) -> Headers:
    """Put ``extra`` headers in place of all of the same name, new ones at the end."""
    left, merged = dict(extra), list[tuple[str, str]]()
    for name, value in headers:
        if name not in extra:
            merged.append((name, value))
        elif name in left:
            merged.append((name, left.pop(name)))
    return (*merged, *left.items())


def _keep(headers: Headers) -> Headers:
    return tuple([pair for pair in headers if pair[0] not in _OWN])


def _add_length(headers: Headers, length: str) -> Headers:
    return (*headers, (_LENGTH, length)) if length else headers


def _find_length(response: RecordedResponse, size: int) -> str:
    """The length that is told: of an answer that was cut a longer one, as the client was told then."""
    told = response.header(_LENGTH)
    if response.end == "close" or not told:
        return str(size) if told else ""
    return told if told.isdecimal() and int(told) > size else str(size + 1)


def _deliver_timed(response: RecordedResponse, headers: Headers, wire: Wire) -> tuple[Delivery, int]:
    frames = wire.read_frames(response.body) if response.is_stream else ()
    counts = _count_events(response.chunks, frames)
    pieces = [Piece(chunk.data, chunk.delay, count) for chunk, count in zip(response.chunks, counts, strict=True)]
    if response.end != "close" and not pieces:
        pieces = [Piece(b"")]  # the headers had come when it was cut
    length = _find_length(response, sum([len(piece.data) for piece in pieces]))
    headers = _add_length(headers, length)
    return Delivery(response.status, headers, tuple(pieces), response.end, response.first or 0.0), sum(counts)


def _deliver(recorded: Recorded, headers: Headers, wire: Wire, seed: int) -> tuple[Delivery, int]:
    response, faults, kinds = recorded.response, recorded.faults, wire.faults
    pace = None if recorded.is_timed else recorded.pace
    body = response.body if response.content is None else b"".join(_read_parts(response.content))
    delay = (response.first or 0.0) if recorded.is_timed else 0.0
    if response.is_stream and body:
        frames = wire.read_frames(body)
        timed = _time_frames(frames, response.chunks) if recorded.is_timed and response.chunks else frames
        delivery = deliver_frames(
            timed, headers=headers, status=response.status, pace=pace, faults=faults, kinds=kinds, seed=seed
        )
        events = sum([frame.event is not None for frame in frames])
    else:
        length = _find_length(response, len(body)) if response.end != "close" else ""
        delivery = deliver_whole(
            body,
            headers=_add_length(headers, length),
            status=response.status,
            pace=pace,
            faults=faults,
            kinds=kinds,
            seed=seed,
        )
        delivery, events = replace(delivery, headers=_unify_length(delivery.headers)), 0
    end = response.end if delivery.end == "close" else delivery.end
    return replace(delivery, delay=delivery.delay + delay, end=end), events


def _unify_length(headers: Headers) -> Headers:
    """The headers with the first length alone."""
    places = [place for place, (name, _) in enumerate(headers) if name == _LENGTH]
    return tuple([pair for place, pair in enumerate(headers) if place not in places[1:]])


def _read_parts(content: Path) -> Iterator[bytes]:
    """The parts of a body in a file. One that is gone meanwhile has none, and the answer is cut."""
    try:
        with content.open("rb") as file:
            while part := file.read(_PART):
                yield part
    except OSError:
        return


def _list_ends(frames: Frames) -> list[int]:
    return [*accumulate([len(frame.data) for frame in frames])]


def _count_events(chunks: tuple[Chunk, ...], frames: Frames) -> list[int]:
    """How many events end in each chunk."""
    ends = [end for end, frame in zip(_list_ends(frames), frames, strict=True) if frame.event is not None]
    until = [bisect_right(ends, end) for end in accumulate([len(chunk.data) for chunk in chunks])]
    return [now - before for before, now in zip([0, *until], until, strict=False)]


def _time_frames(frames: Frames, chunks: tuple[Chunk, ...]) -> Frames:
    """The frames, each with the delay after which its last byte came."""
    arrivals = [*accumulate([chunk.delay for chunk in chunks])]
    sizes = [*accumulate([len(chunk.data) for chunk in chunks])]
    moments = [arrivals[bisect_left(sizes, end)] for end in _list_ends(frames)]
    delays = [now - before for before, now in zip([0.0, *moments], moments, strict=False)]
    return tuple([replace(frame, delay=delay) for frame, delay in zip(frames, delays, strict=True)])
