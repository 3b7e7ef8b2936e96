"""What cassettes change: a request that was recorded is answered as it was, and what was not recorded by an error."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import orjson
from msgspec.structs import replace

from mockserver.compose.failure import make_failure, make_raw
from mockserver.endpoints import messages, scripted
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, postpone, report
from mockserver.endpoints.disturbing import disturb
from mockserver.endpoints.messages import Selection
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prefixes import find_path
from mockserver.endpoints.prompts import ReadPrompt, read_loosely
from mockserver.endpoints.scripted import Offer
from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ApiError, ScenarioError
from mockserver.records.reply import Outcome, Value
from mockserver.scenarios import Scenario, ScenarioSet
from mockserver.store.threads import NO_THREAD

_FORM = "multipart/"
UNAUTHORIZED = 401
# What the API refuses at these depends on the day.
_DATED = frozenset(("model", "anthropic-beta", "anthropic-version"))
# And what depends on the server that was recorded: another mock server signs with a key of its own.
_SIGNED = frozenset(("thoughts_genuine", "compaction_genuine"))


def decide_refused(arrival: Arrival, parts: Parts, error: ApiError) -> Decision | None:
    """Answer a call that the API would refuse by the recording of it: then the API did not. The journal keeps why.

    None where none was recorded, and where the key is refused.
    """
    if error.finding.status == UNAUTHORIZED or (offer := _find_offer(arrival, parts)) is None:
        return None
    if parts.store.sessions.is_lost(arrival.session):
        return None
    read = ReadPrompt(read_loosely(arrival.call, arrival.session, arrival.endpoint), error.finding, NO_THREAD)
    decision = _decide(arrival, parts, read, offer)
    # What was recorded says more than that the API has no such path, or does not know a model of then any more.
    finding = error.finding
    is_dated = not arrival.endpoint or finding.path in _DATED or finding.rule in _SIGNED
    return decision or (refuse_unrecorded(arrival, parts, read, offer) if is_dated else None)


def decide_form(arrival: Arrival, parts: Parts) -> Decision | None:
    """Answer a form by the recording of it, or as what was not recorded, before its parts are kept.

    None where it is to be computed.
    """
    if not arrival.call.headers.get("content-type", "").startswith(_FORM):
        return None
    offer = _find_offer(arrival, parts)
    if offer is None:
        return None
    read = ReadPrompt(read_loosely(arrival.call, arrival.session, arrival.endpoint), None, NO_THREAD)
    return _decide(arrival, parts, read, offer) or refuse_unrecorded(arrival, parts, read, offer)


def refuse_unrecorded(arrival: Arrival, parts: Parts, read: ReadPrompt, offer: Offer) -> Decision | None:
    """The error for a call that is none of those of its path that were recorded; None where it is to be computed."""
    known = find_known(arrival.call, offer.loaded, offer.added)
    options = parts.store.overrides.active(arrival.session)
    if not known or not options.refuses_unmatched(has_recorded=True):
        return None
    selection = messages.choose_nothing(arrival.session, parts, offer.loaded.only(known), offer.ids)
    failure = messages.explain_unmatched(arrival, read.prompt, selection, parts, options.advice)
    return messages.decide_on(failure, read, selection)


def find_known(call: Call, loaded: ScenarioSet, added: Iterable[Scenario]) -> list[Scenario]:
    """The scenarios that want recorded requests of the method and path of a call."""
    asked = call.method, find_path(call).rstrip("/")
    return [
        each
        for each in (*loaded.recorded.scenarios, *added)
        if (recorded := each.condition.recorded)
        and (recorded.exchange.request.method, recorded.exchange.request.path.rstrip("/")) == asked
    ]


def _find_offer(arrival: Arrival, parts: Parts) -> Offer | None:
    """The scenarios that want recorded requests, of those that may answer a call; None when there are none."""
    offer = scripted.find_offer(arrival, parts)
    if offer is None:
        return None
    added = tuple(each for each in offer.added if each.condition.recorded)
    return replace(offer, loaded=offer.loaded.recorded, added=added) if offer.loaded.has_recorded or added else None


def _decide(arrival: Arrival, parts: Parts, read: ReadPrompt, offer: Offer) -> Decision | None:
    try:
        selection = messages.select(read.prompt, arrival.session, parts, offer.loaded, offer.added, offer.ids)
    except ScenarioError as error:
        return Decision(report(error), read.prompt, read.finding)
    if selection.choice.scenario is None:
        return None
    if messages.calls_functions(selection, read.prompt):
        return postpone(partial(_decide_selected, arrival, parts, read, selection, selection.choice.scenario))
    return _decide_selected(arrival, parts, read, selection, selection.choice.scenario)


def _decide_selected(
    arrival: Arrival, parts: Parts, read: ReadPrompt, selection: Selection, chosen: Scenario
) -> Decision:
    try:
        outcome = _answer(arrival, parts, read, selection, chosen)
    except ScenarioError as error:
        outcome = report(error)
    decision = messages.decide_on(outcome, read, selection)
    return decision if arrival.endpoint == MESSAGES else decision.without_candidates()


def _answer(arrival: Arrival, parts: Parts, read: ReadPrompt, selection: Selection, chosen: Scenario) -> Outcome:
    if chosen.endpoints is None or MESSAGES in chosen.endpoints:
        pace = parts.store.overrides.active(arrival.session).pace
        outcome = messages.answer(arrival, parts, read.prompt, selection).outcome
        return disturb(outcome, read.prompt, arrival, parts, pace)
    # What is computed of a request that the API would refuse is not known: the recording says all.
    answer = messages.find_answer(arrival, parts, read.prompt, selection.choice)
    if answer.kind == "error":
        return make_failure(answer, read.prompt, arrival.parameters.get("id", ""))
    if answer.kind == "raw":
        return make_raw(answer)
    return Value(orjson.dumps(answer.value), headers=answer.headers, faults=answer.faults, pace=answer.pace)
