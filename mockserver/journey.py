"""The life of a call, from top to bottom. The only file that knows the order of the stages.

Call → decode → authenticate → validate → Prompt → choose scenario → compose → render → Delivery
                                                                          ↘ journal
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver import auth, compose, delivery, scenarios, validation
from mockserver.decoding import decode
from mockserver.endpoints import models
from mockserver.endpoints.answered import Answered
from mockserver.endpoints.parts import Mock
from mockserver.endpoints.rendering import Said, render
from mockserver.endpoints.stamp import Stamp, stamp_of
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding, Problem, ScenarioError
from mockserver.records.masks import discreet
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Outcome, Pace, Reply
from mockserver.reference import catalog, tokens
from mockserver.store import Entry, Session, Thread

# For errors that no retry can mend, whatever a client makes of the status.
NO_RETRY = {"x-should-retry": "false"}
NO_THREAD = Thread()
NO_CHOICE = scenarios.Choice()


class Told(Struct, frozen=True):
    """What an endpoint has to say, and how it came to say it."""

    said: Said
    prompt: Prompt | None = None
    finding: Finding | None = None
    thread: Thread = NO_THREAD
    choice: scenarios.Choice = NO_CHOICE
    misses: Misses | None = None
    thread_from: str | None = None


class Misses(Struct, frozen=True):
    """Tells, when the journal is read, why the scenarios before the one that answered did not: by what was loaded,
    added and used when the call came."""

    loaded: scenarios.ScenarioSet
    added: Sequence[scenarios.Scenario]
    used: Mapping[str, int]
    until: scenarios.Scenario | None

    def __call__(self, prompt: Prompt) -> tuple[scenarios.Miss, ...]:
        """The misses of the prompt."""
        return scenarios.explain(self.loaded, prompt, self.used, self.added, until=self.until)


def answer(call: Call, mock: Mock) -> Answered:
    """Answers a call. Whatever a client sends, this returns; an exception is a fault of ours."""
    session = mock.state.session(call.session, call.at)
    stamp = stamp_of(call, session, mock.settings.seed)
    endpoint = ""
    try:
        call = decode(call, mock.settings.max_body)
        endpoint, handle = _route(call)
        auth.authenticate(call, mock.settings)
        told = handle(call, mock, session, stamp)
    except ApiError as error:
        told = Told(_refusal(error.finding, call, error.headers), finding=error.finding)
    except Exception:
        finding = overlooked(call, mock, session, endpoint)
        if finding is None:
            raise
        told = Told(_refusal(finding, call), finding=finding)
    try:
        return _recorded(call, session, stamp, endpoint, told)
    except BROKEN as error:
        if told.choice.step is None:
            raise
        problem = Problem(told.choice.step.place, f"this cannot be sent: {error!r}")
        return _recorded(call, session, stamp, endpoint, replace(told, said=_mishap(ScenarioError(problem))))


def crashed(call: Call, mock: Mock) -> Answered:
    """What a client gets when ``answer`` failed: the API's own 500."""
    session = mock.state.session(call.session, call.at)
    told = Told(Failure(500, "api_error", "Internal server error"))
    return _recorded(call, session, stamp_of(call, session, mock.settings.seed), "", told)


Handler = Callable[[Call, Mock, Session, Stamp], Told]


def _route(call: Call) -> tuple[str, Handler]:
    """The endpoint a path stands for, below any prefix, and who answers it."""
    name = "messages" if call.path == "/v1/messages" else _endpoint(call.path)
    if name not in ENDPOINTS:
        raise ApiError(Finding("Not found", "route", "observed 2026-10", status=404))
    method, handle = ENDPOINTS[name]
    if call.method != method:
        raise ApiError(
            Finding("Method Not Allowed", "method", "observed 2026-09", status=405), headers={"allow": method}
        )
    return name, handle


def _endpoint(path: str) -> str:
    _, found, rest = path.rstrip("/").rpartition("/v1/")
    return "models/{id}" if rest.startswith("models/") else rest if found else ""


