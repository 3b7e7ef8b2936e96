"""Endpoints whose answers are computed: a scenario may change values of the answer, fail it, or answer in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.compose.failure import make_failure, make_raw
from mockserver.compose.recorded import make_recorded
from mockserver.endpoints import messages, recorded, scripted
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, postpone, report
from mockserver.endpoints.messages import Selection
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt, read_any
from mockserver.records.errors import ScenarioError
from mockserver.records.reply import NOTHING, Answer, Content, Outcome, Value

# Makes the body of an answer, or the whole of it, in which values that a script gives replace those that are computed.
# It may raise ``ApiError``.
Computed = dict[str, Any] | Value | Content
Compute = Callable[[ReadPrompt, Mapping[str, Any]], Computed]


def decide(arrival: Arrival, parts: Parts, compute: Compute) -> Decision:
    """Answer by the first scenario that fits, of those that name the endpoint or are for any path; else compute.

    Raises:
        ApiError: the API refuses the request, or ``compute`` does.
    """
    offer = scripted.find_offer(arrival, parts)
    if offer is not None and (decision := scripted.decide(arrival, parts, offer)) is not None:
        return decision
    read = _read(arrival, parts)
    if parts.store.sessions.is_lost(arrival.session):
        return Decision(messages.LOST, read.prompt, read.finding, read.thread)
    if offer is None:
        return Decision(_make(compute(read, NOTHING)), read.prompt, read.finding, read.thread)
    try:
        selection = messages.select(read.prompt, arrival.session, parts, offer.loaded, offer.added, offer.ids)
    except ScenarioError as error:
        return Decision(report(error), read.prompt, read.finding, read.thread)
    if selection.choice.scenario is None and selection.has_recorded:
        refused = recorded.refuse_unrecorded(arrival, parts, read, offer)
        if refused is not None:
            return refused
    if messages.calls_functions(selection, read.prompt):
        return postpone(partial(_decide_selected, arrival, parts, read, selection, compute))
    return _decide_selected(arrival, parts, read, selection, compute)


def _decide_selected(
    arrival: Arrival, parts: Parts, read: ReadPrompt, selection: Selection, compute: Compute
) -> Decision:
    try:
        outcome = _answer(arrival, parts, read, selection, compute)
    except ScenarioError as error:
        outcome = report(error)
    return messages.decide_on(outcome, read, selection)


def merge(computed: Any, scripted_: Any) -> Any:
    """The computed value with the scripted one in it: objects are merged, anything else is replaced."""
    if not (isinstance(computed, Mapping) and isinstance(scripted_, Mapping)):
        return scripted_
    return {**computed, **{key: merge(computed.get(key), value) for key, value in scripted_.items()}}


def _read(arrival: Arrival, parts: Parts) -> ReadPrompt:
    return read_any(arrival.call, arrival.session, parts, arrival.endpoint, arrival.wire)


def _make(computed: Computed) -> Value | Content:
    return Value(orjson.dumps(computed)) if isinstance(computed, dict) else computed


def _answer(arrival: Arrival, parts: Parts, read: ReadPrompt, selection: Selection, compute: Compute) -> Outcome:
    """What the scenario says, or the computed answer. An answer that cannot be given is not used up."""
    choice, is_given = selection.choice, False
    if choice.scenario is None:
        return _make(compute(read, NOTHING))
    if choice.scenario.endpoints is None:
        # For any path: the one that came first has run out meanwhile.
        return messages.answer(arrival, parts, read.prompt, selection).outcome
    try:
        answer = messages.find_answer(arrival, parts, read.prompt, choice)
        outcome = _compose(answer, arrival, read, compute)
        is_given = True
        return outcome
    finally:
        if not is_given:
            messages.put_back([choice], arrival.session, parts, selection.era)


def _compose(answer: Answer, arrival: Arrival, read: ReadPrompt, compute: Compute) -> Outcome:
    if answer.kind == "error":
        return make_failure(answer, read.prompt, arrival.parameters.get("id", ""))
    if answer.kind == "raw":
        return make_raw(answer)
    if answer.kind == "recorded":
        return make_recorded(answer, read.prompt)
    made = _make(compute(read, answer.value))
    return replace(made, headers={**made.headers, **answer.headers}, faults=answer.faults, pace=answer.pace)
