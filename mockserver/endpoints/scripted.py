"""Paths that are not those of messages: a scenario that names the path or the method answers there.

A path without an endpoint is answered as the API answers it, unless a scenario does.
"""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from mockserver import auth, scenarios
from mockserver.auth import authenticate
from mockserver.endpoints import messages, probes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, postpone, refuse, report
from mockserver.endpoints.disturbing import disturb
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt, read_loosely
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Scenario, ScenarioSet
from mockserver.store.threads import NO_THREAD


def decide_unrouted(arrival: Arrival, parts: Parts, error: ApiError) -> Decision:
    """Answer a call that has no endpoint: by a scenario, as a probe of clients, or by the API's refusal.

    Args:
        arrival: the call.
        parts: the parts of the server.
        error: the refusal.

    Raises:
        ApiError: the refusal, or that of the key of a call that a scenario would answer.
    """
    offer = find_offer(arrival, parts)
    if offer is not None and (decision := decide(arrival, parts, offer)) is not None:
        return decision
    call = arrival.call
    probe = probes.find_probe(call)
    if probe is None:
        raise error
    # The client makes no mistake: what it hears is no finding.
    return Decision(probes.answer(probe, call.api_path) or refuse(error, call).outcome, is_probe=True)


class Offer(Struct, frozen=True):
    """The scenarios that may answer at an endpoint, or on a path that has none: of the files, and of the session.

    ``ids`` are those of all the session's scripts.
    """

    loaded: ScenarioSet
    added: tuple[Scenario, ...]
    ids: tuple[int, ...]

    def on_any_path(self) -> Offer:
        """Those of them that name no endpoint: they are for any path."""
        return Offer(self.loaded.at(""), tuple(each for each in self.added if each.endpoints is None), self.ids)


def find_offer(arrival: Arrival, parts: Parts) -> Offer | None:
    """The scenarios that may answer a call where it goes; None when there are none."""
    scripts = parts.store.scripts.active(arrival.session)
    added = tuple(each for each in parts.compiler.scenarios_of(scripts) if each.answers_at(arrival.endpoint))
    loaded = parts.fixtures.scenarios.at(arrival.endpoint)
    return Offer(loaded, added, scripts.ids) if loaded or added else None


def decide(arrival: Arrival, parts: Parts, offer: Offer) -> Decision | None:
    """Answer by the first scenario that fits, if that is one for any path; else None.

    Raises:
        ApiError: the key is refused, or another request was quicker to continue the same thread.
    """
    session, counts = arrival.session, parts.store.counters.counts(arrival.session)
    prompt = read_loosely(arrival.call, session, arrival.endpoint)
    try:
        chosen = scenarios.choose(offer.loaded, prompt, counts, offer.added).scenario
        if chosen is None or chosen.endpoints is not None:
            return None
        if probes.find_probe(arrival.call) is None:  # those come without a key
            _check_caller(arrival.call, parts)
        if parts.store.sessions.is_lost(session):
            return Decision(messages.LOST, prompt)
        on_any = offer.on_any_path()
        selection = messages.select(prompt, session, parts, on_any.loaded, on_any.added, on_any.ids)
        if selection.choice.scenario is None:
            return None
    except ScenarioError as error:
        return Decision(report(error), prompt)
    if messages.calls_functions(selection, prompt):
        return postpone(partial(_decide_selected, arrival, parts, prompt, selection))
    return _decide_selected(arrival, parts, prompt, selection)


def _decide_selected(arrival: Arrival, parts: Parts, prompt: Prompt, selection: messages.Selection) -> Decision:
    try:
        outcome = messages.answer(arrival, parts, prompt, selection).outcome
    except ScenarioError as error:
        return Decision(report(error), prompt)
    pace = parts.store.overrides.active(arrival.session).pace
    outcome = disturb(outcome, prompt, arrival, parts, pace)
    decision = messages.decide_on(outcome, ReadPrompt(prompt, None, NO_THREAD), selection)
    # Those of other paths did not take part.
    return decision.without_candidates()


def _check_caller(call: Call, parts: Parts) -> None:
    """Check the key as ever, and what else the API asks of calls to its own paths.

    Raises:
        ApiError: the call is refused.
    """
    if parts.gateway is not None:
        return  # it has looked at the key already
    if "/v1/" in call.api_path:
        authenticate(call, parts.settings)
    else:
        auth.check_key(call, parts.settings)
