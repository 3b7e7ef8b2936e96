"""Journal entries in a few fields each, for lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mockserver.records.masks import Scrubber, name_session
from mockserver.records.reply import StoredReply
from mockserver.reference.costs import TOKENS
from mockserver.store.calls import CallRecord, Departure, JournalEntry
from mockserver.store.reasons import find_reason
from mockserver.store.skimming import ROOM, SHOWN, find_tools, find_user_text, skim

_UNDER_WAY = Departure()
_NAMES = tuple(name.removesuffix("_tokens") for name in TOKENS)


def summarize(stored: JournalEntry, scrubber: Scrubber) -> dict[str, Any]:
    """An entry in a few fields, secrets masked: large bodies are not searched for those that stand elsewhere, too."""
    record, show, departure = stored.record, scrubber.brief, stored.departure or _UNDER_WAY
    call, scenario, body = record.call, record.scenario, skim(record.call.body)
    read = skim(record.read) if record.read else body
    return {
        "number": stored.number,
        "session": name_session(call, scrubber),
        "at": call.at,
        "duration_ms": round(departure.duration_ms, 3),
        "first_byte_ms": None if departure.first_ms is None else round(departure.first_ms, 3),
        "method": show(call.method),
        "path": scrubber.path(show),
        "endpoint": record.endpoint,
        "wire": record.wire,
        "gateway": record.gateway or None,
        "channel": record.channel or None,
        "tries": [{"channel": show(name), "status": status} for name, status in record.tries],
        "model": body.show_model(partial(show, times=1)),
        "stream": body.asks_for_events,
        "status": record.status,
        "rule": record.findings[0].rule if record.findings else None,
        "reason": find_reason(record, show),
        "scenario": None if scenario is None else show(scenario),
        "position": record.position,
        "unmatched": record.unmatched,
        "probe": record.is_probe,
        "forwarded": record.forwarded,
        "retry_of": stored.retry_of,
        "finished": stored.departure is not None,
        "hung_up": stored.departure and stored.departure.hung_up,
        "request_id": record.request_id,
        "user": _show_text(user, show) if (user := find_user_text(read, record.thread)) else None,
        "tools": list(list_tools(record, show)),
        "faults": list(list_faults(record)),
        "tokens": show_tokens(record),
        "cost": record.cost,
    }


def list_tools(record: CallRecord, show: Callable[[str], str]) -> tuple[str, ...]:
    """The names of the tools that the answer calls, in order, each once; masked by ``show``."""
    outcome = record.outcome
    return tuple(map(show, find_tools(outcome.message))) if isinstance(outcome, StoredReply) else ()


def list_faults(record: CallRecord) -> tuple[str, ...]:
    """The names of the faults that were to strike the answer."""
    return tuple([fault.then for fault in getattr(record.outcome, "faults", ())])


def show_tokens(record: CallRecord) -> dict[str, int] | None:
    """The sums of tokens of the message answered; None when none was."""
    return None if record.tokens is None else dict(zip(_NAMES, record.tokens, strict=True))


def _show_text(text: str, show: Callable[[str], str]) -> str | None:
    """The text masked, then in one line and cut."""
    shown = show(text)
    if len(text) == ROOM and shown != text:
        # Masks are short: what stood at the end may be shown now, and half a secret is not known for one.
        shown = shown[:-SHOWN].rpartition(" ")[0]
    line = " ".join(shown.split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
