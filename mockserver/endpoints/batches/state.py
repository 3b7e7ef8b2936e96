"""A batch as it is stored, and how it goes on: by its plan, the time, and how often it was asked for. Pure."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.batches import DEFAULT_PLAN, BatchPlan

# "expires_at: 24 hours after creation", "results are available for 29 days after creation" (source: documented, message
# batches, 2026-09; both API versions).
EXPIRY, ARCHIVE = 24 * 3600.0, 29 * 24 * 3600.0
# A batch without times ends when it is asked for the second time.
POLLS = 2
# The kind of the stored object.
BATCH = "batch"
CANCELED, EXPIRED = "canceled", "expired"


class Batch(Struct, frozen=True):
    """A batch as it is stored; times are seconds since 1970.

    ``answered`` says that each of its ``total`` requests has its result; ``succeeded`` and ``errored`` count these.
    Once it has ``ended``, the first ``done`` results count, and the requests behind them were canceled or expired, as
    ``rest`` says; ``succeeded`` and ``errored`` count those of the first ones then. ``polls`` is how often it was asked
    for.
    """

    id: str
    created: float
    total: int
    seed: int = 0
    plan: BatchPlan = DEFAULT_PLAN
    answered: bool = False
    succeeded: int = 0
    errored: int = 0
    polls: int = 0
    canceled: float | None = None
    ended: float | None = None
    done: int = 0
    rest: str = EXPIRED

    @property
    def status(self) -> str:
        """Its ``processing_status``."""
        if self.ended is not None:
            return "ended"
        return "in_progress" if self.canceled is None else "canceling"


class Ending(Struct, frozen=True):
    """When a batch ends, how many of its requests are done by then, and what becomes of the rest."""

    at: float
    done: int
    rest: str = EXPIRED


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Batch)


def encode(batch: Batch) -> bytes:
    """The batch as it is stored."""
    return _ENCODER.encode(batch)


def decode(data: bytes) -> Batch:
    """The batch that was stored."""
    return _DECODER.decode(data)


def find_ending(batch: Batch, now: float) -> Ending | None:
    """How a batch ends that has not ended yet; None when it goes on."""
    if batch.ended is not None or not batch.answered:
        return None
    if batch.canceled is not None:
        return Ending(max(now, batch.canceled), count_done(batch, batch.canceled), CANCELED)
    expiry, duration = batch.created + EXPIRY, batch.plan.find_duration(batch.total)
    if duration is None:
        if batch.polls >= POLLS:
            return Ending(now, _count_lasting(batch))
        return Ending(expiry, 0) if now >= expiry else None
    end = batch.created + duration
    if now < min(end, expiry):
        return None
    return Ending(end, _count_lasting(batch)) if end <= expiry else Ending(expiry, count_done(batch, expiry))


def find_early_ending(batch: Batch, now: float) -> Ending:
    """How a batch ends that somebody ends now."""
    if batch.canceled is not None:
        return Ending(max(now, batch.canceled), count_done(batch, batch.canceled), CANCELED)
    return Ending(now, _count_lasting(batch))


def count_done(batch: Batch, at: float) -> int:
    """How many requests are done at a time: one after the other, in equal steps; without times none before the end."""
    duration = batch.plan.find_duration(batch.total)
    if duration is None:
        return 0
    part = 1.0 if duration <= 0 else max(0.0, min(1.0, (at - batch.created) / duration))
    return min(int(part * batch.total), _count_lasting(batch))


def end(batch: Batch, ending: Ending, succeeded: int, errored: int) -> Batch:
    """The batch at its end, with the counts of the results among the requests that are done."""
    return replace(batch, ended=ending.at, done=ending.done, rest=ending.rest, succeeded=succeeded, errored=errored)


def is_archived(batch: Batch, now: float) -> bool:
    """Whether the results are gone."""
    return now >= batch.created + ARCHIVE


def has_results(batch: Batch, now: float) -> bool:
    """Whether there are results to be read."""
    return batch.ended is not None and not is_archived(batch, now)


def show(batch: Batch, now: float, results_url: str) -> dict[str, Any]:
    """The batch in the API's shape, keys in wire order (source: recorded 2026-06 and 2026-08)."""
    has_ended, is_old = batch.ended is not None, is_archived(batch, now)
    rest = batch.total - batch.done
    counts = {
        # "only `processing` is above 0 until the batch has ended" (source: SDK types).
        "processing": 0 if has_ended else batch.total,
        "succeeded": batch.succeeded if has_ended else 0,
        "errored": batch.errored if has_ended else 0,
        "canceled": rest if has_ended and batch.rest == CANCELED else 0,
        "expired": rest if has_ended and batch.rest == EXPIRED else 0,
    }
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": batch.status,
        "request_counts": counts,
        "ended_at": show_time(batch.ended),
        "created_at": show_time(batch.created),
        "expires_at": show_time(batch.created + EXPIRY),
        "archived_at": show_time(batch.created + ARCHIVE) if is_old else None,
        "cancel_initiated_at": show_time(batch.canceled),
        "results_url": results_url if has_ended else None,
    }


def show_time(seconds: float | None) -> str | None:
    """A time as the API writes that of batches: ``2026-08-19T14:47:10.487960+00:00``."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="microseconds")


def _count_lasting(batch: Batch) -> int:
    """How many requests do not expire by the plan."""
    return max(0, batch.total - batch.plan.expire)
