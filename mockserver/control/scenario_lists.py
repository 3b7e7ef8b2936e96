"""The endpoints that show scenarios: all of them in the order they are tried, and one with its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.control.masking import mask_words
from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
from mockserver.control.services import Scenario
from mockserver.store import Script

# Whose scenarios a request is about, and the query parameters that say so.
SESSION, SERVER, FILE = "session", "server", "file"
QUERY = ("session", "scope")
_MASKED = (
    "# What looks like a secret is masked here. Until the secrets themselves stand here again, this is another\n"
    "# scenario, and it cannot be saved into its file.\n"
)


def list_scenarios(request: ControlRequest) -> ControlResponse:
    """List the scenarios added to the session (or to all), those added for all sessions, then those of the files, in
    the order they are tried; or only those of one scope.
    """
    scope, store, rows, used = read_scope(request, FILE), request.store, [], Counter[str]()
    for session in request.sessions:
        label, counts = request.label_of(session), store.counters.counts(session)
        used.update(counts)
        scenarios = request.services.compile(store.scripts.current(session).scripts) if scope in (None, SESSION) else ()
        rows += [make_row(each, SESSION, label, used=counts.get(each.counter, 0)) for each in scenarios]
    shared = request.services.compile(store.server_scripts.current().scripts) if scope in (None, SERVER) else ()
    rows += [make_row(each, SERVER, used=used[each.counter]) for each in shared]
    fixtures = request.services.fixtures() if scope in (None, FILE) else ()
    rows += [make_row(each, FILE, used=used[each.counter]) for each in fixtures]
    return ControlResponse({"scenarios": rows, "total": len(rows)})


def show_scenario(request: ControlRequest) -> ControlResponse:
    """Show the first scenario of that name with its words, in a form that can be sent, and its file if that may be
    written; the entity tag of the answer is the file's.
    """
    name, files = request.parameters["name"], request.services.files()
    found = next(_find(request, read_scope(request, FILE), name), None)
    if found is None:
        message = f"There is no scenario {name[:100]!r} for {request.label}."
        raise RefusalError(404, message, "a name that GET /_mock/scenarios lists")
    scenario, scope, session, script = found
    sessions = request.sessions if session is None else (session,)
    used = sum(request.store.counters.counts(each).get(scenario.counter, 0) for each in sessions)
    source = request.services.word(scenario, script)
    shown = mask_words(request, source.yaml)
    file = files.find(source.path) if shown == source.yaml else None
    headers = (("etag", files.read(file)[1]),) if file is not None else ()
    row = make_row(scenario, scope, None if session is None else request.label_of(session), used)
    yaml = shown if shown == source.yaml else _MASKED + shown
    return ControlResponse({**row, "yaml": yaml, "file": file}, headers=headers)


def _find(
    request: ControlRequest, scope: str | None, name: str
) -> Iterator[tuple[Scenario, str, str | None, Script | None]]:
    """The scenarios of a name in the order they are tried, each with its scope, its session, and its script."""
    store, compiled = request.store, request.services.compile
    if scope in (None, SESSION):
        for session in store.scripts.owners() if request.session is None else request.sessions:
            for script in _select(store.scripts.current(session).scripts, name):
                yield compiled([script])[0], SESSION, session, script
    if scope in (None, SERVER):
        for script in _select(store.server_scripts.current().scripts, name):
            yield compiled([script])[0], SERVER, None, script
    if scope in (None, FILE):
        yield from ((each, FILE, None, None) for each in request.services.fixtures() if each.name == name)


def _select(scripts: Sequence[Script], name: str) -> Iterator[Script]:
    return (script for script in scripts if script.name == name)


def read_scope(request: ControlRequest, *more: str) -> str | None:
    """The scope that a request names, of a session, of the server, or of what else it may name.

    Raises:
        RefusalError: it is another one.
    """
    scope, known = request.query.get("scope"), [SESSION, SERVER, *more]
    if scope is not None and scope not in known:
        raise RefusalError(400, f"scope is {scope[:40]!r}.", known)
    return scope


def make_row(scenario: Scenario, scope: str, session: str | None = None, used: int | None = None) -> dict[str, Any]:
    """A scenario in a list."""
    row = {
        "name": scenario.name,
        "place": format_place(scenario.place),
        "scope": scope,
        "session": session,
        "answers": scenario.length,
        "when": scenario.condition.source,
    }
    return row if used is None else {**row, "used": used}


def format_place(place: object) -> str | None:
    """A place as it is shown: FILE:LINE:COLUMN."""
    return None if place is None else str(place)
