"""The endpoints of the API by the names that scenarios, claims and the journal have for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct


class Endpoint(Struct, frozen=True):
    """A row of the table.

    ``name`` is its path behind the version, ``short`` another name for it. ``schema`` is the name of its body among the
    schemas, where that body is a prompt; "" where it is none, or there is no body. ``prompts_of`` names the endpoint
    whose prompts it gets, in the wire format that ``short`` names: scenarios for that one answer here too.
    """

    name: str
    short: str = ""
    schema: str = ""
    prompts_of: str = ""


# A further endpoint is a row here, its routes in ``endpoints/table.py``, and what a script may say there in
# ``scenarios/format/endpoints.py``.
ENDPOINTS = (
    Endpoint("messages", schema="messages"),
    Endpoint("messages/count_tokens", "count_tokens", schema="count_tokens"),
    Endpoint("messages/batches", "batches"),
    Endpoint("messages/batches/{id}"),
    Endpoint("messages/batches/{id}/cancel"),
    Endpoint("messages/batches/{id}/results"),
    Endpoint("models"),
    Endpoint("models/{id}"),
    Endpoint("files"),
    Endpoint("files/{id}"),
    Endpoint("files/{id}/content"),
    Endpoint("skills"),
    Endpoint("skills/{id}"),
    Endpoint("skills/{id}/versions"),
    Endpoint("skills/{id}/versions/{version}"),
    Endpoint("skills/{id}/versions/{version}/content"),
    Endpoint("user_profiles"),
    Endpoint("user_profiles/{id}"),
    Endpoint("user_profiles/{id}/action_urls"),
    Endpoint("user_profiles/{id}/enrollment_url"),
    Endpoint("chat/completions", "chat", prompts_of="messages"),
)
MESSAGES = "messages"
BY_NAME: Mapping[str, Endpoint] = {
    name: endpoint for endpoint in ENDPOINTS for name in (endpoint.name, endpoint.short) if name
}
NAMES = tuple(BY_NAME)
# Those that scenarios name: the others get the prompts of these, so a scenario tells them apart by their wire format.
SCRIPTED_NAMES = tuple(name for name, endpoint in BY_NAME.items() if not endpoint.prompts_of)
# The keys of a condition that say where it looks; without one of them it looks at messages alone.
NAMING = ("endpoint", "path", "method")


def asks_for_message(name: str) -> bool:
    """Whether a request to the endpoint of that name asks for a message, in any wire format."""
    return name_prompts(name) == MESSAGES


def _list_meant(endpoint: Endpoint) -> frozenset[str]:
    below = f"{endpoint.name}/{{"
    return frozenset(
        each.name
        for each in ENDPOINTS
        if each == endpoint or each.name.startswith(below) or each.prompts_of == endpoint.name
    )


_MEANT: Mapping[str, frozenset[str]] = {name: _list_meant(endpoint) for name, endpoint in BY_NAME.items()}


def name_prompts(endpoint: str) -> str:
    """The endpoint whose prompts an endpoint gets: ``messages`` for ``chat/completions``, most times itself."""
    found = BY_NAME.get(endpoint)
    return endpoint if found is None or not found.prompts_of else found.prompts_of


def resolve_names(names: str | Iterable[str]) -> frozenset[str]:
    """The endpoints that one of these names means: the one of that name, those below each of its ids, and those that
    get its prompts in another wire format.

    ``models`` means the list and each model in it, ``messages`` also chat completions. A name that is none means
    nothing.
    """
    given = (names,) if isinstance(names, str) else names
    return frozenset().union(*(_MEANT.get(name, frozenset()) for name in given))
