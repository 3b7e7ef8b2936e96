"""How fast an answer leaves: the delays of its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from mockserver.records.events import Event
from mockserver.records.reply import Pace

# Orders of magnitude as users see them, not measurements: seconds to the first token, tokens a second.
REALTIME = {
    "haiku": Pace(first=0.5, tokens_per_second=160.0, jitter=0.3),
    "sonnet": Pace(first=0.9, tokens_per_second=75.0, jitter=0.3),
    "opus": Pace(first=1.4, tokens_per_second=55.0, jitter=0.3),
    "fable": Pace(first=1.8, tokens_per_second=45.0, jitter=0.3),
    "mythos": Pace(first=2.2, tokens_per_second=35.0, jitter=0.3),
}

SAYING = ("text", "thinking", "partial_json")
CHARACTERS_PER_TOKEN = 4


def realtime(line: str | None) -> Pace:
    """The pace of a model line (``haiku``, ``sonnet`` ...); an unknown line goes like ``sonnet``."""
    return REALTIME.get(line or "", REALTIME["sonnet"])


def delays(events: Sequence[Event], pace: Pace, seed: int) -> Iterator[float]:
    """Seconds before each event, after the one before.

    The output tokens that the stream tells are spread over its deltas by their length, so that a stream takes as long
    as its tokens do; jitter spreads each delay evenly by that fraction, from ``seed``.
    """
    chance = Random(seed)
    rate = _seconds_per_character(events, pace)
    for place, event in enumerate(events):
        delay = _said(event) * rate * chance.uniform(1 - pace.jitter, 1 + pace.jitter)
        if place == 0:
            delay += pace.first
        if place == pace.stall_after:
            delay += pace.stall_for
        yield delay


def duration(events: Sequence[Event] | None, pace: Pace, seed: int) -> float:
    """Seconds until an answer is complete; without events (an error), only until its first byte."""
    return sum(delays(events, pace, seed)) if events else pace.first


def _said(event: Event) -> int:
    delta = event.data.get("delta")
    return sum(len(delta[key]) for key in SAYING if key in delta) if isinstance(delta, dict) else 0


def _seconds_per_character(events: Sequence[Event], pace: Pace) -> float:
    said = sum(_said(event) for event in events)
    if not said or pace.tokens_per_second <= 0:
        return 0.0
    told = (event.data["usage"].get("output_tokens") for event in events if event.data.get("usage"))
    return (max(told, default=0) or said / CHARACTERS_PER_TOKEN) / said / pace.tokens_per_second
