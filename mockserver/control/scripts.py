"""The endpoints of scenarios: listing, adding and removing them, and explaining which would answer a request."""

from __future__ import annotations

from collections import Counter
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
from mockserver.store.scripts import TEXT, find_appendable

_MOST = 10_000
# The most names that a refusal lists.
_NAMED = 20


# Whose scenarios a request is about, and the query parameters that say so.
SESSION, SERVER = "session", "server"
QUERY = ("session", "scope")


def list_scenarios(request: ControlRequest) -> ControlResponse:
    """List the scenarios added to the session (or to all), those added for all sessions, then those of the files, in
    the order they are tried; or only those of one scope.
    """
    scope, store, rows, used = _read_scope(request), request.store, [], Counter[str]()
    for session in request.sessions:
        label, counts = request.label_of(session), store.counters.counts(session)
        used.update(counts)
        scenarios = request.services.compile(store.scripts.current(session).scripts) if scope != SERVER else ()
        rows += [_make_row(each, SESSION, label, used=counts.get(each.counter, 0)) for each in scenarios]
    shared = request.services.compile(store.server_scripts.current().scripts) if scope != SESSION else ()
    rows += [_make_row(each, SERVER, used=used[each.counter]) for each in shared]
    fixtures = request.services.fixtures() if scope is None else ()
    rows += [_make_row(each, "file", used=used[each.counter]) for each in fixtures]
    return ControlResponse({"scenarios": rows, "total": len(rows)})


def _read_scope(request: ControlRequest) -> str | None:
    scope = request.query.get("scope")
    if scope not in (None, SESSION, SERVER):
        raise RefusalError(400, f"scope is {scope[:40]!r}.", [SESSION, SERVER])
    return scope


def add_scenarios(request: ControlRequest) -> ControlResponse:
    """Put the body's scenarios, YAML or JSON, in front of all others for the session, or of those for all sessions."""
    is_shared = _read_scope(request) == SERVER
    session = None if is_shared else request.require_session()
    text = _read_text(request, "scenarios, as in a fixture file, or one scenario; YAML or JSON")
    scripts, shared = request.store.scripts, request.store.server_scripts
    # The store names the document; its mistakes are reported under the name it would get.
    name = f"server-added-{shared.additions() + 1}" if session is None else f"added-{scripts.additions(session) + 1}"
    document = Document(TEXT, text, name)
    unnamed = [replace(script, document=Document(TEXT, text)) for script in _read_scripts(request, document)]
    try:
        added = shared.add(unnamed, most=_MOST) if session is None else scripts.add(session, unnamed, most=_MOST)
    except TooManyScriptsError as error:
        raise _refuse_more(error, "server" if is_shared else "session") from error
    label, scope = (None, SERVER) if session is None else (request.label_of(session), SESSION)
    rows = [_make_row(each, scope, label) for each in request.services.compile(added)]
    return ControlResponse({"added": rows}, 201)


def append_calls(request: ControlRequest) -> ControlResponse:
    """Put the body's answers, YAML or JSON, behind those of a script of ``calls``; one that has run out fits again."""
    return _append(request, "calls")


def append_turns(request: ControlRequest) -> ControlResponse:
    """The same for a script of ``turns``."""
    return _append(request, "turns")


def _append(request: ControlRequest, kind: str) -> ControlResponse:
    session, scripts = request.require_session(), request.store.scripts
    text = _read_text(request, "an answer, or a list of answers as below calls in a fixture file; YAML or JSON")
    name = request.parameters["name"]
    try:
        endpoints = find_appendable(scripts.current(session).scripts, kind, name).endpoints
        document = Document(TEXT, text, f"added-{scripts.additions(session) + 1}", script=kind, endpoints=endpoints)
        (answers,) = _read_scripts(request, document)
        grown = scripts.append(session, replace(answers, document=replace(document, file="")), name, most=_MOST)
    except NotAppendableError as error:
        if error.is_missing:
            raise _refuse_unknown(request, str(error)) from error
        raise RefusalError(409, str(error), f"a script of {kind} that comes to an end") from error
    except TooManyScriptsError as error:
        raise _refuse_more(error) from error
    (scenario,) = request.services.compile([grown])
    used = request.store.counters.counts(session).get(scenario.counter, 0)
    row = _make_row(scenario, SESSION, request.label_of(session), used=used)
    return ControlResponse({"scenario": row, "appended": answers.length, "answers": grown.length}, 201)


