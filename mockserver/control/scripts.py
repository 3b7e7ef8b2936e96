"""The endpoints of scenarios: listing, adding and removing them, and explaining which would answer a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.control.requests import (
    ControlRequest,
    ControlResponse,
    NestingError,
    RefusalError,
    check_keys,
    kind_of,
)
from mockserver.control.services import Explanation, Scenario
from mockserver.records.call import Call, split_session
from mockserver.records.errors import ApiError
from mockserver.records.masks import Scrubber
from mockserver.store import Document, NotAppendableError, Script, TooManyScriptsError, mask_misses, show_misses
from mockserver.store.scripts import TEXT

_MOST = 10_000
# The most names that a refusal lists.
_NAMED = 20


def list_scenarios(request: ControlRequest) -> ControlResponse:
    """List the scenarios added to the session (or to all), then those of the files, in the order they are tried."""
    store, rows = request.store, []
    for session in request.sessions:
        label, counts = request.label_of(session), store.counters.counts(session)
        scenarios = request.services.compile(store.scripts.current(session).scripts)
        rows += [_make_row(scenario, session=label, used=counts.get(scenario.counter, 0)) for scenario in scenarios]
    own = store.counters.counts(request.session) if request.session is not None else {}
    fixtures = request.services.fixtures()
    rows += [_make_row(scenario, used=own.get(scenario.counter, 0)) for scenario in fixtures]
    return ControlResponse({"scenarios": rows, "total": len(rows)})


def add_scenarios(request: ControlRequest) -> ControlResponse:
    """Put the body's scenarios, YAML or JSON, in front of all others for the session."""
    session = request.require_session()
    text = _read_text(request, "scenarios, as in a fixture file, or one scenario; YAML or JSON")
    scripts = request.store.scripts
    # The store names the document; its mistakes are reported under the name it would get.
    document = Document(TEXT, text, f"added-{scripts.additions(session) + 1}")
    unnamed = [replace(script, document=Document(TEXT, text)) for script in _read_scripts(request, document)]
    try:
        added = scripts.add(session, unnamed, most=_MOST)
    except TooManyScriptsError as error:
        raise _refuse_more(error) from error
    label = request.label_of(session)
    return ControlResponse({"added": [_make_row(each, session=label) for each in request.services.compile(added)]}, 201)


def append_calls(request: ControlRequest) -> ControlResponse:
    """Put the body's answers, YAML or JSON, behind those of a script of ``calls``; one that has run out fits again."""
    return _append(request, "calls")


def append_turns(request: ControlRequest) -> ControlResponse:
    """The same for a script of ``turns``."""
    return _append(request, "turns")


def _append(request: ControlRequest, kind: str) -> ControlResponse:
    session, scripts = request.require_session(), request.store.scripts
    text = _read_text(request, "an answer, or a list of answers as below calls in a fixture file; YAML or JSON")
    document = Document(TEXT, text, f"added-{scripts.additions(session) + 1}", script=kind)
    (answers,) = _read_scripts(request, document)
    name = request.parameters["name"]
    try:
        grown = scripts.append(session, replace(answers, document=replace(document, file="")), name, most=_MOST)
    except NotAppendableError as error:
        if error.is_missing:
            raise _refuse_unknown(request, str(error)) from error
        raise RefusalError(409, str(error), f"a script of {kind} that comes to an end") from error
    except TooManyScriptsError as error:
        raise _refuse_more(error) from error
    (scenario,) = request.services.compile([grown])
    used = request.store.counters.counts(session).get(scenario.counter, 0)
    row = _make_row(scenario, session=request.label_of(session), used=used)
    return ControlResponse({"scenario": row, "appended": answers.length, "answers": grown.length}, 201)


def _read_text(request: ControlRequest, expected: str) -> str:
    try:
        text = request.call.body.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(400, f"The body is not UTF-8: {error}", "YAML or JSON in UTF-8") from error
    if not text.strip():
        raise RefusalError(400, "The body is empty.", expected)
    return text


def _refuse_more(error: TooManyScriptsError) -> RefusalError:
    message = f"This session holds {error.held} {error.unit} that were added."
    most = f"{_MOST} scenarios at most, and as many bytes of them as the setting session_bytes says; reset it"
    return RefusalError(409, message, most)


def _read_scripts(request: ControlRequest, document: Document) -> Sequence[Script]:
    try:
        return request.services.read_scripts(document)
    except RecursionError:
        raise NestingError from None


def remove_scenarios(request: ControlRequest) -> ControlResponse:
    """Remove all scenarios that were added to the session, or to any."""
    return ControlResponse({"removed": list(request.store.scripts.remove(request.session))})


def remove_scenario(request: ControlRequest) -> ControlResponse:
    """Remove the added scenario of that name."""
    name, scripts = request.parameters["name"], request.store.scripts
    removed = scripts.remove(request.session, name)
    if not removed:
        raise _refuse_unknown(request, f"No scenario {name[:100]!r} was added to {request.label}.")
    return ControlResponse({"removed": list(removed)})


def _refuse_unknown(request: ControlRequest, message: str) -> RefusalError:
    scripts = request.store.scripts
    names = [script.name for session in request.sessions for script in scripts.current(session).scripts]
    known = ", ".join(names[:_NAMED]) or "none"
    return RefusalError(
        404,
        message,
        f"one of those added: {known}. Scenarios of files stay; a session may put others in front of them.",
    )


def explain(request: ControlRequest) -> ControlResponse:
    """Explain which scenario would answer the request in the body, and why others would not; change nothing."""
    call = _make_call(request)
    try:
        explanation = request.services.explain(call)
    except ApiError as error:
        explanation = Explanation("error", finding=error.finding)
    finding = explanation.finding
    return ControlResponse(
        {
            "answered_by": explanation.answered_by,
            "scenario": explanation.scenario,
            "position": explanation.position,
            "place": _format_place(explanation.place),
            "finding": None if finding is None else Scrubber(call).finding(finding).as_dict(),
            **show_misses(
                mask_misses(Scrubber(call, request.settings.own_secrets), explanation.misses), explanation.left_out
            ),
        }
    )


def _make_call(request: ControlRequest) -> Call:
    """Make the call to explain: from the body alone, or from ``{body, headers, path}``; in the request's session."""
    body = request.read_json()
    if not isinstance(body, dict):
        raise RefusalError(400, f"The body is {kind_of(body)}.", "a request body, or {body, headers, path}")
    headers, path, content = dict(request.call.headers), "/v1/messages", request.call.body
    if "body" in body and "messages" not in body:
        check_keys(body, ("body", "headers", "path"))
        content = orjson.dumps(body["body"])
        headers.update(_read_headers(body.get("headers") or {}))
        path = str(body.get("path") or path)
    if request.session is not None and ("session" in request.query or "x-mock-session" in request.call.headers):
        headers["x-mock-session"] = request.session
    path, headers = split_session(path, headers)
    # Neither the length nor the encoding of the control request is that of the request in it.
    for name in ("content-length", "content-encoding", "host", "origin"):
        headers.pop(name, None)
    return replace(request.call, method="POST", path=path, query="", headers=headers, body=content)


def _read_headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise RefusalError(400, "headers is no object of strings.", {"anthropic-beta": "..."})
    return {name.lower(): value for name, value in headers.items()}


def _make_row(scenario: Scenario, *, session: str | None = None, used: int | None = None) -> dict[str, Any]:
    row = {"name": scenario.name, "place": _format_place(scenario.place), "session": session}
    return row if used is None else {**row, "used": used}


def _format_place(place: object) -> str | None:
    return None if place is None else str(place)
