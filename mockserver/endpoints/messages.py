"""``POST /v1/messages``: a scenario answers, or a generated reply."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from mockserver import compose, scenarios
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import DROPPED, Decision, postpone, report
from mockserver.endpoints.disturbing import disturb
from mockserver.endpoints.made_files import keep_files
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt, read_prompt
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import Scrubber
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NO_RETRY, Answer, Failure, Outcome, Pace, Recorded, Reply, ScriptOutcome
from mockserver.scenarios import Choice, Scenario, ScenarioSet, Variables
from mockserver.store import ActiveSettings, Candidates
from mockserver.store.threads import remember

GENERATED = Answer("generate")
# Of the setting ``tool_use`` the value by default.
ASKED = "asked"
LOST = Failure(404, "not_found_error", DROPPED, headers=NO_RETRY, is_ours=True)


class Selection(Struct, frozen=True):
    """The scenario chosen for a prompt, and those it was chosen from: of the files, and of the session in its era."""

    choice: Choice
    candidates: Candidates
    loaded: ScenarioSet
    added: tuple[Scenario, ...]
    era: int

    @property
    def has_recorded(self) -> bool:
        """Whether some of the candidates want recorded requests."""
        return self.loaded.has_recorded or any(scenario.condition.recorded for scenario in self.added)


class Given(Struct, frozen=True):
    """An answer, the id of the message to continue its thread from, and the choices for its fallback models."""

    outcome: ScriptOutcome
    continues: str | None
    fallbacks: tuple[Choice, ...]


def decide(arrival: Arrival, parts: Parts) -> Decision:
    """Answer a prompt: by the first scenario that fits, of which an answer is used up, else as ``unmatched`` says."""
    options = parts.store.overrides.active(arrival.session)
    read = read_prompt(arrival.call, arrival.session, parts, "messages", options.validation, arrival.wire)
    return decide_read(arrival, parts, read, options)


def decide_read(arrival: Arrival, parts: Parts, read: ReadPrompt, options: ActiveSettings) -> Decision:
    """Answer a prompt that was read, under the settings in force.

    Raises:
        ApiError: another request was quicker to continue the same thread.
    """
    session = arrival.session
    if parts.store.sessions.is_lost(session):
        return Decision(LOST, read.prompt, read.finding, read.thread)
    try:
        selection = _select(read.prompt, session, parts)
        if selection.choice.scenario is None and options.refuses_unmatched(has_recorded=selection.has_recorded):
            failure = explain_unmatched(arrival, read.prompt, selection, parts, options.advice)
            return decide_on(failure, read, selection)
    except ScenarioError as error:
        # A pattern or a path took too long: whether its scenario fits is not known.
        return Decision(report(error), read.prompt, read.finding, read.thread)
    if calls_functions(selection, read.prompt):
        return postpone(partial(decide_selected, arrival, parts, read, selection, options.pace))
    return decide_selected(arrival, parts, read, selection, options.pace)


def calls_functions(selection: Selection, prompt: Prompt) -> bool:
    """Whether functions of the user may be called for the answer."""
    step = selection.choice.step
    if step is not None and step.is_function:
        return True
    if not prompt.body.get("fallbacks"):
        return False
    return any(scenario.has_functions for scenario in (*selection.loaded.named.scenarios, *selection.added))


def decide_selected(
    arrival: Arrival, parts: Parts, read: ReadPrompt, selection: Selection, pace: str | Pace
) -> Decision:
    """Answer by the scenario that was chosen.

    Raises:
        ApiError: another request was quicker to continue the same thread.
    """
    try:
        given = answer(arrival, parts, read.prompt, selection)
    except ScenarioError as error:
        return decide_on(report(error), read, selection)
    outcome = disturb(given.outcome, read.prompt, arrival, parts, pace)
    return decide_on(outcome, read, selection, given.continues, given.fallbacks)


def decide_on(
    outcome: Outcome,
    read: ReadPrompt,
    selection: Selection,
    continues: str | None = None,
    fallbacks: tuple[Choice, ...] = (),
) -> Decision:
    """The decision for an outcome, with all that led to it."""
    choice, candidates = selection.choice, selection.candidates
    return Decision(outcome, read.prompt, read.finding, read.thread, choice, candidates, continues, fallbacks=fallbacks)


def _select(prompt: Prompt, session: str, parts: Parts) -> Selection:
    scripts = parts.store.scripts.active(session)
    return select(prompt, session, parts, parts.fixtures.scenarios, parts.compiler.scenarios_of(scripts), scripts.ids)


def select(
    prompt: Prompt,
    session: str,
    parts: Parts,
    loaded: ScenarioSet,
    added: tuple[Scenario, ...],
    ids: tuple[int, ...],
) -> Selection:
    """Choose the scenario that answers, of some of the loaded ones and of the session's, and use up its answer.

    ``ids`` are those of all the session's scripts, also of those that are not among ``added``.

    Raises:
        ScenarioError: whether a scenario fits takes too long to tell.
    """
    counters = parts.store.counters
    # Read first: while a store is waited for the fixtures may be loaded again.
    revision, era = parts.fixtures.current.revision, counters.era(session)
    choice = scenarios.take(loaded, prompt, added, partial(counters.take, session))
    candidates = Candidates(revision, ids, counters.counts(session))
    return Selection(choice, candidates, loaded, added, era)


def choose_nothing(session: str, parts: Parts, loaded: ScenarioSet, ids: tuple[int, ...]) -> Selection:
    """What is chosen where none of some scenarios fits."""
    candidates = Candidates(parts.fixtures.current.revision, ids, parts.store.counters.counts(session))
    return Selection(scenarios.NOTHING, candidates, loaded, (), parts.store.counters.era(session))


def explain_unmatched(arrival: Arrival, prompt: Prompt, selection: Selection, parts: Parts, advice: str) -> Failure:
    """The error for a request that no scenario fits."""
    counts, elsewhere = selection.candidates.counts, bool(parts.store.scripts.owners())
    message = scenarios.unmatched_message(
        selection.loaded, prompt, counts, selection.added, elsewhere=elsewhere, advice=advice
    )
    # It repeats what fixtures want, and parts of the request.
    return Failure(404, "not_found_error", Scrubber(arrival.call).brief(message), headers=NO_RETRY, is_ours=True)


def answer(arrival: Arrival, parts: Parts, prompt: Prompt, selection: Selection) -> Given:
    """Compose what the scenario says, or a generated reply, and hold its thread.

    An answer that cannot be given is not used up, nor one that the API puts off: to pause after a compaction, or where
    ``max_tokens`` is 0.

    Raises:
        ScenarioError: the scenario fits, and cannot answer.
        ApiError: another request was quicker to continue the same thread, or there is no room for a file it made.
    """
    choices, is_given = [selection.choice], False
    try:
        outcome = _attempt(arrival, parts, prompt, selection.choice)
        if prompt.body.get("fallbacks"):
            ask = partial(_ask_next, arrival, parts, choices)
            outcome = compose.fall_back(outcome, prompt, parts.fixtures.catalogue.lookup, ask)
        continues = _remember_thread(outcome, prompt, arrival, parts)
        if isinstance(outcome, Reply) and outcome.files:
            keep_files(parts, arrival.session, outcome.files, arrival.call.at)
        is_given = not (isinstance(outcome, Reply) and outcome.is_put_off)
    finally:
        if not is_given:
            put_back(choices, arrival.session, parts, selection.era)
    return Given(outcome, continues, tuple(choices[1:]))


def put_back(choices: Iterable[Choice], session: str, parts: Parts, era: int) -> None:
    """Take back that these answers, chosen in an era of the session, were used up."""
    for choice in choices:
        if choice.counter is not None:
            parts.store.counters.put_back(session, choice.counter, choice.count, era)


def _ask_next(arrival: Arrival, parts: Parts, choices: list[Choice], prompt: Prompt, number: int) -> ScriptOutcome:
    """What the next model answers: a scenario that names it, else a generated reply. Its choice joins the others.

    Raises:
        ScenarioError: whether a scenario fits takes too long to tell, or the one that fits cannot answer.
    """
    scripts = parts.store.scripts.active(arrival.session)
    naming = tuple(scenario for scenario in parts.compiler.scenarios_of(scripts) if scenario.names_model)
    selection = select(prompt, arrival.session, parts, parts.fixtures.scenarios.named, naming, scripts.ids)
    choices.append(selection.choice)
    return _attempt(arrival, parts, prompt, selection.choice, number)


def _attempt(arrival: Arrival, parts: Parts, prompt: Prompt, choice: Choice, number: int = 0) -> ScriptOutcome:
    found = find_answer(arrival, parts, prompt, choice)
    if found.kind == "generate" and (tool_use := _find_tool_use(arrival, parts, choice)) != ASKED:
        found = replace(found, generate={"tool_use": tool_use, **found.generate})
    return compose.compose(found, prompt.seen, _context(arrival, parts, prompt, number))


def _find_tool_use(arrival: Arrival, parts: Parts, choice: Choice) -> str:
    """Which tools a generated answer calls. Where no scenario fits behind a gateway, ``asked`` means one of the
    caller's own too: its pages print a tool, the call, and the request with its result.
    """
    tool_use = parts.store.overrides.active(arrival.session).tool_use
    return "once" if tool_use == ASKED and choice.step is None and parts.gateway is not None else tool_use


def find_answer(arrival: Arrival, parts: Parts, prompt: Prompt, choice: Choice) -> Answer:
    """The answer chosen, its placeholders filled in; without a choice a generated one.

    Raises:
        ScenarioError: a placeholder failed.
    """
    if choice.step is None:
        return GENERATED
    if choice.step.constant is not None:
        return choice.step.constant
    variables = Variables(
        prompt,
        turn=prompt.turn,
        call=choice.count,
        session=arrival.session,
        at=arrival.call.at,
        seed=parts.settings.seed,
        patience=parts.settings.function_timeout,
    )
    return choice.step.build(variables)


def _context(arrival: Arrival, parts: Parts, prompt: Prompt, number: int) -> compose.Context:
    lookup = parts.fixtures.catalogue.lookup
    return compose.Context(
        lookup(prompt.model),
        parts.signer,
        arrival.seed + number,
        arrival.tick,
        partial(parts.store.prompt_cache.consult, arrival.session),
        arrival.call.at,
        parts.generate,
        partial(parts.store.fingerprints.exchange, arrival.session),
        lookup,
    )


def _remember_thread(outcome: Outcome, prompt: Prompt, arrival: Arrival, parts: Parts) -> str | None:
    """Store the message where a thread was asked for; returns its id then.

    Raises:
        ApiError: another request was quicker to continue the same thread.
    """
    if "thread" not in prompt.body or not isinstance(outcome, Reply | Recorded) or outcome.message is None:
        return None
    secrets = Scrubber(arrival.call).list_secrets()
    remember(parts.store.threads, arrival.session, prompt.body, outcome.message, secrets)
    return str(outcome.message["id"])
