"""What a gateway answers itself, before it relays anything."""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import UNSET
from msgspec.structs import replace

from mockserver import auth
from mockserver.endpoints import prefixes, probes, scripted
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, refuse
from mockserver.endpoints.parts import Parts
from mockserver.gateways import admitting
from mockserver.gateways.admitting import Caller, Refusal
from mockserver.gateways.failing import make_finding
from mockserver.gateways.records import GATE, Gateway, PathRow
from mockserver.records.call import SESSION_PATH, Call
from mockserver.records.endpoints import asks_for_message
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.records.reply import Raw, Value
from mockserver.store.reports import find_model
from mockserver.validation import parsing

# What a path is where the gateway lacks its wire.
_NO_WIRE = PathRow("*", error="invalid_url", needs_key=False)
_HTML = {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}
_PAGE = Finding(
    "There is no API at this path: the gateway answers with the page of its console.",
    "gateway.page",
    "source code of new-api, 2026",
    status=200,
    kind="page",
)


def admit(arrival: Arrival, parts: Parts, gateway: Gateway) -> Arrival | Decision:
    """The arrival that the gateway lets through, with the channel that its key asks for; or what it answers itself.

    A scenario that names the path of a call comes before what the gateway answers there, but not before its key.
    """
    call, path = arrival.call, prefixes.find_path(arrival.call) or "/"
    row = _find_row(gateway, arrival, path)
    # A session in a wrong place is the matter of the server.
    if SESSION_PATH in f"{path}/":
        return arrival
    caller = admitting.find_caller(gateway, admitting.read_key(gateway, call.headers, call.query, path))
    if row is None or row.needs_key:
        refusal = admitting.check_caller(gateway, caller, parts.settings.api_keys)
        if refusal is not None:
            return _refuse(refusal, arrival, gateway)
    if row is not None and (answer := _answer(row, arrival, parts, gateway)) is not None:
        return answer
    if not asks_for_message(arrival.endpoint):
        return arrival
    refusal = _check_prompt(gateway, caller, call)
    if refusal is not None:
        return _refuse(refusal, arrival, gateway)
    channel = admitting.find_channel(gateway, caller.channel) if caller.channel else None
    return arrival if channel is None else replace(arrival, channel=channel.name)


def lack(error: ApiError, gateway: Gateway) -> ApiError:
    """The refusal of a call that the gateway would relay, and that this server has no answer for: in its envelope."""
    # With a code where its own errors have one.
    finding = replace(error.finding, kind=gateway.error_type, code=gateway.errors["no_token"].code, stage=GATE)
    return ApiError(finding, error.headers)


def name_call(arrival: Arrival, gateway: Gateway) -> dict[str, str]:
    """What the words of an error may say of a call."""
    call, path = arrival.call, prefixes.find_path(arrival.call) or "/"
    caller = admitting.find_caller(gateway, admitting.read_key(gateway, call.headers, call.query, path))
    model = excerpt(find_model(call.body) or "")
    return {"method": call.method, "path": excerpt(path), "model": model, **admitting.name_caller(gateway, caller)}


def _find_row(gateway: Gateway, arrival: Arrival, path: str) -> PathRow | None:
    if asks_for_message(arrival.endpoint) and arrival.wire not in gateway.wires:
        return _NO_WIRE
    return admitting.find_path(gateway, arrival.call.method, path)


def _check_prompt(gateway: Gateway, caller: Caller, call: Call) -> Refusal | None:
    body = _read(call)
    refusal = admitting.check_request(gateway, caller, body)
    # A gateway looks whether something is missing before it looks at quotas and prices.
    if refusal is not None or not (body and body.get("model") and body.get("messages")):
        return refusal
    return admitting.check_relayed(gateway, caller, body["model"])


def _read(call: Call) -> dict[str, Any] | None:
    """The body; an empty one where it is no object, None where it is no JSON."""
    parsed = parsing.parse(call.body, auth.charset(call))
    if not isinstance(parsed, Finding):
        return parsed
    return {} if parsed.rule == parsing.NO_OBJECT else None


def _answer(row: PathRow, arrival: Arrival, parts: Parts, gateway: Gateway) -> Decision | None:
    """What the gateway answers at a path; None where it relays."""
    if not (row.error or row.page or row.body is not UNSET):
        return None
    offer = scripted.find_offer(arrival, parts)
    if offer is not None and (decision := scripted.decide(arrival, parts, offer)) is not None:
        return decision
    call = arrival.call
    is_probe = probes.find_probe(call) is not None
    if row.error:
        return _refuse(Refusal(row.error), arrival, gateway, is_probe=is_probe, hint=prefixes.explain(call))
    if row.page:
        finding = None if is_probe else replace(_PAGE, hint=prefixes.explain(call))
        return Decision(Raw(200, row.page.encode(), _HTML), finding=finding, is_probe=is_probe)
    return Decision(Value(orjson.dumps(row.body)), is_probe=is_probe)


def _refuse(
    refusal: Refusal, arrival: Arrival, gateway: Gateway, *, is_probe: bool = False, hint: str = ""
) -> Decision:
    finding = make_finding(gateway, refusal.name, {**name_call(arrival, gateway), **refusal.values}, hint)
    decision = refuse(ApiError(finding), arrival.call)
    # A probe makes no mistake: what it hears is no finding.
    return replace(decision, finding=None, is_probe=True) if is_probe else decision
