"""The life of a call, from top to bottom. The only file that knows the order of the stages.

Call → decode → authenticate → validate → Prompt → choose scenario → compose → render → Delivery
                                                                          ↘ journal
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver import auth, compose, delivery, scenarios, validation
from mockserver.blocks.counting import count_request
from mockserver.decoding import decode
from mockserver.endpoints import models
from mockserver.endpoints.answered import Answered
from mockserver.endpoints.parts import Mock
from mockserver.endpoints.rendering import render
from mockserver.endpoints.stamp import Stamp, stamp_of
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding, Problem, ScenarioError
from mockserver.records.masks import discreet
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Outcome, Pace, Reply, ScriptOutcome, Value
from mockserver.reference import catalog
from mockserver.store import CallRecord, Candidates, Thread
from mockserver.store.threads import NO_THREAD, remember, resolve
from mockserver.wires import WIRES

# For errors that no retry can mend, whatever a client makes of the status.
NO_RETRY = {"x-should-retry": "false"}
NO_CHOICE = scenarios.Choice()


class Told(Struct, frozen=True):
    """What an endpoint has to say, and how it came to say it."""

    said: Outcome
    prompt: Prompt | None = None
    finding: Finding | None = None
    thread: Thread = NO_THREAD
    choice: scenarios.Choice = NO_CHOICE
    candidates: Candidates | None = None
    thread_from: str | None = None


def answer(call: Call, mock: Mock) -> Answered:
    """Answers a call. Whatever a client sends, this returns; an exception is a fault of ours."""
    session = call.session
    mock.store.sessions.touch(session)
    stamp = stamp_of(call, mock.store, session, mock.settings.seed)
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
        return _recorded(call, mock, session, stamp, endpoint, told)
    except BROKEN as error:
        if told.choice.step is None:
            raise
        problem = Problem(told.choice.step.place, f"this cannot be sent: {error!r}")
        return _recorded(call, mock, session, stamp, endpoint, replace(told, said=_mishap(ScenarioError(problem))))


def crashed(call: Call, mock: Mock) -> Answered:
    """What a client gets when ``answer`` failed: the API's own 500."""
    told = Told(Failure(500, "api_error", "Internal server error"))
    stamp = stamp_of(call, mock.store, call.session, mock.settings.seed)
    return _recorded(call, mock, call.session, stamp, "", told)


Handler = Callable[[Call, Mock, str, Stamp], Told]


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


def _messages(call: Call, mock: Mock, session: str, stamp: Stamp) -> Told:
    prompt, finding, thread = understood(call, mock, session, "messages")
    store, loaded = mock.store, mock.fixtures.current
    scripts = store.scripts.current(session)
    added = mock.compiler.scenarios_of(scripts)
    choice = scenarios.take(loaded.scenarios, prompt, added, partial(store.counters.take, session))
    counts = store.counters.counts(session)
    candidates = Candidates(loaded.revision, scripts.ids, counts)
    tell = partial(Told, prompt=prompt, finding=finding, thread=thread, choice=choice, candidates=candidates)
    options = store.overrides.active(session)
    if choice.counter is None and options.unmatched != "generate":
        elsewhere = bool(store.scripts.owners())
        message = scenarios.unmatched_message(loaded.scenarios, prompt, counts, added, elsewhere=elsewhere)
        return tell(Failure(404, "not_found_error", message, headers=NO_RETRY))
    thread_from = None
    try:
        outcome = _composed(call, mock, session, stamp, prompt, choice)
        if isinstance(outcome, Reply) and "thread" in prompt.body:
            thread_from = str(outcome.message["id"])
            remember(store.threads, session, prompt.body, outcome.message)
    except BaseException as error:
        # An answer that could not be made is not used up.
        if choice.counter is not None:
            store.counters.put_back(session, choice.counter, choice.count)
        if isinstance(error, ScenarioError):
            return tell(_mishap(error))
        raise
    return tell(_disturbed(outcome, mock, session, options.pace, prompt), thread_from=thread_from)


def _composed(
    call: Call, mock: Mock, session: str, stamp: Stamp, prompt: Prompt, choice: scenarios.Choice
) -> ScriptOutcome:
    """What the scenario says, or a generated answer, composed.

    Raises:
        ScenarioError: the scenario fits, and cannot answer.
    """
    scripted = GENERATED
    if choice.step is not None:
        scripted = choice.step.constant or choice.step.build(_variables(call, mock, prompt, session, choice))
    try:
        return compose.compose(scripted, prompt, _context(call, mock, session, prompt, stamp))
    except BROKEN as error:
        if choice.step is None or overlooked(call, mock, session, "messages") is not None:
            raise
        problem = Problem(choice.step.place, f"no message can be made of this: {error!r}")
        raise ScenarioError(problem) from error


GENERATED = Answer("generate")
# What a script may bring about that says what cannot be.
BROKEN = (AttributeError, KeyError, TypeError, ValueError)


def _count_tokens(call: Call, mock: Mock, session: str, _: Stamp) -> Told:
    prompt, finding, thread = understood(call, mock, session, "count_tokens")
    body = {**prompt.body, "messages": prompt.messages}
    count = count_request(body, catalog.lookup(prompt.model))
    said: dict[str, Any] = {"input_tokens": count}
    if prompt.body.get("context_management"):
        # What editing would save is not worked out: nothing is edited here.
        said["context_management"] = {"original_input_tokens": count}
    return Told(Value(orjson.dumps(said)), prompt, finding, thread)


