"""Scenarios at run time: which there are, adding some for a session, removing them, and what would answer a request."""

from __future__ import annotations

from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.control.asking import Asked, RefusalError, Said, check_keys, kind_of
from mockserver.control.hooks import Explanation
from mockserver.records.call import Call
from mockserver.records.errors import ApiError
from mockserver.store import Entry

_MOST = 10_000
# How many names a refusal lists.
_NAMED = 20


def list_scenarios(asked: Asked) -> Said:
    """Those added to the session (or to any), then those of the files, in the order they are tried."""
    rows = []
    for session in asked.sessions:
        label = asked.label_of(session.name)
        rows += [_row(scenario, session=label, used=_used(scenario, session.used)) for scenario in session.added]
    own = asked.state.peek(asked.session) if asked.session is not None else None
    rows += [_row(scenario, used=_used(scenario, own.used if own else {})) for scenario in asked.hooks.scenarios()]
    return Said({"scenarios": rows, "total": len(rows)})


def add_scenarios(asked: Asked) -> Said:
    """Put the body's scenarios, YAML or JSON, in front of all others for the session."""
    session = asked.needed_session()
    try:
        text = asked.call.body.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(400, f"The body is not UTF-8: {error}", "YAML or JSON in UTF-8") from error
    if not text.strip():
        raise RefusalError(400, "The body is empty.", "scenarios, as in a fixture file, or one scenario; YAML or JSON")
    # A name of its own for each addition, so that a script added again starts anew.
    scenarios = asked.hooks.parse(text, f"added-{session.additions + 1}")
    if len(session.added) + len(scenarios) > _MOST:
        raise RefusalError(
            409, f"This session holds {len(session.added)} added scenarios.", f"{_MOST} at most; reset it"
        )
    session.add(scenarios)
    label = asked.label_of(session.name)
    return Said({"added": [_row(scenario, session=label) for scenario in scenarios]}, 201)


def remove_scenarios(asked: Asked) -> Said:
    """Remove all scenarios that were added to the session, or to any."""
    removed = [scenario.name for session in asked.sessions for scenario in session.added]
    for session in asked.sessions:
        session.added = ()
    return Said({"removed": removed})


def remove_scenario(asked: Asked) -> Said:
    """Remove the added scenario of that name."""
    names = [scenario.name for session in asked.sessions for scenario in session.added]
    if asked.name not in names:
        known = ", ".join(names[:_NAMED]) or "none"
        raise RefusalError(
            404,
            f"No scenario {asked.name[:100]!r} was added to {asked.label}.",
            f"one of those added: {known}. Scenarios of files stay; a session may put others in front of them.",
        )
    for session in asked.sessions:
        session.added = tuple(scenario for scenario in session.added if scenario.name != asked.name)
    return Said({"removed": [name for name in names if name == asked.name]})


def explain(asked: Asked) -> Said:
    """What would answer the request in the body, and why the scenarios before do not; consumes nothing."""
    call = _request(asked)
    try:
        found = asked.hooks.explain(call)
    except ApiError as error:
        found = Explanation("error", finding=error.finding)
    # An entry that is never recorded: it masks the secrets in the differences.
    misses = Entry(call, misses_source=tuple(found.misses)).misses
    return Said(
        {
            "answered_by": found.answered_by,
            "scenario": found.scenario,
            "position": found.position,
            "place": _place(found.place),
            "finding": None if found.finding is None else found.finding.as_dict(),
            "misses": [miss.as_dict() for miss in misses],
        }
    )


def _request(asked: Asked) -> Call:
    """The call to explain: the body alone, or ``{body, headers, path}``; it lives in the session asked about."""
    body = asked.json()
    if not isinstance(body, dict):
        raise RefusalError(400, f"The body is {kind_of(body)}.", "a request body, or {body, headers, path}")
    headers, path, content = dict(asked.call.headers), "/v1/messages", asked.call.body
    if "body" in body and "messages" not in body:
        check_keys(body, ("body", "headers", "path"))
        content = orjson.dumps(body["body"])
        headers.update(_headers(body.get("headers") or {}))
        path = str(body.get("path") or path)
    if asked.session is not None and ("session" in asked.query or "x-mock-session" in asked.call.headers):
        headers["x-mock-session"] = asked.session
    # Neither the length nor the encoding of the control request is that of the request in it.
    for name in ("content-length", "content-encoding", "host", "origin"):
        headers.pop(name, None)
    return replace(asked.call, method="POST", path=path, query="", headers=headers, body=content)


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise RefusalError(400, "headers is no object of strings.", {"anthropic-beta": "..."})
    return {name.lower(): value for name, value in given.items()}


def _row(scenario: Any, *, session: str | None = None, used: int | None = None) -> dict[str, Any]:
    row = {"name": scenario.name, "place": _place(scenario.place), "session": session}
    return row if used is None else {**row, "used": used}


def _used(scenario: Any, used: dict[str, int]) -> int:
    return used.get(getattr(scenario, "counter", scenario.name), 0)


def _place(place: object) -> str | None:
    return None if place is None else str(place)
