"""The one route table of the API, and how a call finds its row."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.endpoints import count_tokens, messages, models, prefixes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.routing import Found, MethodNotAllowedError, NotFoundError, Route, Router
from mockserver.records.settings import Settings

Endpoint = Callable[[Arrival, Parts], Decision]

# An endpoint decides (Arrival, Parts) -> Decision. Further ones are a module here and their rows.
ROUTES = (
    Route("POST", "/v1/messages", messages.decide),
    Route("POST", "/v1/messages/count_tokens", count_tokens.decide),
    Route("GET", "/v1/models", models.decide_listing),
    Route("GET", "/v1/models/{id:path}", models.decide_one),
)
ROUTER = Router(ROUTES)


def find_route(call: Call) -> Found | ApiError:
    """The route of a call, below the prefixes that its server knows; or the refusal of a call that has none.

    That is 404, there is no such path (source: observed 2026-10), or 405, it takes other methods (source: observed
    2026-09).
    """
    method, path = call.method, prefixes.find_path(call)
    try:
        found = ROUTER.find(method, path)
    except NotFoundError:
        return ApiError(Finding("Not found", "route", "observed 2026-10", status=404, hint=prefixes.explain(call)))
    except MethodNotAllowedError as error:
        return _refuse_method(error.allowed)
    if found.route.method != method:  # the API has no HEAD
        return _refuse_method((found.route.method,))
    return found


def find_limit(call: Call, settings: Settings) -> int:
    """The most bytes that the body of a call may have: as its route says, else as the settings do."""
    try:
        route = ROUTER.find(call.method, prefixes.find_path(prefixes.cut_prefix(call, settings))).route
    except (NotFoundError, MethodNotAllowedError):
        return settings.max_body
    return route.max_body or settings.max_body


def name_of(route: Route) -> str:
    """The name of a route's endpoint: its path behind the version."""
    return route.pattern.removeprefix(prefixes.VERSION).replace(":path", "")


def _refuse_method(allowed: tuple[str, ...]) -> ApiError:
    finding = Finding("Method Not Allowed", "method", "observed 2026-09", status=405, at_edge=True)
    return ApiError(finding, headers={"allow": ", ".join(allowed)})
