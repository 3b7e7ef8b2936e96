"""The life of a call, from top to bottom: the order of the stages, and nothing else.

    Call → register → decode → route → authenticate → the endpoint decides → conclude: Delivery and journal record

Under a gateway, that takes the place of the API's authentication: it admits the call, and relays it to the endpoint.

An endpoint reads the body into a Prompt, checks it, chooses a scenario and composes an Outcome (`endpoints.messages`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from mockserver.auth import authenticate
from mockserver.decoding import decode
from mockserver.endpoints import recorded
from mockserver.endpoints.arrival import Arrival, register
from mockserver.endpoints.conclusion import Conclusion, conclude
from mockserver.endpoints.decision import Decision, refuse
from mockserver.endpoints.forwarded import hand_on
from mockserver.endpoints.forwarding import find_forwarding
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prefixes import cut_prefix
from mockserver.endpoints.scripted import decide_unrouted
from mockserver.endpoints.table import find_limit, find_route, find_wire, name_of
from mockserver.gateways.records import Gateway
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.records.reply import AGAIN, Failure
from mockserver.records.routing import Found
from mockserver.records.settings import Settings
from mockserver.records.spool import SPOOLED
from mockserver.reference.ids import make_timed


def answer(call: Call, parts: Parts) -> Conclusion:
    """Answer a call. It returns whatever a client sends; an exception is a bug of ours.

    Where the answer waits for functions of the user, the conclusion is empty, and its ``later`` makes the one to send.
    Where an upstream answers, as it does in place of the stages below, it is empty and says what to ``forward``.
    """
    arrival = register(call, parts)
    parts = parts.by(arrival.clock, arrival.call.at)
    recorder = parts.recorders.find(arrival.session)
    try:
        if recorder is not None and (forwarding := find_forwarding(arrival, parts, recorder)) is not None:
            return hand_on(forwarding)
        call = cut_prefix(_decode(arrival.call, parts.settings), parts.settings)
        found = find_route(call)
        arrival = _direct(arrival, call, found)
        gateway = parts.gateway
        decision = _decide(arrival, found, parts) if gateway is None else _relay(arrival, found, parts, gateway)
    except ApiError as error:
        if not arrival.endpoint:
            arrival = replace(arrival, wire=find_wire(arrival.call))
        decision = recorded.decide_refused(arrival, parts, error) or refuse(error, arrival.call)
    concluded = _conclude(arrival, decision, parts)
    if decision.later is None:
        return concluded
    return replace(concluded, later=partial(_finish, arrival, parts, decision.later))


def _direct(arrival: Arrival, call: Call, found: Found | ApiError) -> Arrival:
    """The arrival at its route, if it has one."""
    if isinstance(found, ApiError):
        return replace(arrival, call=call)
    route = found.route
    return replace(arrival, call=call, endpoint=name_of(route), wire=route.wire, parameters=found.parameters)


def _decide(arrival: Arrival, found: Found | ApiError, parts: Parts) -> Decision:
    """The decision of the API.

    Raises:
        ApiError: it refuses the call.
    """
    if isinstance(found, ApiError):
        return decide_unrouted(arrival, parts, found)
    authenticate(arrival.call, parts.settings, arrival.wire)
    return recorded.decide_form(arrival, parts) or found.route.endpoint(arrival, parts)


def _relay(arrival: Arrival, found: Found | ApiError, parts: Parts, gateway: Gateway) -> Decision:
    """The decision of a gateway, or of what stands behind it once it has admitted the call.

    Raises:
        ApiError: the call is refused there.
    """
    # Imported when first needed: most servers are like no gateway.
    from mockserver.endpoints import gate, relaying

    admitted = gate.admit(arrival, parts, gateway)
    if isinstance(admitted, Decision):
        return admitted
    if isinstance(found, ApiError):
        return decide_unrouted(admitted, parts, gate.lack(found, gateway))
    return recorded.decide_form(admitted, parts) or relaying.relay(found.route.endpoint, admitted, parts, gateway)


def _decode(call: Call, settings: Settings) -> Call:
    """The call with its body decompressed; a large one is held to what its route takes."""
    if not call.is_large:
        return decode(call, settings.max_body)
    most = find_limit(call, settings)
    return decode(call, most, SPOOLED if most > settings.max_body else most)


def _finish(arrival: Arrival, parts: Parts, decide: Callable[[], Decision]) -> Conclusion:
    try:
        decision = decide()
    except ApiError as error:
        decision = recorded.decide_refused(arrival, parts, error) or refuse(error, arrival.call)
    return _conclude(arrival, decision, parts)


def _conclude(arrival: Arrival, decision: Decision, parts: Parts) -> Conclusion:
    wire, gateway = parts.wire(arrival.wire, decision.channel, decision.outcome), parts.gateway
    return conclude(arrival, decision, parts.fixtures.catalogue.lookup, wire, gateway.name if gateway else "")


def fail(call: Call, parts: Parts, message: str, *, is_away: bool = False) -> Conclusion:
    """The API's own 500, for a call whose answer failed by a bug of ours, or because the store takes no more; a 503
    that asks to come again where the store ``is_away``. It is counted only once.
    """
    failure = Failure(503, "api_error", message, headers=AGAIN) if is_away else Failure(500, "api_error", message)
    decision = Decision(failure)
    return _conclude(Arrival(call, call.session, 0, 0, make_timed("req", 0, 0)), decision, parts)
