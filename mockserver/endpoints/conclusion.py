"""The end of the journey: a decision becomes a delivery and a record for the journal."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.rendering import Rendering, render
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Reply, StoredReply, Value
from mockserver.store import CallRecord
from mockserver.wires import WIRES


class Conclusion(Struct, frozen=True):
    """An answer ready to be sent, and its record for the journal of the session.

    ``continues`` is the id of the message from which a thread may be continued once the answer has left. A conclusion
    with ``later`` is none yet: it makes the one that is, and blocks while functions of the user run.
    """

    delivery: Delivery
    record: CallRecord
    session: str
    continues: str | None = None
    later: Callable[[], Conclusion] | None = None

    @property
    def scenario(self) -> str:
        """The name of the scenario that answered, ``generated``, or ``-``; for the access log."""
        return self.record.scenario or ("generated" if isinstance(self.record.outcome, StoredReply) else "-")


def conclude(arrival: Arrival, decision: Decision) -> Conclusion:
    """Render a decision in the wire format of its route, and make the record of the call."""
    stream = decision.prompt is not None and decision.prompt.stream
    wire = WIRES[arrival.wire]
    rendering = render(decision.outcome, wire, arrival.call, arrival.request_id, stream=stream, seed=arrival.seed)
    record, delivery = _record(arrival, decision, rendering), rendering.delivery
    if arrival.call.method == "HEAD":
        delivery = replace(delivery, pieces=())  # its headers speak of a body that does not come
    return Conclusion(delivery, record, arrival.session, decision.continues)


def _record(arrival: Arrival, decision: Decision, rendering: Rendering) -> CallRecord:
    scenario, delivery, outcome = decision.choice.scenario, rendering.delivery, decision.outcome
    is_put_off = isinstance(outcome, Reply) and outcome.is_put_off
    return CallRecord(
        call=arrival.call,
        thread=decision.thread,
        endpoint=arrival.endpoint,
        status=delivery.status,
        request_id=arrival.request_id,
        scenario=scenario.name if scenario else None,
        position=str(decision.choice.position) if scenario and not is_put_off else None,
        place=scenario.place if scenario else None,
        # A computed answer needs no scenario.
        unmatched=decision.candidates is not None and scenario is None and not isinstance(outcome, Value),
        candidates=decision.candidates,
        findings=(decision.finding,) if decision.finding else (),
        outcome=rendering.outcome,
        size=sum([len(piece.data) for piece in delivery.pieces]),
        events_total=rendering.events,
        is_probe=decision.is_probe,
        fallbacks=tuple(each.scenario.name if each.scenario else None for each in decision.fallbacks),
    )
