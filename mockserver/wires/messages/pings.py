"""The places of pings in a stream that was recorded: they say nothing, but some clients were recorded with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.records.reply import PingPlace
from mockserver.wires.messages.events import TEXT_FIELDS, Event

# Before the start of a block; behind all of its deltas, however many there are.
_BEFORE, _BEHIND = -1, 2**31


def find_pings(events: Iterable[Mapping[str, Any]]) -> tuple[PingPlace, ...]:
    """The places of the pings among the data of events."""
    stream = [event for event in events if isinstance(event.get("type"), str)]
    sizes = _count_deltas(stream)
    places, block, deltas = list[PingPlace](), 0, _BEFORE
    for event in stream:
        kind = event["type"]
        if kind == "ping":
            is_behind = 0 < deltas == sizes[block]
            places.append(PingPlace(block, _BEHIND if is_behind else deltas, 0 < deltas < sizes[block]))
        elif kind == "content_block_start":
            deltas = 0
        elif kind == "content_block_delta":
            deltas += 1
        elif kind == "content_block_stop":
            block, deltas = block + 1, _BEFORE
    return tuple(places)


def place_pings(events: Sequence[Event], places: Iterable[PingPlace]) -> Iterator[Event]:
    """The events with pings in these places and no others. One within the deltas of a block stays within them."""
    places = tuple(places)
    stream = [event for event in events if event.name != "ping"]
    sizes = _count_deltas([event.data for event in stream])
    if short := {place.block for place in places if place.is_within and sizes[place.block] == 1}:
        stream = [part for event in stream for part in _split(event, short)]
        sizes = _count_deltas([event.data for event in stream])
    wanted = Counter([(place.block, _fit(place, sizes[place.block])) for place in places])
    block, deltas = 0, _BEFORE
    for event in stream:
        kind = event.name
        if kind in ("content_block_start", "message_delta"):
            yield from _take(wanted, (block, _BEFORE))
        yield event
        if kind in ("content_block_start", "content_block_delta"):
            deltas += 1
            yield from _take(wanted, (block, deltas))
        elif kind == "content_block_stop":
            block, deltas = block + 1, _BEFORE


def _split(event: Event, blocks: Container[int]) -> Sequence[Event]:
    """The only delta of a block as two, so that a ping can stand within it."""
    delta = event.data.get("delta")
    if event.name != "content_block_delta" or event.data.get("index") not in blocks or not isinstance(delta, Mapping):
        return (event,)
    key = next((key for key in TEXT_FIELDS if len(delta.get(key, "")) > 1), None)
    if key is None:
        return (event,)
    middle = len(delta[key]) // 2
    parts = (delta[key][:middle], delta[key][middle:])
    return [Event({**event.data, "delta": {**delta, key: part}}, event.padding) for part in parts]


def _fit(place: PingPlace, size: int) -> int:
    return min(place.deltas, size - 1 if place.is_within and size > 1 else size)


def _take(wanted: Counter[tuple[int, int]], place: tuple[int, int]) -> list[Event]:
    return [Event({"type": "ping"})] * wanted.pop(place, 0)


def _count_deltas(events: Iterable[Mapping[str, Any]]) -> Counter[int]:
    return Counter([event.get("index", 0) for event in events if event["type"] == "content_block_delta"])
