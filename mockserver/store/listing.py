"""Journal entries in a few fields each, for lists."""

from __future__ import annotations

from functools import partial
from typing import Any

from mockserver.records.masks import Scrubber, name_session
from mockserver.store.calls import Departure, JournalEntry
from mockserver.store.reasons import find_reason
from mockserver.store.reports import asks_for_events, show_model

_UNDER_WAY = Departure()


def summarize(stored: JournalEntry, scrubber: Scrubber) -> dict[str, Any]:
    """An entry in a few fields, secrets masked: large bodies are not searched for those that stand elsewhere, too."""
    record, show, departure = stored.record, scrubber.brief, stored.departure
    call, scenario = record.call, record.scenario
    return {
        "number": stored.number,
        "session": name_session(call, scrubber),
        "at": call.at,
        "duration_ms": round((departure or _UNDER_WAY).duration_ms, 3),
        "method": show(call.method),
        "path": scrubber.path(show),
        "endpoint": record.endpoint,
        "model": show_model(call.body, partial(show, times=1)),
        "stream": asks_for_events(call.body),
        "status": record.status,
        "rule": record.findings[0].rule if record.findings else None,
        "reason": find_reason(record, show),
        "scenario": None if scenario is None else show(scenario),
        "position": record.position,
        "unmatched": record.unmatched,
        "probe": record.is_probe,
        "forwarded": record.forwarded,
        "retry_of": stored.retry_of,
        "finished": departure is not None,
        "hung_up": None if departure is None else departure.hung_up,
        "request_id": record.request_id,
    }
