"""The end of the journey: a decision becomes a delivery and a record for the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.forwarding import Forwarding
from mockserver.endpoints.localizing import BATCHES, localize
from mockserver.endpoints.rendering import Rendering, render
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.records.reply import Content, Recorded, Reply, StoredReply, Value
from mockserver.records.spool import SPOOLED
from mockserver.reference import catalog
from mockserver.reference.costs import Lookup, find_cost, read_tokens
from mockserver.store import CallRecord
from mockserver.store.clocks import REAL
from mockserver.store.reports import find_model
from mockserver.validation import parsing
from mockserver.wires import WIRES, Wire


class Conclusion(Struct, frozen=True):
    """An answer ready to be sent, and its record for the journal of the session.

    ``continues`` is the id of the message from which a thread may be continued once the answer has left. A conclusion
    with ``later`` is none yet: it makes the one that is, and blocks while functions of the user run. Nor is one with
    ``forward``: an upstream answers, see `mockserver.endpoints.forwarded`. ``place`` is what the journal keeps for it.
    """

    delivery: Delivery
    record: CallRecord
    session: str
    continues: str | None = None
    later: Callable[[], Conclusion] | None = None
    forward: Forwarding | None = None
    place: int = 0

    @property
    def scenario(self) -> str:
        """The name of the scenario that answered, ``generated``, ``forwarded``, or ``-``; for the access log."""
        if self.record.forwarded:
            return "forwarded"
        return self.record.scenario or ("generated" if isinstance(self.record.outcome, StoredReply) else "-")


def conclude(
    arrival: Arrival,
    decision: Decision,
    lookup: Lookup = catalog.lookup,
    wire: Wire | None = None,
    gateway: str = "",
) -> Conclusion:
    """Render a decision in the wire format of its route, and make the record of the call, which is charged at the
    prices of the models that ``lookup`` finds. ``wire``: that format as the ``gateway`` of that name speaks it; None:
    as it is.
    """
    if decision.call is not None:
        arrival = replace(arrival, call=decision.call)
    prompt = decision.prompt
    stream, form = (False, None) if prompt is None else (prompt.stream, prompt.form)
    if arrival.endpoint.startswith(BATCHES):
        led = localize(decision.outcome, decision.choice.scenario, arrival.call)
        decision = replace(decision, outcome=led)
    wire = wire or WIRES[arrival.wire]
    request_id, seed = arrival.request_id, arrival.seed
    rendering = render(decision.outcome, wire, arrival.call, request_id, stream=stream, seed=seed, form=form)
    record, delivery = _record(arrival, decision, rendering, lookup, wire, gateway), rendering.delivery
    if wire.every_head is not None:
        said = {name for name, _ in delivery.headers}
        added = [each for each in wire.every_head(request_id) if each[0] not in said]
        delivery = replace(delivery, headers=(*added, *delivery.headers))
    if arrival.clock is not REAL:
        delivery = _date(delivery, arrival.call.at)
    if arrival.call.method == "HEAD":
        delivery = replace(delivery, pieces=(), source=None)  # its headers speak of a body that does not come
    return Conclusion(delivery, record, arrival.session, decision.continues, place=arrival.place)


def _date(delivery: Delivery, at: float) -> Delivery:
    """The delivery with the date of a moved clock, unless a script gives one; else the server adds the real one."""
    # Imported when first needed: only few clocks are moved.
    from email.utils import formatdate

    if any(name == "date" for name, _ in delivery.headers):
        return delivery
    return replace(delivery, headers=(("date", formatdate(at, usegmt=True)), *delivery.headers))


def _record(
    arrival: Arrival, decision: Decision, rendering: Rendering, lookup: Lookup, wire: Wire, gateway: str
) -> CallRecord:
    scenario, delivery, outcome = decision.choice.scenario, rendering.delivery, decision.outcome
    message = outcome.message if isinstance(outcome, Reply | Recorded) else None
    tokens = read_tokens(message["usage"]) if message else None
    is_put_off = isinstance(outcome, Reply) and outcome.is_put_off
    return CallRecord(
        call=arrival.call.without_spool(),
        thread=decision.thread,
        endpoint=arrival.endpoint,
        status=delivery.status,
        request_id=arrival.request_id,
        scenario=scenario.name if scenario else None,
        position=str(decision.choice.position) if scenario and not is_put_off else None,
        place=scenario.place if scenario else None,
        unmatched=_is_unmatched(decision),
        candidates=decision.candidates,
        findings=(decision.finding,) if decision.finding else (),
        outcome=rendering.outcome,
        size=rendering.size + sum([len(piece.data) for piece in delivery.pieces]),
        events_total=rendering.events,
        is_probe=decision.is_probe,
        fallbacks=tuple([each.scenario.name if each.scenario else None for each in decision.fallbacks]),
        items=decision.items,
        model=_find_model(arrival, decision),
        tokens=tokens,
        cost=find_cost(message, tokens, lookup) if message and tokens else _charge_items(decision),
        wire=arrival.wire,
        read=_write_read(arrival, decision, wire),
        channel=decision.channel,
        tries=decision.tries,
        spent=decision.spent,
        gateway=gateway,
    )


def _write_read(arrival: Arrival, decision: Decision, wire: Wire) -> bytes:
    """The body as it was read, where that is not as it was sent; a refused one is read once more."""
    prompt = decision.prompt
    if prompt is not None:
        return b"" if prompt.form is None else _dump(prompt.body)
    return translate_body(arrival.call, wire)


def translate_body(call: Call, wire: Wire) -> bytes:
    """The body of a call in the Messages form, as JSON; b"" where it is in it, refused before it is read, or larger
    than what is worth reading again.
    """
    if wire.translate is None or not 0 < len(call.body) <= SPOOLED:
        return b""
    parsed = parsing.parse(call.body)
    return _dump(wire.translate(parsed, call).body) if isinstance(parsed, dict) else b""


def _dump(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body).encode()  # it holds half a surrogate pair, or a number of many bits


def _charge_items(decision: Decision) -> float | None:
    return None if decision.items is None else decision.items.cost


def _is_unmatched(decision: Decision) -> bool:
    """Whether no scenario fitted; a computed answer needs none, but for the requests of a batch."""
    if isinstance(decision.outcome, Value | Content):
        return decision.items is not None and decision.items.lacks_scenarios
    return decision.candidates is not None and decision.choice.scenario is None


def _find_model(arrival: Arrival, decision: Decision) -> str | None:
    """The model asked for; a body that was refused before it became a prompt is read once more."""
    if decision.prompt is not None and decision.prompt.form is None:
        return decision.prompt.model or None
    return (arrival.endpoint and find_model(arrival.call.body)) or None
