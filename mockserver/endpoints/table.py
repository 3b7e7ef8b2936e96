"""The one route table of the API, and how a call finds its row."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from mockserver.endpoints import count_tokens, files, messages, models, outside, prefixes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.batches import deciding as batches
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.uploads import MAX_BODY
from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ApiError, Finding
from mockserver.records.routing import Found, MethodNotAllowedError, NotFoundError, Route, Router
from mockserver.records.settings import Settings

Endpoint = Callable[[Arrival, Parts], Decision]

# "256 MB" (source: documented, message batches, 2026-09).
_BATCH_BYTES = 256 * 1024 * 1024
_SKILLS, _PROFILES = "mockserver.endpoints.skills.deciding", "mockserver.endpoints.profiles.deciding"


def _import_later(module: str, name: str) -> Endpoint:
    """An endpoint whose module is imported when it is first asked: most servers never are."""

    def decide(arrival: Arrival, parts: Parts) -> Decision:
        decided: Decision = getattr(import_module(module), name)(arrival, parts)
        return decided

    return decide


# An endpoint decides (Arrival, Parts) -> Decision. Further ones are a module here and their rows.
ROUTES = (
    Route("POST", "/v1/messages", messages.decide),
    Route("POST", "/v1/chat/completions", messages.decide, wire="chat"),
    Route("POST", "/v1/messages/count_tokens", count_tokens.decide),
    Route("POST", "/v1/messages/batches", batches.decide_creation, max_body=_BATCH_BYTES),
    Route("GET", "/v1/messages/batches", batches.decide_listing),
    Route("GET", "/v1/messages/batches/{id}", batches.decide_one),
    Route("DELETE", "/v1/messages/batches/{id}", batches.decide_deletion),
    Route("POST", "/v1/messages/batches/{id}/cancel", batches.decide_canceling),
    Route("GET", "/v1/messages/batches/{id}/results", batches.decide_results),
    Route("GET", "/v1/models", models.decide_listing),
    Route("GET", "/v1/models/{id:path}", models.decide_one),
    Route("POST", "/v1/files", files.decide_upload, max_body=MAX_BODY),
    Route("GET", "/v1/files", files.decide_listing),
    Route("GET", "/v1/files/{id}", files.decide_one),
    Route("GET", "/v1/files/{id}/content", files.decide_content),
    Route("DELETE", "/v1/files/{id}", files.decide_deletion),
    Route("POST", "/v1/skills", _import_later(_SKILLS, "decide_creation")),
    Route("GET", "/v1/skills", _import_later(_SKILLS, "decide_listing")),
    Route("GET", "/v1/skills/{id}", _import_later(_SKILLS, "decide_one")),
    Route("DELETE", "/v1/skills/{id}", _import_later(_SKILLS, "decide_deletion")),
    Route("POST", "/v1/skills/{id}/versions", _import_later(_SKILLS, "decide_version_creation")),
    Route("GET", "/v1/skills/{id}/versions", _import_later(_SKILLS, "decide_version_listing")),
    Route("GET", "/v1/skills/{id}/versions/{version}", _import_later(_SKILLS, "decide_version")),
    Route("DELETE", "/v1/skills/{id}/versions/{version}", _import_later(_SKILLS, "decide_version_deletion")),
    Route("GET", "/v1/skills/{id}/versions/{version}/content", _import_later(_SKILLS, "decide_content")),
    Route("POST", "/v1/user_profiles", _import_later(_PROFILES, "decide_creation")),
    Route("GET", "/v1/user_profiles", _import_later(_PROFILES, "decide_listing")),
    Route("GET", "/v1/user_profiles/{id}", _import_later(_PROFILES, "decide_one")),
    Route("POST", "/v1/user_profiles/{id}", _import_later(_PROFILES, "decide_update")),
    Route("DELETE", "/v1/user_profiles/{id}", _import_later(_PROFILES, "decide_deletion")),
    Route("POST", "/v1/user_profiles/{id}/action_urls", _import_later(_PROFILES, "decide_action_url")),
    Route("POST", "/v1/user_profiles/{id}/enrollment_url", _import_later(_PROFILES, "decide_enrollment_url")),
)
ROUTER = Router(ROUTES)


def find_route(call: Call) -> Found | ApiError:
    """The route of a call, below the prefixes that its server knows; or the refusal of a call that has none.

    That is 404, there is no such path (source: observed 2026-10), or 405, it takes other methods (source: observed
    2026-09). Paths that the API has beside these are told of in words of this server.
    """
    method, path = call.method, prefixes.find_path(call)
    try:
        found = ROUTER.find(method, path)
    except NotFoundError:
        unknown = Finding("Not found", "route", "observed 2026-10", status=404, hint=prefixes.explain(call))
        return outside.find_refusal(method, path) or ApiError(unknown)
    except MethodNotAllowedError as error:
        return outside.find_wire_refusal(method, path) or _refuse_method(error.allowed)
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


def find_wire(call: Call) -> str:
    """The wire format of a path, for the refusal of a call that did not come to its route."""
    path = prefixes.find_path(call)
    return next((route.wire for route in ROUTES if route.pattern == path), MESSAGES)


def name_of(route: Route) -> str:
    """The name of a route's endpoint: its path behind the version."""
    return route.pattern.removeprefix(prefixes.VERSION).replace(":path", "")


def _refuse_method(allowed: tuple[str, ...]) -> ApiError:
    finding = Finding("Method Not Allowed", "method", "observed 2026-09", status=405, at_edge=True)
    return ApiError(finding, headers={"allow": ", ".join(allowed)})
