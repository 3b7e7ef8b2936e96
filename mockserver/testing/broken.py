"""Scenarios that fitted a request and could not answer it: a function that raised, a placeholder that failed."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.reasons import BROKEN_SCENARIO
from mockserver.testing.assertions import Request, make_printable


def complain_of_broken(requests: Sequence[Request]) -> str:
    """Complain of requests that a scenario could not answer, with what it failed for."""
    lines: list[str] = []
    for request in requests:
        error = (request.entry.answer or {}).get("error") if request.entry.status == 500 else None
        message = str(error.get("message", "")) if isinstance(error, dict) else ""
        if request.entry.scenario and message.startswith(BROKEN_SCENARIO):
            first, *others = message.split("\n")
            lines += [f"{request}", *(f"  {line}" for line in (first.removeprefix(BROKEN_SCENARIO), *others))]
    return make_printable([BROKEN_SCENARIO.strip(), *lines]) if lines else ""
