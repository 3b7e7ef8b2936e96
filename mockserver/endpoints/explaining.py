"""Explains which scenario answers a call, and why the others do not."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from mockserver import scenarios
from mockserver.auth import authenticate
from mockserver.control import Explanation
from mockserver.decoding import decode
from mockserver.endpoints.arrival import Arrival, move
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.decision import DROPPED
from mockserver.endpoints.fixtures import Fixtures
from mockserver.endpoints.forwarding import find_forwarding
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prefixes import cut_prefix
from mockserver.endpoints.prompts import ReadPrompt, read_any, read_loosely
from mockserver.endpoints.recorded import UNAUTHORIZED, find_known
from mockserver.endpoints.table import find_route, name_of
from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES, name_prompts
from mockserver.records.errors import AnswerFinding, ApiError, Finding, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.routing import Found
from mockserver.scenarios import Scenario, ScenarioSet
from mockserver.store import CallRecord, Reasons, Store, unreadable_keys
from mockserver.store.reports import find_model
from mockserver.store.threads import NO_THREAD

LOST = Finding(DROPPED, "session_dropped", "ours, docs/control.md", status=404)


class MissExplainer:
    """Works out from the record of a call why the scenarios before the one that answered did not, and what that missed.

    Args:
        store: where the session's scripts are.
        fixtures: the scenarios of files.
        compiler: compiles scripts.
    """

    def __init__(self, store: Store, fixtures: Fixtures, compiler: Compiler) -> None:
        self._store = store
        self._fixtures = fixtures
        self._compiler = compiler

    def __call__(self, record: CallRecord, prompt: Prompt, most: int) -> Reasons:
        """Why a call was answered as it was; its prompt is given as received. So many misses are told at most."""
        candidates = record.candidates
        unreadable = unreadable_keys(prompt)
        # How near a scenario is to fitting is measured by the user text.
        if candidates is None or "user" in unreadable:
            return Reasons()
        scripts = self._store.scripts.find(record.call.session, candidates.scripts)
        tried = (*self._compiler.scenarios(scripts), *self._fixtures.at(candidates.fixtures).scenarios)
        winner = (record.scenario, record.place)
        end = next((at for at, each in enumerate(tried) if (each.name, each.place) == winner), len(tried))
        readable = tuple(each for each in tried[:end] if unreadable.isdisjoint(each.condition.source))
        is_given = end < len(tried) and record.position is not None
        model = self._fixtures.catalogue.lookup(prompt.model)
        wish = scenarios.explain_wish(tried[end], int(record.position or 0), prompt, model) if is_given else ()
        met = _list_met(tried[end], prompt, unreadable) if end < len(tried) else ()
        try:
            misses, left_out = scenarios.explain(ScenarioSet(readable), prompt, candidates.counts, most=most)
        except ScenarioError:
            # A slow pattern was in time for one request; for those of a whole page it is not.
            return Reasons(wish, met=met)
        return Reasons((*wish, *misses), left_out, met)


def _list_met(scenario: Scenario, prompt: Prompt, unreadable: frozenset[str]) -> tuple[scenarios.Met, ...]:
    """What the condition of the scenario that answered found in a prompt."""
    if not unreadable.isdisjoint(scenario.condition.source):
        return ()
    try:
        return scenarios.list_met(scenario, prompt)
    except ScenarioError:
        return ()


class AnswerInspector:
    """Holds scripted answers against the prompts that they answered, by the facts about the models of ``fixtures``."""

    def __init__(self, fixtures: Fixtures) -> None:
        self._fixtures = fixtures

    def __call__(self, prompt: Prompt, message: Any) -> tuple[AnswerFinding, ...]:
        """What the API would not have answered."""
        # Most servers start, and are stopped, without anybody who asks for this.
        from mockserver.validation import answers

        return answers.inspect(prompt, self._fixtures.catalogue.lookup(prompt.model), message)


def explain(call: Call, parts: Parts) -> Explanation:
    """Find the scenario that would answer the call, and the reasons why others would not. Changes nothing."""
    session = call.session
    call, clock = move(call, parts.store.clocks)
    parts, endpoint, wire, refusal = parts.by(clock, call.at), "", MESSAGES, None
    if (forwarded := _explain_forwarded(call, session, parts)) is not None:
        return forwarded
    try:
        call = cut_prefix(decode(call, parts.settings.max_body), parts.settings)
        found = find_route(call)
        if not isinstance(found, ApiError):
            endpoint, wire = name_prompts(name_of(found.route)), found.route.wire
        if (answered := _explain_gateway(call, session, parts, found)) is not None:
            return answered
        if endpoint and parts.gateway is None:
            authenticate(call, parts.settings, wire)
        read = read_any(call, session, _choose_channel(call, parts), endpoint, wire)
    except ApiError as error:
        found = refusal = error
        read = ReadPrompt(read_loosely(call, session, endpoint, wire), error.finding, NO_THREAD)
    if parts.store.sessions.is_lost(session):
        return Explanation("error", finding=LOST)
    loaded, added = _find_offered(endpoint, session, parts, refusal)
    counts = parts.store.counters.counts(session)
    choice = scenarios.choose(loaded, read.prompt, counts, added)
    misses, left_out = scenarios.explain(loaded, read.prompt, counts, added)
    if choice.scenario is None:
        if isinstance(found, ApiError):
            return Explanation("error", finding=found.finding, misses=misses, left_out=left_out)
        by = _find_answerer(call, parts, endpoint, loaded, added)
        return Explanation(by, finding=read.finding, misses=misses, left_out=left_out)
    model = parts.fixtures.catalogue.lookup(read.prompt.model)
    wish = scenarios.explain_wish(choice.scenario, choice.position, read.prompt, model)
    about = choice.scenario.name, str(choice.position), choice.scenario.place
    return Explanation("scenario", *about, read.finding, (*wish, *misses), left_out)


def _explain_gateway(call: Call, session: str, parts: Parts, found: Found | ApiError) -> Explanation | None:
    """The explanation of a call that the gateway answers itself; None: it relays it, or there is none."""
    if parts.gateway is None:
        return None
    from mockserver.endpoints import gate  # rarely needed

    endpoint, wire = ("", MESSAGES) if isinstance(found, ApiError) else (name_of(found.route), found.route.wire)
    admitted = gate.admit(Arrival(call, session, 0, 0, "", endpoint, wire), parts, parts.gateway)
    if isinstance(admitted, Arrival):
        return None
    return Explanation("computed" if admitted.finding is None else "error", finding=admitted.finding)


def _choose_channel(call: Call, parts: Parts) -> Parts:
    """The parts by which the first channel of the gateway answers, if there is one."""
    if parts.gateway is None:
        return parts
    from mockserver.gateways.channels import list_channels  # rarely needed

    channels = list_channels(parts.gateway, find_model(call.body) or "")
    return replace(parts, channel=channels[0]) if channels else parts


def _explain_forwarded(call: Call, session: str, parts: Parts) -> Explanation | None:
    """The explanation of a call that an upstream would answer; None: it would be answered here."""
    recorder = parts.recorders.find(session)
    if recorder is None or (found := find_forwarding(Arrival(call, session, 0, 0, ""), parts, recorder)) is None:
        return None
    endpoint = name_prompts(found.arrival.endpoint)
    loaded, added = _find_offered(endpoint, session, parts, None)
    prompt = read_loosely(found.arrival.call, session, endpoint, found.arrival.wire)
    misses, left_out = scenarios.explain(loaded, prompt, parts.store.counters.counts(session), added)
    return Explanation("forwarded", finding=found.objection, misses=misses, left_out=left_out)


def _find_offered(
    endpoint: str, session: str, parts: Parts, refusal: ApiError | None
) -> tuple[ScenarioSet, tuple[Scenario, ...]]:
    """The scenarios of files and of the session that may answer; of a request that is refused those of recordings."""
    if refusal is not None and refusal.finding.status == UNAUTHORIZED:
        return ScenarioSet(), ()
    loaded = parts.fixtures.scenarios.at(endpoint)
    scripts = parts.compiler.scenarios_of(parts.store.scripts.active(session))
    added = tuple(each for each in scripts if each.answers_at(endpoint))
    if refusal is None:
        return loaded, added
    return loaded.recorded, tuple(each for each in added if each.condition.recorded)


def _find_answerer(call: Call, parts: Parts, endpoint: str, loaded: ScenarioSet, added: tuple[Scenario, ...]) -> str:
    """What answers a call that no scenario fits: ``generated``, ``computed`` or ``error``."""
    options = parts.store.overrides.active(call.session)
    if endpoint == MESSAGES:
        has_recorded = any(each.condition.recorded for each in (*added, *loaded.scenarios))
        return "error" if options.refuses_unmatched(has_recorded=has_recorded) else "generated"
    # Only where some of its path were recorded.
    known = find_known(call, loaded, added)
    return "error" if known and options.refuses_unmatched(has_recorded=True) else "computed"
