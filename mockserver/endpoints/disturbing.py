"""What happens to an answer on its way: the pace in force, and the faults set for the next answers."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver import delivery
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.rendering import render
from mockserver.records.delivery import Delivery
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Fault, Pace, Recorded, Reply, ScriptOutcome
from mockserver.wires import Wire


def disturb(outcome: ScriptOutcome, prompt: Prompt, arrival: Arrival, parts: Parts, pace: str | Pace) -> ScriptOutcome:
    """Add the pace in force, where the script gives none, and the faults set for the next answers that they change.

    The answer to a request of a batch does not travel alone: it has neither. What a channel of a gateway makes of each
    of its replies comes last.
    """
    return _convert(_disturb(outcome, prompt, arrival, parts, pace), prompt, arrival, parts)


def _convert(outcome: ScriptOutcome, prompt: Prompt, arrival: Arrival, parts: Parts) -> ScriptOutcome:
    """What the channel of a gateway makes of a reply, as a stream or as a whole."""
    if parts.channel is None or not isinstance(outcome, Reply | Recorded):
        return outcome
    kinds, given = parts.wire(arrival.wire).faults, parts.channel.faults.get(arrival.wire, ())
    known = [(fault, kinds[fault.then]) for fault in given if fault.then in kinds]
    faults = [fault for fault, kind in known if (kind.streamed if prompt.stream else kind.whole)]
    return replace(outcome, faults=(*outcome.faults, *faults))


def _disturb(outcome: ScriptOutcome, prompt: Prompt, arrival: Arrival, parts: Parts, pace: str | Pace) -> ScriptOutcome:
    if prompt.custom_id is not None:
        return outcome
    if outcome.pace is None and pace != "none":
        active = (
            delivery.realtime(parts.fixtures.catalogue.lookup(prompt.model).line) if isinstance(pace, str) else pace
        )
        outcome = replace(outcome, pace=active)
    planned, session = parts.store.faults, arrival.session
    while faults := planned.find(session):
        if not all(_changes(fault, outcome, prompt, arrival, parts) for fault in faults):
            break  # They wait for an answer that they change: for a stream, a tool's input, a thought.
        if planned.take(session, faults):
            return replace(outcome, faults=(*outcome.faults, *faults))
    return outcome


def _changes(fault: Fault, outcome: ScriptOutcome, prompt: Prompt, arrival: Arrival, parts: Parts) -> bool:
    """Whether a fault makes a difference to the answer, as it would leave without any."""
    wire = parts.wire(arrival.wire)
    sound, struck = (_convert(replace(outcome, faults=faults), prompt, arrival, parts) for faults in ((), (fault,)))
    return _deliver(sound, prompt, arrival, wire) != _deliver(struck, prompt, arrival, wire)


def _deliver(outcome: ScriptOutcome, prompt: Prompt, arrival: Arrival, wire: Wire) -> Delivery:
    call, request_id, seed = arrival.call, arrival.request_id, arrival.seed
    return render(outcome, wire, call, request_id, stream=prompt.stream, seed=seed, form=prompt.form).delivery