def _messages(call: Call, mock: Mock, session: Session, stamp: Stamp) -> Told:
    prompt, finding, thread = understood(call, mock, session, "messages")
    loaded, options = mock.state.scenarios, mock.state.options(session)
    choice = scenarios.choose(loaded, prompt, session.used, session.added)
    misses = Misses(loaded, session.added, {**session.used}, choice.scenario)
    if choice.step is not None:
        try:
            scripted = choice.step.constant or choice.step.build(_variables(call, mock, prompt, session, choice))
        except ScenarioError as error:
            return Told(_mishap(error), prompt, finding, thread, choice, misses)
    elif options.unmatched == "generate":
        scripted = GENERATED
    else:
        elsewhere = any(each.added for each in mock.state.sessions())
        message = scenarios.unmatched_message(loaded, prompt, session.used, session.added, elsewhere=elsewhere)
        missed = Failure(404, "not_found_error", message, headers=NO_RETRY)
        return Told(missed, prompt, finding, thread, choice, misses)
    try:
        outcome = compose.compose(scripted, prompt, _context(call, mock, session, prompt, stamp))
    except BROKEN as error:
        if choice.step is None or overlooked(call, mock, session, "messages") is not None:
            raise
        problem = Problem(choice.step.place, f"no message can be made of this: {error!r}")
        return Told(_mishap(ScenarioError(problem)), prompt, finding, thread, choice, misses)
    # Counted only now: an answer that could not be made is not used up.
    if choice.counter is not None:
        session.used[choice.counter] = session.used.get(choice.counter, 0) + 1
    thread_from = None
    if isinstance(outcome, Reply) and "thread" in prompt.body:
        thread_from = str(outcome.message["id"])
        session.threads.remember(prompt.body, outcome.message, finished=False)
    said = _disturbed(outcome, mock, session, options.pace, prompt)
    return Told(said, prompt, finding, thread, choice, misses, thread_from)


GENERATED = Answer("generate")
# What a script may bring about that says what cannot be.
BROKEN = (AttributeError, KeyError, TypeError, ValueError)


def _count_tokens(call: Call, mock: Mock, session: Session, _: Stamp) -> Told:
    prompt, finding, thread = understood(call, mock, session, "count_tokens")
    body = {**prompt.body, "messages": prompt.messages}
    count = tokens.count_request(body, catalog.lookup(prompt.model))
    said: dict[str, Any] = {"input_tokens": count}
    if prompt.body.get("context_management"):
        # What editing would save is not worked out: nothing is edited here.
        said["context_management"] = {"original_input_tokens": count}
    return Told(said, prompt, finding, thread)


def _models(call: Call, *_: object) -> Told:
    return Told(models.listing(call.query))


def _model(call: Call, *_: object) -> Told:
    return Told(models.one(call.path.rstrip("/").rpartition("/")[2]))


# The part of the path behind "/v1/": the method, and who answers.
ENDPOINTS: Mapping[str, tuple[str, Handler]] = {
    "messages": ("POST", _messages),
    "messages/count_tokens": ("POST", _count_tokens),
    "models": ("GET", _models),
    "models/{id}": ("GET", _model),
}


def understood(call: Call, mock: Mock, session: Session, endpoint: str) -> tuple[Prompt, Finding | None, Thread]:
    """The prompt in the body, once it is checked as far as the server is told to; what is wrong with it all the same;
    and the thread it continues.

    Raises:
        ApiError: what the API would answer; in the modes ``warn`` and ``off`` only for a body that holds no object.
    """
    mode = mock.state.options(session).validation
    version = auth.api_version(call, mock.settings)
    checked = _parsed(call) if mode == "off" else _checked(call, mock, session, endpoint, version)
    if checked.finding and (mode == "strict" or checked.body is None):
        raise ApiError(checked.finding)
    body = checked.body or {}
    thread = session.threads.resolve(body) if "thread" in body else NO_THREAD
    whole = {**thread.inherited, **body} if thread.inherited else body
    prompt = Prompt(whole, call.headers, version, call.betas, call.key, session.name, thread.history)
    return prompt, checked.finding, thread


