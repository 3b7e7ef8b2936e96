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
from mockserver.control.scenario_lists import QUERY, SERVER, SESSION, format_place, make_row, read_scope
from mockserver.control.services import Explanation
from mockserver.records.call import Call, split_session
from mockserver.records.errors import ApiError
from mockserver.records.masks import Scrubber
from mockserver.store import Document, NotAppendableError, Script, TooManyScriptsError, mask_misses, show_misses
from mockserver.store.scripts import TEXT, find_appendable

_MOST = 10_000
# The most names that a refusal lists.
_NAMED = 20
EXPECTED = "scenarios, as in a fixture file, or one scenario; YAML or JSON"
ADDING = (*QUERY, "check")


def add_scenarios(request: ControlRequest) -> ControlResponse:
    """Put the body's scenarios, YAML or JSON, in front of all others for the session, or of those for all sessions; or
    only check them.
    """
    if request.read_flag("check"):
        return _check_scenarios(request)
    is_shared = read_scope(request) == SERVER
    session = None if is_shared else request.require_session()
    text = read_text(request, EXPECTED)
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
    rows = [make_row(each, scope, label) for each in request.services.compile(added)]
    return ControlResponse({"added": rows}, 201)


def _check_scenarios(request: ControlRequest) -> ControlResponse:
    """The body's scenarios as they would be added, and what lint would say of them; nothing is added."""
    scope = read_scope(request) or SESSION
    text = read_text(request, EXPECTED)
    try:
        scenarios, problems = request.services.check(text)
    except RecursionError:
        raise NestingError from None
    warnings = [{"line": each.place.line, "column": each.place.column, "message": each.message} for each in problems]
    session = None if scope == SERVER or request.session is None else request.label
    return ControlResponse({"checked": [make_row(each, scope, session) for each in scenarios], "warnings": warnings})


def append_calls(request: ControlRequest) -> ControlResponse:
    """Put the body's answers, YAML or JSON, behind those of a script of ``calls``; one that has run out fits again."""
    return _append(request, "calls")


def append_turns(request: ControlRequest) -> ControlResponse:
    """The same for a script of ``turns``."""
    return _append(request, "turns")


def _append(request: ControlRequest, kind: str) -> ControlResponse:
    session, scripts = request.require_session(), request.store.scripts
    text = read_text(request, "an answer, or a list of answers as below calls in a fixture file; YAML or JSON")
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
    row = make_row(scenario, SESSION, request.label_of(session), used=used)
    return ControlResponse({"scenario": row, "appended": answers.length, "answers": grown.length}, 201)


def read_text(request: ControlRequest, expected: str) -> str:
    """The body as text.

    Raises:
        RefusalError: it is none in UTF-8, or empty.
    """
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
    if read_scope(request) == SERVER:
        return request.store.server_scripts.remove(name)
    return request.store.scripts.remove(request.session, name)


def remove_scenario(request: ControlRequest) -> ControlResponse:
    """Remove the added scenario of that name."""
    name = request.parameters["name"]
    removed = _remove(request, name)
    if not removed:
        to = "the server" if read_scope(request) == SERVER else request.label
        raise _refuse_unknown(request, f"No scenario {name[:100]!r} was added to {to}.")
    return ControlResponse({"removed": list(removed)})


def _refuse_unknown(request: ControlRequest, message: str) -> RefusalError:
    lists = [request.store.scripts.current(session) for session in request.sessions]
    held = [request.store.server_scripts.current()] if read_scope(request) == SERVER else lists
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
            "place": format_place(explanation.place),
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
