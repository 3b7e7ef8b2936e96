"""Paths that are not those of messages: a scenario that names the path or the method answers there.

A path without an endpoint is answered as the API answers it, unless a scenario does.
"""

from __future__ import annotations

from functools import partial

from mockserver import auth, scenarios, validation
from mockserver.auth import authenticate
from mockserver.endpoints import messages, probes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, postpone, refuse, report
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.records.call import VERSIONS, Call
from mockserver.records.errors import ApiError, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import NO_SCENARIOS, Scenario, ScenarioSet
from mockserver.store.threads import NO_THREAD
from mockserver.validation.shape import has_shape
from mockserver.wires import WIRES


def decide_unrouted(arrival: Arrival, parts: Parts, error: ApiError) -> Decision:
    """Answer a call that has no endpoint: by a scenario, as a probe of clients, or by the API's refusal.

    Args:
        arrival: the call.
        parts: the parts of the server.
        error: the refusal.

    Raises:
        ApiError: the refusal, or that of the key of a call that a scenario would answer.
    """
    if decision := decide(arrival, parts):
        return decision
    call = arrival.call
    probe = probes.find_probe(call)
    if probe is None:
        raise error
    # The client makes no mistake: what it hears is no finding.
    return Decision(probes.answer(probe, call.api_path) or refuse(error, call).outcome, is_probe=True)


def decide(arrival: Arrival, parts: Parts) -> Decision | None:
    """Answer by a scenario that names the path or the method of its calls; None when none fits.

    Raises:
        ApiError: the key is refused, or another request was quicker to continue the same thread.
    """
    loaded, added = _list_open(arrival.session, parts)
    if not loaded and not added:
        return None
    session, counts = arrival.session, parts.store.counters.counts(arrival.session)
    prompt = _read_prompt(arrival.call, session)
    try:
        if scenarios.choose(loaded, prompt, counts, added).scenario is None:
            return None
        if probes.find_probe(arrival.call) is None:  # those come without a key
            _check_caller(arrival.call, parts)
        if parts.store.sessions.is_lost(session):
            return Decision(messages.LOST, prompt)
        selection = messages.select(prompt, session, parts, loaded, added)
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
    decision = messages.decide_on(
        messages.disturb(outcome, prompt, arrival.session, parts, pace), ReadPrompt(prompt, None, NO_THREAD), selection
    )
    # Those of other paths did not take part.
    return decision.without_candidates()


def _list_open(session: str, parts: Parts) -> tuple[ScenarioSet, tuple[Scenario, ...]]:
    """The scenarios that may answer on any path: of the files, and of the session."""
    scripts = parts.store.scripts.active(session)
    added = parts.compiler.scenarios_of(scripts)
    return parts.fixtures.scenarios.open or NO_SCENARIOS, tuple(each for each in added if each.is_open)


def _check_caller(call: Call, parts: Parts) -> None:
    """Check the key as ever, and what else the API asks of calls to its own paths.

    Raises:
        ApiError: the call is refused.
    """
    if "/v1/" in call.api_path:
        authenticate(call, parts.settings)
    else:
        auth.check_key(call, parts.settings)


def _read_prompt(call: Call, session: str) -> Prompt:
    """The prompt of a call that may have any body: an object's parts of the shape that is known, else nothing."""
    parsed = validation.parsing.parse(call.body, auth.charset(call)) if call.body else {}
    body = parsed if isinstance(parsed, dict) else {}
    if not has_shape(body):
        body = {key: value for key, value in body.items() if has_shape({key: value})}
    version = call.version if call.version in VERSIONS else VERSIONS[0]
    return WIRES["messages"].read(body, call, version=version, session=session)