def _checked(call: Call, mock: Mock, session: Session, endpoint: str, version: str) -> validation.Checked:
    body, aids = call.body, mock.aids
    # A key may also be written with escapes; most bodies hold neither.
    if b"thread" in body or b"\\u" in body:
        aids = replace(aids, recall=lambda sent: _recalled(session.threads.resolve(sent)))
    return mock.checker.check(
        body, endpoint, version, call.betas, aids, headers=call.headers, charset=auth.charset(call)
    )


def _recalled(thread: Thread) -> tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]]:
    return thread.inherited, thread.history


def _parsed(call: Call) -> validation.Checked:
    parsed = validation.parsing.parse(call.body, auth.charset(call))
    return validation.Checked(None, parsed) if isinstance(parsed, Finding) else validation.Checked(parsed)


def overlooked(call: Call, mock: Mock, session: Session, endpoint: str) -> Finding | None:
    """What ``strict`` refuses in a body that proved too broken to be answered; None: the fault is ours."""
    if mock.state.options(session).validation == "strict" or not endpoint.startswith("messages"):
        return None
    name = endpoint.rpartition("/")[2]
    return _checked(call, mock, session, name, auth.api_version(call, mock.settings)).finding


def _variables(
    call: Call, mock: Mock, prompt: Prompt, session: Session, choice: scenarios.Choice
) -> scenarios.Variables:
    count = session.used.get(choice.counter or "", 0)
    return scenarios.Variables(
        prompt, turn=prompt.turn, call=count, session=session.name, at=call.at, seed=mock.settings.seed
    )


def _context(call: Call, mock: Mock, session: Session, prompt: Prompt, stamp: Stamp) -> compose.Context:
    model = catalog.lookup(prompt.model)
    return compose.Context(model, mock.signer, stamp.seed, stamp.number, session.cache, call.at, mock.generate)


def _disturbed(outcome: Outcome, mock: Mock, session: Session, pace: str | Pace, prompt: Prompt) -> Outcome:
    """The outcome with the pace in force, when its script gives none, and with faults set for the next calls."""
    if outcome.pace is None and pace != "none":
        given = delivery.realtime(catalog.lookup(prompt.model).line) if isinstance(pace, str) else pace
        outcome = replace(outcome, pace=given)
    faults = mock.state.take_faults(session)
    return replace(outcome, faults=(*outcome.faults, *faults)) if faults else outcome


def _refusal(finding: Finding, call: Call, headers: Mapping[str, str] | None = None) -> Failure:
    return Failure(finding.status, finding.type, discreet(finding.message, call.key), finding.details, headers or {})


def _mishap(error: ScenarioError) -> Failure:
    """What a client gets when a scenario fits and cannot answer: for its author to read."""
    return Failure(500, "api_error", f"A scenario could not answer: {error}", headers=NO_RETRY)


def _recorded(call: Call, session: Session, stamp: Stamp, endpoint: str, told: Told) -> Answered:
    """Renders what was said, and makes its line for the journal."""
    scenario, misses = told.choice.scenario, told.misses
    stream = told.prompt is not None and told.prompt.stream
    rendered = render(told.said, call, stamp.request_id, stream=stream, seed=stamp.seed)
    made = rendered.delivery
    entry = Entry(
        _call=call,
        _thread=told.thread,
        endpoint=endpoint,
        status=made.status,
        request_id=stamp.request_id,
        scenario=scenario.name if scenario else None,
        position=str(told.choice.position) if scenario else None,
        place=scenario.place if scenario else None,
        unmatched=misses is not None and scenario is None,
        misses_source=misses or (),
        findings=(told.finding,) if told.finding else (),
        outcome=rendered.kept,
        size=sum([len(piece.data) for piece in made.pieces]),
        events_total=rendered.events,
    )
    return Answered(made, entry, session, told.thread_from)
