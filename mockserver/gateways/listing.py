"""The models of a gateway, in the shapes that it lists them in.

Sources: source code of new-api (2026) and one-api (2025). Who owns Claude's models is inferred: there it depends on
which kinds of channels are built in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.gateways.admitting import API_KEY, Caller, is_google
from mockserver.gateways.records import Gateway

Shown = dict[str, Any]
# All of them are of the same second.
_CREATED, _CREATED_AT = 1626777600, "2021-07-20T08:00:00Z"
_OWNER = "claude"
_CONVERTED, _NATIVE = ("openai",), ("anthropic", "openai")
_PERMISSION: Mapping[str, Any] = {
    "id": "modelperm-LwHkVFn8AcMItP432fKKDIKJ",
    "object": "model_permission",
    "created": _CREATED,
    "allow_create_engine": True,
    "allow_sampling": True,
    "allow_logprobs": True,
    "allow_search_indices": False,
    "allow_view": True,
    "allow_fine_tuning": False,
    "organization": "*",
    "group": None,
    "is_blocking": False,
}


class Listed(Struct, frozen=True):
    """A model in a list: its name, who owns it, and the kinds of endpoints that it has."""

    name: str
    owner: str
    endpoints: tuple[str, ...]


class Shape(Struct, frozen=True):
    """How models are shown: one in a list, all of them, and one alone."""

    show: Callable[[Listed], Shown]
    enclose: Callable[[Sequence[Shown]], Shown]
    show_alone: Callable[[Listed], Shown]


def list_names(gateway: Gateway, known: Sequence[str], caller: Caller) -> list[Listed]:
    """The models that a caller may use: those known to the server, then the gateway's own."""
    names = dict.fromkeys((*known, *gateway.listed))
    return [describe(gateway, name) for name in names if caller.may_use(name)]


def describe(gateway: Gateway, name: str) -> Listed:
    """A model of any name."""
    channel = next((channel for channel in gateway.channels if channel.takes(name)), None)
    converts = channel is not None and channel.converts
    return Listed(name, gateway.listed.get(name, _OWNER), _CONVERTED if converts else _NATIVE)


def choose_shape(gateway: Gateway, headers: Mapping[str, str], query: str) -> Shape:
    """The shape for a client: that of Anthropic's or Google's API where it calls as one of theirs, else OpenAI's."""
    if gateway.list_form != "new-api":
        return ONE_API
    if headers.get(API_KEY) and headers.get("anthropic-version"):
        return ANTHROPIC
    return GOOGLE if is_google(headers, query) else OPENAI


def _show_anthropic(model: Listed) -> Shown:
    return {"id": model.name, "created_at": _CREATED_AT, "display_name": model.name, "type": "model"}


def _enclose_anthropic(data: Sequence[Shown]) -> Shown:
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"data": data, "first_id": first, "has_more": False, "last_id": last}


def _show_google(model: Listed) -> Shown:
    return {"name": model.name, "displayName": model.name}


def _enclose_google(data: Sequence[Shown]) -> Shown:
    return {"models": data, "nextPageToken": None}


def _show_openai(model: Listed) -> Shown:
    return {**_begin(model), "supported_endpoint_types": list(model.endpoints)}


def _show_openai_alone(model: Listed) -> Shown:
    # It is only worked out for lists.
    return {**_begin(model), "supported_endpoint_types": None}


def _enclose_openai(data: Sequence[Shown]) -> Shown:
    return {"data": data, "object": "list", "success": True}


def _show_one_api(model: Listed) -> Shown:
    return {**_begin(model), "permission": [_PERMISSION], "root": model.name, "parent": None}


def _enclose_one_api(data: Sequence[Shown]) -> Shown:
    return {"data": data, "object": "list"}


def _begin(model: Listed) -> Shown:
    return {"id": model.name, "object": "model", "created": _CREATED, "owned_by": model.owner}


ANTHROPIC = Shape(_show_anthropic, _enclose_anthropic, _show_anthropic)
GOOGLE = Shape(_show_google, _enclose_google, _show_openai_alone)
OPENAI = Shape(_show_openai, _enclose_openai, _show_openai_alone)
ONE_API = Shape(_show_one_api, _enclose_one_api, _show_one_api)