def _models(call: Call, *_: object) -> Told:
    return Told(Value(orjson.dumps(models.listing(call.query))))


def _model(call: Call, *_: object) -> Told:
    return Told(Value(orjson.dumps(models.one(call.path.rstrip("/").rpartition("/")[2]))))


# The part of the path behind "/v1/": the method, and who answers.
ENDPOINTS: Mapping[str, tuple[str, Handler]] = {
    "messages": ("POST", _messages),
    "messages/count_tokens": ("POST", _count_tokens),
    "models": ("GET", _models),
    "models/{id}": ("GET", _model),
}


def understood(call: Call, mock: Mock, session: str, endpoint: str) -> tuple[Prompt, Finding | None, Thread]:
    """The prompt in the body, once it is checked as far as the server is told to; what is wrong with it all the same;
    and the thread it continues.

    Raises:
        ApiError: what the API would answer; in the modes ``warn`` and ``off`` only for a body that holds no object.
    """
    mode = mock.store.overrides.active(session).validation
    version = auth.api_version(call, mock.settings)
    checked = _parsed(call) if mode == "off" else _checked(call, mock, session, endpoint, version)
    if checked.finding and (mode == "strict" or checked.body is None):
        raise ApiError(checked.finding)
    body = checked.body or {}
    thread = resolve(mock.store.threads, session, body) if "thread" in body else NO_THREAD
    prompt = WIRES["messages"].read(
        body, call, version=version, session=session, inherited=thread.inherited, history=thread.history
    )
    return prompt, checked.finding, thread


def _checked(call: Call, mock: Mock, session: str, endpoint: str, version: str) -> validation.Checked:
    body, aids = call.body, mock.aids
    # A key may also be written with escapes; most bodies hold neither.
    if b"thread" in body or b"\\u" in body:
        aids = replace(aids, recall=lambda sent: _recalled(resolve(mock.store.threads, session, sent)))
    return mock.checker.check(
        body, endpoint, version, call.betas, aids, headers=call.headers, charset=auth.charset(call)
    )


def _recalled(thread: Thread) -> tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]]:
    return thread.inherited, thread.history


def _parsed(call: Call) -> validation.Checked:
    parsed = validation.parsing.parse(call.body, auth.charset(call))
    return validation.Checked(None, parsed) if isinstance(parsed, Finding) else validation.Checked(parsed)


def overlooked(call: Call, mock: Mock, session: str, endpoint: str) -> Finding | None:
    """What ``strict`` refuses in a body that proved too broken to be answered; None: the fault is ours."""
    if mock.store.overrides.active(session).validation == "strict" or not endpoint.startswith("messages"):
        return None
    name = endpoint.rpartition("/")[2]
    return _checked(call, mock, session, name, auth.api_version(call, mock.settings)).finding


def _variables(call: Call, mock: Mock, prompt: Prompt, session: str, choice: scenarios.Choice) -> scenarios.Variables:
    return scenarios.Variables(
        prompt, turn=prompt.turn, call=choice.count, session=session, at=call.at, seed=mock.settings.seed
    )


def _context(call: Call, mock: Mock, session: str, prompt: Prompt, stamp: Stamp) -> compose.Context:
    model = catalog.lookup(prompt.model)
    consult = partial(mock.store.prompt_cache.consult, session)
    return compose.Context(model, mock.signer, stamp.seed, stamp.number, consult, call.at, mock.generate)


def _disturbed(outcome: ScriptOutcome, mock: Mock, session: str, pace: str | Pace, prompt: Prompt) -> ScriptOutcome:
    """The outcome with the pace in force, when its script gives none, and with faults set for the next calls."""
    if outcome.pace is None and pace != "none":
        given = delivery.realtime(catalog.lookup(prompt.model).line) if isinstance(pace, str) else pace
        outcome = replace(outcome, pace=given)
    faults = mock.store.faults.take(session)
    return replace(outcome, faults=(*outcome.faults, *faults)) if faults else outcome


def _refusal(finding: Finding, call: Call, headers: Mapping[str, str] | None = None) -> Failure:
    return Failure(finding.status, finding.type, discreet(finding.message, call.key), finding.details, headers or {})


def _mishap(error: ScenarioError) -> Failure:
    """What a client gets when a scenario fits and cannot answer: for its author to read."""
    return Failure(500, "api_error", f"A scenario could not answer: {error}", headers=NO_RETRY)


def _recorded(call: Call, mock: Mock, session: str, stamp: Stamp, endpoint: str, told: Told) -> Answered:
    """Renders what was said, and makes its line for the journal."""
    scenario = told.choice.scenario
    stream = told.prompt is not None and told.prompt.stream
    rendered = render(told.said, WIRES["messages"], call, stamp.request_id, stream=stream, seed=stamp.seed)
    made = rendered.delivery
    record = CallRecord(
        call=call,
        thread=told.thread,
        endpoint=endpoint,
        status=made.status,
        request_id=stamp.request_id,
        scenario=scenario.name if scenario else None,
        position=str(told.choice.position) if scenario else None,
        place=scenario.place if scenario else None,
        unmatched=told.candidates is not None and scenario is None,
        candidates=told.candidates,
        findings=(told.finding,) if told.finding else (),
        outcome=rendered.outcome,
        size=sum([len(piece.data) for piece in made.pieces]),
        events_total=rendered.events,
    )
    return Answered(made, record, session, mock.store, told.thread_from)
