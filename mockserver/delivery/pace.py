"""The pace of an answer: the delays of its events."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from mockserver.records.reply import Pace

# Orders of magnitude as users see them, not measurements: seconds to the first token, tokens a second.
REALTIME = {
    "haiku": Pace(first=0.5, tokens_per_second=160.0, jitter=0.3),
    "sonnet": Pace(first=0.9, tokens_per_second=75.0, jitter=0.3),
    "opus": Pace(first=1.4, tokens_per_second=55.0, jitter=0.3),
    "fable": Pace(first=1.8, tokens_per_second=45.0, jitter=0.3),
    "mythos": Pace(first=2.2, tokens_per_second=35.0, jitter=0.3),
}

CHARACTERS_PER_TOKEN = 4


def realtime(line: str | None) -> Pace:
    """The pace of a model line (``haiku``, ``sonnet`` ...); an unknown line has that of ``sonnet``."""
    return REALTIME.get(line or "", REALTIME["sonnet"])


def compute_delays(weights: Sequence[int], pace: Pace, *, tokens: int = 0, seed: int = 0) -> list[float]:
    """Seconds of delay before each event, counted from the event before it.

    ``weights`` are the characters of the answer in each event. The ``tokens`` of the answer (0: unknown) are spread
    over them, so that a stream takes as long as its tokens do; jitter spreads each delay evenly by that fraction, from
    ``seed``.
    """
    rate = _seconds_per_character(sum(weights), pace, tokens)
    draw, least, most = Random(seed).uniform, 1 - pace.jitter, 1 + pace.jitter
    waits = [weight * rate * draw(least, most) for weight in weights]
    if waits:
        waits[0] += pace.first
    if pace.stall_after is not None and pace.stall_after < len(waits):
        waits[pace.stall_after] += pace.stall_for
    return waits


def _seconds_per_character(characters: int, pace: Pace, tokens: int) -> float:
    if not characters or pace.tokens_per_second <= 0:
        return 0.0
    return (tokens or characters / CHARACTERS_PER_TOKEN) / characters / pace.tokens_per_second