def _read_text(request: ControlRequest, expected: str) -> str:
    try:
        text = request.call.body.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(400, f"The body is not UTF-8: {error}", "YAML or JSON in UTF-8") from error
    if not text.strip():
        raise RefusalError(400, "The body is empty.", expected)
    return text


def _refuse_more(error: TooManyScriptsError, holder: str = "session") -> RefusalError:
    message = f"This {holder} holds {error.held} {error.unit} that were added."
    most = f"{_MOST} scenarios at most, and as many bytes of them as the setting session_bytes says; reset it"
    return RefusalError(409, message, most)


def _read_scripts(request: ControlRequest, document: Document) -> Sequence[Script]:
    try:
        return request.services.read_scripts(document)
    except RecursionError:
        raise NestingError from None


def remove_scenarios(request: ControlRequest) -> ControlResponse:
    """Remove all scenarios that were added to the session, or to any; or those for all sessions."""
    return ControlResponse({"removed": list(_remove(request))})


def _remove(request: ControlRequest, name: str | None = None) -> tuple[str, ...]:
    if _read_scope(request) == SERVER:
        return request.store.server_scripts.remove(name)
    return request.store.scripts.remove(request.session, name)


def remove_scenario(request: ControlRequest) -> ControlResponse:
    """Remove the added scenario of that name."""
    name = request.parameters["name"]
    removed = _remove(request, name)
    if not removed:
        to = "the server" if _read_scope(request) == SERVER else request.label
        raise _refuse_unknown(request, f"No scenario {name[:100]!r} was added to {to}.")
    return ControlResponse({"removed": list(removed)})


def _refuse_unknown(request: ControlRequest, message: str) -> RefusalError:
    lists = [request.store.scripts.current(session) for session in request.sessions]
    held = [request.store.server_scripts.current()] if _read_scope(request) == SERVER else lists
    known = ", ".join([script.name for each in held for script in each.scripts][:_NAMED]) or "none"
    return RefusalError(
        404,
        message,
        f"one of those added: {known}. Those for all sessions have ?scope=server. Scenarios of files stay; "
        "a session may put others in front of them.",
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
    """Make the call to explain, in the request's session: of the body alone, or ``{body, headers, method, path}``."""
    body = request.read_json()
    if not isinstance(body, dict):
        raise RefusalError(400, f"The body is {kind_of(body)}.", "a request body, or {body, headers, method, path}")
    headers, path, content = dict(request.call.headers), "/v1/messages", request.call.body
    method = "POST"
    if body.keys() & {"body", "method"} and "messages" not in body:
        check_keys(body, ("body", "headers", "method", "path"))
        content = orjson.dumps(body["body"]) if "body" in body else b""
        method = str(body.get("method") or method).upper()
        headers.update(_read_headers(body.get("headers") or {}))
        path = str(body.get("path") or path)
    if request.session is not None and ("session" in request.query or "x-mock-session" in request.call.headers):
        headers["x-mock-session"] = request.session
    path, headers = split_session(path, headers)
    path, _, query = path.partition("?")
    # Neither the length nor the encoding of the control request is that of the request in it.
    for name in ("content-length", "content-encoding", "host", "origin"):
        headers.pop(name, None)
    return replace(request.call, method=method, path=path, query=query, headers=headers, body=content)


def _read_headers(headers: Any) -> dict[str, str]:
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise RefusalError(400, "headers is no object of strings.", {"anthropic-beta": "..."})
    return {name.lower(): value for name, value in headers.items()}


def _make_row(scenario: Scenario, scope: str, session: str | None = None, used: int | None = None) -> dict[str, Any]:
    row = {"name": scenario.name, "place": _format_place(scenario.place), "scope": scope, "session": session}
    return row if used is None else {**row, "used": used}


def _format_place(place: object) -> str | None:
    return None if place is None else str(place)
