"""``GET /v1/models`` and ``GET /v1/models/{id}``: the model catalogue in the API's own shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from mockserver.endpoints import computed
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.computed import merge
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.reference.catalog import Catalogue, Model

_THINKING = ("adaptive", "enabled", "disabled", "between_tools")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
# "lifecycle[] ... default active and deprecated" (source: SDK types).
_SHOWN = ("active", "deprecated")
# Each of these adds a field (source: documented, refusals and fallback, 2026-09; recorded 2026-09), and the next one of
# the capabilities (source: the SDK's types, 2.14); both API versions.
_FALLBACK = frozenset({"server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01"})

# The keys of a page; the others are those of a model.
LIST_KEYS = ("data", "has_more", "first_id", "last_id")
_COMPACT = "compact-2026-09-04"


def decide_listing(arrival: Arrival, parts: Parts) -> Decision:
    """A page of the catalogue."""
    return computed.decide(arrival, parts, partial(_list, arrival, parts))


def decide_one(arrival: Arrival, parts: Parts) -> Decision:
    """One model of the catalogue."""
    return computed.decide(arrival, parts, partial(_find, arrival, parts))


def _list(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    """The page asked for; models that a script lists are one page, each with what it says over what is known of it."""
    catalogue, call = parts.fixtures.catalogue, arrival.call
    page = list_models(catalogue, call.query, call.betas)
    if "data" in values:
        data = [_complete(catalogue, each["id"], each, call.betas) for each in values["data"]]
        page = {"data": data, "has_more": False, **_name_ends(data)}
    return {**page, **{key: value for key, value in values.items() if key != "data"}}


def _find(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
    """The model asked for: of those that a script lists, else with what it says over what is known of it."""
    catalogue, betas, name = parts.fixtures.catalogue, arrival.call.betas, arrival.parameters["id"]
    if "data" in values:
        found = next((each for each in values["data"] if each["id"] == name), None)
        if found is None:
            raise _unknown(name, "a scenario lists the models, and this is none of them")
        return _complete(catalogue, name, found, betas)
    own = {key: value for key, value in values.items() if key not in LIST_KEYS}
    if own:
        return _complete(catalogue, name, own, betas)
    is_gateway = parts.settings.profile == "relay"
    if "/" in name and not is_gateway:
        raise ApiError(Finding("Not found", "route", "observed 2026-10", status=404))
    return show_model(catalogue, name, betas, any_name=is_gateway)


def _complete(catalogue: Catalogue, name: str, values: Mapping[str, Any], betas: Collection[str]) -> dict[str, Any]:
    """The model of that name, known or not, with these values over its own."""
    return dict(merge(show_model(catalogue, name, betas, any_name=True), values))


def list_models(catalogue: Catalogue, query: str, betas: Collection[str] = ()) -> dict[str, Any]:
    """A page of the catalogue, newest first.

    Args:
        catalogue: the models.
        query: the query string; ``limit`` (1 to 1000, default 20), ``after_id``, ``before_id``, ``lifecycle[]``.
        betas: those of the request; one for server-side fallback adds ``allowed_fallback_models``, that of compaction
            on demand ``capabilities.compaction``.

    Raises:
        ApiError: 400, ``limit`` is no number in its range.
    """
    given = parse_qs(query)
    shown = tuple(given.get("lifecycle[]", ()) or given.get("lifecycle", ())) or _SHOWN
    rows = [model for model in catalogue.models if model.lifecycle in shown]
    limit = _read_limit(given)
    ids = [model.id for model in rows]
    if before := _find_id(given.get("before_id"), ids):
        end = ids.index(before)
        page, more = rows[max(0, end - limit) : end], end > limit
    else:
        after = _find_id(given.get("after_id"), ids)
        start = ids.index(after) + 1 if after else 0
        page, more = rows[start : start + limit], start + limit < len(rows)
    return {
        "data": (data := [_show(model, betas) for model in page]),
        "has_more": more,
        **_name_ends(data),
    }


def _name_ends(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}


def show_model(
    catalogue: Catalogue, name: str, betas: Collection[str] = (), *, any_name: bool = False
) -> dict[str, Any]:
    """One model, by id or alias; ``betas`` as for ``list_models``.

    Args:
        catalogue: the models.
        name: the name, decoded.
        any_name: whether every name is that of a model, as in profile ``relay``; the model then has the name asked for,
            as in answers to messages.

    Raises:
        ApiError: 404, no model has that name.
    """
    model = catalogue.lookup(name)
    if model.is_named(name):
        return _show(model, betas)
    if not any_name:
        raise _unknown(name)
    return {**_show(model, betas), "id": name}


def _unknown(name: str, hint: str = "") -> ApiError:
    return ApiError(Finding(f"model: {excerpt(name)}", "models.unknown", "recorded", status=404, hint=hint))


def _read_limit(given: Mapping[str, list[str]]) -> int:
    text = given.get("limit", ["20"])[-1]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if number is None:
        message = "limit: Input should be a valid integer, unable to parse string as an integer"
    elif not number >= 1:
        message = "limit: Input should be greater than or equal to 1"
    elif not number <= 1000:
        message = "limit: Input should be less than or equal to 1000"
    else:
        return number
    raise ApiError(Finding(message, "models.limit", "constraints of 2026-05"))


def _find_id(given: list[str] | None, ids: list[str]) -> str | None:
    return given[-1] if given and given[-1] in ids else None


def _show(model: Model, betas: Collection[str]) -> dict[str, Any]:
    # The first seven keys stand in the order of the documentation's example; the newer ones follow the SDK's types.
    return {
        "id": model.id,
        **({} if _FALLBACK.isdisjoint(betas) else {"allowed_fallback_models": [*model.fallbacks]}),
        "capabilities": _show_capabilities(model, betas),
        "created_at": model.created,
        "display_name": model.display_name,
        "max_input_tokens": model.context,
        "max_tokens": model.max_tokens,
        "type": "model",
        "deprecated_at": model.deprecated_at,
        "lifecycle": model.lifecycle,
        "line": model.line,
        "retires_at": model.retires_at,
    }


def _show_capabilities(model: Model, betas: Collection[str]) -> dict[str, Any]:
    compacting = {"summarize": _flag(model.compaction), **_flag(model.compaction)}
    editing = model.tokenizer == "new" or model.structured_outputs
    return {
        "batch": _flag(True),
        "citations": _flag(model.citations),
        "code_execution": _flag(model.programmatic_tools),
        **({"compaction": compacting} if _COMPACT in betas else {}),
        "context_management": {
            **_flag(editing),
            "clear_thinking_20251015": _flag(editing),
            "clear_tool_uses_20250919": _flag(editing),
            "compact_20260112": _flag(model.compaction),
        },
        "effort": {**_flag(bool(model.effort)), **{name: _flag(name in model.effort) for name in _EFFORTS}},
        "image_input": _flag(True),
        "pdf_input": _flag(True),
        "server_tools": {**_flag(True), "web_search": _flag(True), "code_execution": _flag(True)},
        "structured_outputs": _flag(model.structured_outputs),
        "thinking": {
            **_flag(bool(model.thinking)),
            # "disabled.supported false exactly when the API 400s it; true on models without thinking"
            "types": {
                name: _flag(name in model.thinking or (name == "disabled" and not model.thinking)) for name in _THINKING
            },
        },
    }


def _flag(is_supported: bool) -> dict[str, Any]:
    return {"supported": is_supported}
