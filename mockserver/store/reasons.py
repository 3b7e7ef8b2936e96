"""Why a call was refused, or answered by no scenario, in one short clause for lists and the access log."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.records.reply import Failure, Value
from mockserver.records.terminal import escape_line
from mockserver.store.calls import CallRecord
from mockserver.store.reports import parse

# How the answer begins when a scenario fits and cannot answer.
BROKEN_SCENARIO = "A scenario could not answer: "
NO_SCENARIO = "no scenario fits"
# Letters of a clause.
MOST = 240


def find_reason(record: CallRecord, show: Callable[[str], str]) -> str | None:
    """The reason, masked by ``show``; None for a call that was answered by a scenario or needs none.

    An objection of the API comes with its rule; one that validation let pass says so.
    """
    reason = _find(record)
    if reason is None:
        return None
    # Cut with room for what masking adds, so that long messages are not searched for secrets in vain.
    shown = escape_line(show(reason[: 4 * MOST]))
    return shown if len(shown) <= MOST else f"{shown[: MOST - 1]}…"


def _find(record: CallRecord) -> str | None:
    message = record.outcome.message if isinstance(record.outcome, Failure) else ""
    if message and record.unmatched:
        return _find_nearest(message)
    if message.startswith(BROKEN_SCENARIO):
        return message.partition("\n")[0]
    if record.findings:
        finding = record.findings[0]
        is_refused = record.status >= 400 and record.scenario is None
        return f"{'' if is_refused else 'not refused: '}{finding.rule}: {finding.hint or finding.message}"
    if record.unmatched:
        return NO_SCENARIO
    if record.forwarded and isinstance(record.outcome, Value) and record.status >= 400:
        return _find_refusal(record.outcome)
    if record.objection is not None and record.status < 400:
        return f"not refused: {record.objection.rule}: {record.objection.hint or record.objection.message}"
    return message.partition("\n")[0] if message and record.scenario is None and not record.is_probe else None


def _find_refusal(value: Value) -> str | None:
    """What an upstream says in an error."""
    error = (parse(value.body) or {}).get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return message.partition("\n")[0] if isinstance(message, str) else None


def _find_nearest(message: str) -> str:
    """The first scenario that the 404 names, with its differences; else what it says of there being none."""
    first, _, rest = message.partition("\n")
    nearest = rest.partition("\n")[0].strip().removeprefix("1. ")
    return f"{NO_SCENARIO}; nearest: {nearest}" if nearest else first
