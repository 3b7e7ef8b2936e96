"""Recorded streams of events: what they hold, and where their order is not that of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from mockserver.records.depth import is_too_deep

# A name and its data.
Pair = tuple[str, Mapping[str, Any]]

# The rules of the order (source: documented, streaming; recorded 2024-03 to 2026-08 in 2,395 complete streams).
NAMED = "each event is named as the type of its data"
FIRST = "message_start comes first, once"
BLOCKS_IN_ORDER = "blocks come one after the other, each with its start and its stop, counted from 0"
INSIDE = "deltas stand in the open block of their index"
DELTA = "message_delta comes after the last block"
LAST = "message_stop comes last, once"


def read_events(body: bytes) -> list[Pair]:
    """The events of a stream, however their lines end; pings and unknown ones, too.

    Raises:
        ValueError: it is no stream of JSON objects.
    """
    text = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    events: list[Pair] = []
    for frame in text.split(b"\n\n"):
        lines = [line.partition(b":") for line in frame.split(b"\n") if line and not line.startswith(b":")]
        if not lines:
            continue
        fields = [(name, value.removeprefix(b" ")) for name, _, value in lines]
        data = b"\n".join(value for name, value in fields if name == b"data")
        name = next((value for name, value in fields if name == b"event"), b"")
        events.append((name.decode(errors="replace"), _parse_event(data, len(events))))
    return events


def _parse_event(data: bytes, number: int) -> Mapping[str, Any]:
    try:
        parsed = parse(data)
    except ValueError as error:
        raise ValueError(f"event {number}: {error}") from error
    if not isinstance(parsed, dict):
        raise ValueError(f"event {number} is no JSON object")
    return parsed


def parse(data: bytes) -> Any:
    """A JSON value.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ValueError("it is no JSON") from error
    if is_too_deep(parsed):
        raise ValueError("it is nested too deeply")
    return parsed


def find_failure(events: Iterable[Pair]) -> str:
    """The type of the error with which a stream breaks off; "" when it does not."""
    for _, data in events:
        if data.get("type") == "error":
            error = data.get("error")
            return str(error.get("type")) if isinstance(error, dict) else "error"
    return ""


def is_complete(events: Iterable[Pair]) -> bool:
    """Whether a stream has its end."""
    return any(data.get("type") == "message_stop" for _, data in events)


def find_broken_rules(events: Sequence[Pair]) -> list[str]:
    """The rules of the order that a stream breaks, each once. Events of unknown types are left out."""
    return list(dict.fromkeys(_break_rules(events)))


def _break_rules(events: Sequence[Pair]) -> Iterator[str]:
    if any(name and name != data.get("type") for name, data in events):
        yield NAMED
    ordered = [data for _, data in events if str(data.get("type")) in _LETTERS]
    order = "".join(_LETTERS[str(data["type"])] for data in ordered)
    yield from (rule for rule, pattern in _ORDERS.items() if not pattern.fullmatch(order))
    if _OUTSIDE.search(re.sub("[SME]", "", order)):
        yield INSIDE
    yield from _break_indexes(ordered)


def _break_indexes(events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    started = 0
    for data in events:
        kind, index = data["type"], data.get("index")
        started += kind == "content_block_start"
        if kind in ("content_block_start", "content_block_stop") and index != started - 1:
            yield BLOCKS_IN_ORDER
        if kind == "content_block_delta" and index != started - 1:
            yield INSIDE


_LETTERS = {
    "message_start": "S",
    "content_block_start": "B",
    "content_block_delta": "D",
    "content_block_stop": "P",
    "message_delta": "M",
    "message_stop": "E",
}
# What the letters of a stream are when it keeps a rule.
_ORDERS = {
    FIRST: re.compile("S[^S]*"),
    BLOCKS_IN_ORDER: re.compile("[^BP]*(?:B[^BP]*P[^BP]*)*"),
    DELTA: re.compile("[^M]*M[^BDP]*"),
    LAST: re.compile("[^E]*E"),
}
# A delta that comes before any block, or after a stop.
_OUTSIDE = re.compile("(^|P)D")
