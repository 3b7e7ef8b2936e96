"""The table of control endpoints, and the responses they give."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import orjson
from msgspec import Struct

from mockserver.control import (
    batches,
    clock,
    editing,
    exporting,
    feed,
    guard,
    journal,
    objects,
    page,
    scenario_lists,
    scripts,
    sessions,
    settings,
    stats,
    verification,
)
from mockserver.control.masking import make_scrubber
from mockserver.control.requests import (
    ControlRequest,
    ControlResponse,
    RefusalError,
    check_keys,
    find_local_path,
)
from mockserver.control.services import Services
from mockserver.control.waiting import PendingError
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Headers, Piece
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import Scrubber, mask_strings
from mockserver.records.reply import AGAIN
from mockserver.records.routing import MethodNotAllowedError, NotFoundError, Route, Router
from mockserver.records.settings import Settings
from mockserver.store import JournalReader, Store
from mockserver.store.errors import StoreFailedError, StoreGoneError

_MB = 1024 * 1024
# Else a browser would send the address of a page, with the token in it, to whatever it asks for next.
_HIDING: Headers = (("referrer-policy", "no-referrer"),)
_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


class Endpoint(Struct, frozen=True):
    """The handler of a route, the query parameters it takes (None: any), and the largest body, in bytes."""

    handle: Callable[[ControlRequest], ControlResponse]
    query: tuple[str, ...] | None = ("session",)
    max_body: int = _MB


def show_openapi(_: ControlRequest) -> ControlResponse:
    """The OpenAPI document of this interface."""
    return ControlResponse(read_document())


# The names of scenarios may hold slashes.
ROUTES = (
    Route("GET", "/_mock/", Endpoint(page.show_page, None)),
    Route("GET", "/_mock/inspector/{file}", Endpoint(page.show_file, None)),
    Route("GET", "/_mock/health", Endpoint(settings.health, None)),
    Route("GET", "/_mock/ready", Endpoint(settings.ready, None)),
    Route("GET", "/_mock/scenarios", Endpoint(scenario_lists.list_scenarios, scenario_lists.QUERY)),
    Route("POST", "/_mock/scenarios", Endpoint(scripts.add_scenarios, scripts.ADDING, 8 * _MB)),
    Route("DELETE", "/_mock/scenarios", Endpoint(scripts.remove_scenarios, scenario_lists.QUERY)),
    Route("GET", "/_mock/scenarios/{name:path}", Endpoint(scenario_lists.show_scenario, scenario_lists.QUERY)),
    Route("DELETE", "/_mock/scenarios/{name:path}", Endpoint(scripts.remove_scenario, scenario_lists.QUERY)),
    Route("POST", "/_mock/scenarios/{name:path}/calls", Endpoint(scripts.append_calls, max_body=8 * _MB)),
    Route("POST", "/_mock/scenarios/{name:path}/turns", Endpoint(scripts.append_turns, max_body=8 * _MB)),
    Route("GET", "/_mock/schema/scenarios.json", Endpoint(editing.show_schema)),
    Route("GET", "/_mock/fixtures", Endpoint(editing.list_fixtures)),
    Route("GET", "/_mock/fixtures/{file:path}", Endpoint(editing.show_fixture)),
    Route("PUT", "/_mock/fixtures/{file:path}", Endpoint(editing.write_fixture, max_body=8 * _MB)),
    Route("GET", "/_mock/requests", Endpoint(journal.list_requests, journal.QUERY)),
    Route("DELETE", "/_mock/requests", Endpoint(journal.clear_requests)),
    Route("GET", "/_mock/requests/{number}/scenario", Endpoint(journal.show_scenario, ("session", "draft"))),
    Route("GET", "/_mock/requests/{number}/events", Endpoint(journal.show_events)),
    Route("GET", "/_mock/requests/{number}/changes", Endpoint(journal.show_request_changes)),
    Route("GET", "/_mock/requests/{number:path}", Endpoint(journal.show_request)),
    Route("GET", "/_mock/export", Endpoint(exporting.export, exporting.QUERY)),
    Route("GET", "/_mock/events", Endpoint(feed.follow_journal, feed.QUERY)),
    Route("GET", "/_mock/stats", Endpoint(stats.show_stats)),
    Route("DELETE", "/_mock/stats", Endpoint(stats.clear_stats)),
    Route("GET", "/_mock/metrics", Endpoint(stats.show_metrics)),
    Route("POST", "/_mock/verify", Endpoint(verification.verify, verification.QUERY)),
    Route("POST", "/_mock/explain", Endpoint(scripts.explain, max_body=32 * _MB)),
    Route("GET", "/_mock/sessions", Endpoint(sessions.list_sessions, sessions.QUERY)),
    Route("POST", "/_mock/reset", Endpoint(settings.reset)),
    Route("GET", "/_mock/settings", Endpoint(settings.show_settings)),
    Route("PATCH", "/_mock/settings", Endpoint(settings.change_settings)),
    Route("GET", "/_mock/clock", Endpoint(clock.show_clock)),
    Route("POST", "/_mock/clock", Endpoint(clock.change_clock)),
    Route("GET", "/_mock/batches", Endpoint(objects.list_batches, objects.QUERY)),
    Route("GET", "/_mock/files", Endpoint(objects.list_files, objects.QUERY)),
    Route("POST", "/_mock/batches/{id}/finish", Endpoint(batches.finish_batch)),
    Route("GET", "/_mock/openapi.json", Endpoint(show_openapi, None)),
)
_ROUTER = Router(ROUTES)
_ENGINE = "an engine of the store that can be reached; send the same again when it can"
_ROOM = "a store that can be written; see to its disk, then send the same again"


class Control:
    """Answers requests below ``/_mock/``.

    Args:
        settings: the server's settings.
        store: everything that changes while it runs.
        journal: reads the store's journal.
        services: the other parts.
    """

    def __init__(self, settings: Settings, store: Store, journal: JournalReader, services: Services) -> None:
        self.settings = settings
        self.store = store
        self.journal = journal
        self.services = services

    def handle(self, call: Call) -> tuple[Delivery, float]:
        """The answer to a call, and for how many seconds further requests to the API may still change it.

        Mistakes are answered as ``{"error": {"message", "expected"}}``. The seconds are above 0 only where the call
        asked to wait (``POST /_mock/verify?wait=5s``): who sends the answer waits for a change of the journal, and asks
        anew.
        """
        wait = 0.0
        try:
            guard.check(call, self.settings)
            response = ControlResponse(b"", 204) if call.method == "OPTIONS" else self._respond(call)
        except RefusalError as refusal:
            wait = refusal.wait if isinstance(refusal, PendingError) else 0.0
            response = _refuse(refusal)
        except ScenarioError as error:
            response = ControlResponse({"error": _describe_mistakes(error)}, 400)
        except StoreGoneError as error:
            failed = {"message": str(error), "expected": _ENGINE}
            response = ControlResponse({"error": failed}, 503, tuple(AGAIN.items()))
        except StoreFailedError as error:
            response = ControlResponse({"error": {"message": str(error), "expected": _ROOM}}, 507)
        return self._deliver(response, call), wait

    def refuse_feed(self, call: Call, most: int) -> Delivery:
        """The answer to a call that wants to follow the journal when ``most`` do, or the server stops."""
        return self._deliver(_refuse(feed.refuse_feed(most)), call)

    def _deliver(self, response: ControlResponse, call: Call) -> Delivery:
        headers = _HIDING if self.settings.control_token else ()
        scrubber = make_scrubber(call, self.settings.own_secrets)
        return _make_delivery(response, headers, scrubber, is_head=call.method == "HEAD")

    def _respond(self, call: Call) -> ControlResponse:
        try:
            found = _ROUTER.find(call.method, find_local_path(call.path))
        except NotFoundError as error:
            raise RefusalError(404, f"There is no {call.path[:100]!r} here.", _list_endpoints()) from error
        except MethodNotAllowedError as error:
            method = "GET" if call.method == "HEAD" else call.method[:20]
            allow = (("allow", ", ".join(error.allowed)),)
            raise RefusalError(405, f"{method} is not possible here.", list(error.allowed), headers=allow) from error
        endpoint: Endpoint = found.route.endpoint
        if max(len(call.body), call.announced) > endpoint.max_body:
            raise RefusalError(413, "The body is too large.", f"at most {endpoint.max_body} bytes")
        if call.is_dropped:
            raise RefusalError(503, "The body had to make room for others.", "the same again, or fewer at once")
        if page.lacks_slash(call):
            # The page takes a token out of its address.
            return page.add_slash(call)
        call = guard.remove_token(call, self.settings)
        request = ControlRequest(call, found.parameters, self.settings, self.store, self.journal, self.services)
        if endpoint.query is not None:
            check_keys(request.query, endpoint.query, " in the query")
        return endpoint.handle(request)


def public_path(route: Route) -> str:
    """The path of a route below ``/_mock``, as the documentation writes it."""
    return route.pattern.removeprefix("/_mock").replace(":path}", "}")


@cache
def read_document() -> bytes:
    """The OpenAPI document of this interface, read once."""
    return Path(__file__).with_name("openapi.json").read_bytes()


def _list_endpoints() -> list[str]:
    return [f"{route.method} /_mock{public_path(route)}" for route in ROUTES]


def _describe_mistakes(error: ScenarioError) -> dict[str, object]:
    return {
        "message": str(error),
        "expected": "the words of a fixture file",
        "problems": [
            {"line": problem.place.line, "column": problem.place.column, "message": problem.message}
            for problem in error.problems
        ],
    }


def _refuse(refusal: RefusalError) -> ControlResponse:
    return ControlResponse({"error": refusal.error}, refusal.status, refusal.headers)


def _make_delivery(response: ControlResponse, more: Headers, scrubber: Scrubber, *, is_head: bool) -> Delivery:
    body = response.value if isinstance(response.value, bytes) else _encode(response.value)
    if body is not response.value and not response.is_masked:
        body = _mask(body, scrubber)
    own = (*response.headers, *(header for header in more if header not in response.headers))
    has_length = response.feed is None and response.status != 304
    headers: Headers = (
        ("content-type", response.media_type),
        *([("content-length", str(len(body)))] if has_length else []),
        *([] if "cache-control" in dict(own) else [("cache-control", "no-store")]),
        *own,
    )
    if response.status == 401:
        headers = (*headers, ("www-authenticate", "Bearer"))
    pieces = () if is_head or not body else (Piece(body),)
    return Delivery(response.status, headers, pieces, feed=None if is_head else response.feed)


def _mask(body: bytes, scrubber: Scrubber) -> bytes:
    """The body without what looks like a secret: names and messages may repeat what fixtures and callers wrote."""
    # Each string by itself: in a list of thousands that takes a third of a look at the whole.
    return mask_strings(body.decode(), scrubber.brief).encode()


def _encode(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=_READABLE)
    except orjson.JSONEncodeError:
        # It holds half a surrogate pair or a number of too many bits; both may have come in as YAML.
        return json.dumps(value, default=str, indent=2).encode() + b"\n"
