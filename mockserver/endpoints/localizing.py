"""Recorded answers that tell clients where to go on: there they name this server, and no longer the upstream."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.endpoints.batches.addresses import lead_here
from mockserver.records.call import Call
from mockserver.records.exchanges import Chunk
from mockserver.records.reply import Outcome, Raw, Recorded
from mockserver.scenarios import Scenario

# Batches name the address of their results.
BATCHES = "messages/batches"


def localize(outcome: Outcome, scenario: Scenario | None, call: Call) -> Outcome:
    """The answer of a scenario to a call about batches. What was not recorded stays as it was written."""
    if scenario is None or "recorded" not in scenario.condition.source:
        return outcome
    if isinstance(outcome, Raw):
        return replace(outcome, body=lead_here(outcome.body, call))
    if isinstance(outcome, Recorded) and outcome.response.content is None:
        return replace(outcome, response=replace(outcome.response, chunks=_lead_chunks(outcome.response.chunks, call)))
    return outcome


def _lead_chunks(chunks: tuple[Chunk, ...], call: Call) -> tuple[Chunk, ...]:
    """The chunks with other addresses; in one where an address lies across their boundaries."""
    led = tuple(replace(chunk, data=lead_here(chunk.data, call)) for chunk in chunks)
    whole = lead_here(b"".join([chunk.data for chunk in chunks]), call)
    if b"".join([chunk.data for chunk in led]) == whole:
        return led
    return (Chunk(whole, sum(chunk.delay for chunk in chunks)),)
