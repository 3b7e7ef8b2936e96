"""``GET /v1/models`` and ``GET /v1/models/{id}``: the model catalogue in the API's own shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from mockserver.endpoints import computed, paging
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.computed import merge
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.reference.catalog import Catalogue, Model

_THINKING = ("enabled", "adaptive", "disabled", "between_tools")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
# "lifecycle[] ... default active and deprecated" (source: SDK types).
_STAGES = ("active", "deprecated", "retired")
_SHOWN = _STAGES[:2]
# Each of these adds a field (source: documented, refusals and fallback, 2026-09; recorded 2026-09), and the next one of
# the capabilities (source: the SDK's types, 2.14); both API versions.
_FALLBACK = frozenset({"server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01"})

_COMPACT = "compact-2026-09-04"


def decide_listing(arrival: Arrival, parts: Parts) -> Decision:
    """A page of the catalogue, or the models of the gateway."""
    if parts.gateway is None:
        return computed.decide(arrival, parts, partial(_list, arrival, parts))
    from mockserver.endpoints.gateway_models import list_models  # rarely needed

    return computed.decide(arrival, parts, partial(list_models, parts.gateway, arrival, parts))


def decide_one(arrival: Arrival, parts: Parts) -> Decision:
    """One model of the catalogue, or of the gateway."""
    if parts.gateway is None:
        return computed.decide(arrival, parts, partial(_find, arrival, parts))
    from mockserver.endpoints.gateway_models import find_model  # rarely needed

    return computed.decide(arrival, parts, partial(find_model, parts.gateway, arrival, parts))


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
    own = {key: value for key, value in values.items() if key not in paging.LIST_KEYS}
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
            Nothing comes after or before an id that no model has (no source; so that paging ends).
        betas: those of the request; one for server-side fallback adds ``allowed_fallback_models``, that of compaction
            on demand ``capabilities.compaction``.

    Raises:
        ApiError: 400, ``limit`` is no number in its range, ``lifecycle[]`` no list of stages.
    """
    given = paging.read_query(query)
    shown, window = _read_lifecycle(given), paging.read_window(given)
    rows = [model for model in catalogue.models if model.lifecycle in shown]
    page, more = paging.cut(rows, _find_position(catalogue, shown, window), window)
    data = [_show(model, betas) for model in page]
    return {"data": data, "has_more": more, **_name_ends(data)}


def _read_lifecycle(given: paging.Query) -> tuple[str, ...]:
    stages = [*given.get("lifecycle[]", ()), *given.get("lifecycle", ())]
    for index, stage in enumerate(stages):
        if stage not in _STAGES:
            raise _refuse_lifecycle(f"lifecycle.{index}: Input should be 'active', 'deprecated' or 'retired'")
    if len(stages) > len(_STAGES):
        told = f"List should have at most {len(_STAGES)} items after validation, not {len(stages)}"
        raise _refuse_lifecycle(f"lifecycle: {told}")
    return tuple(stages) or _SHOWN


def _refuse_lifecycle(message: str) -> ApiError:
    return ApiError(Finding(message, "models.lifecycle", "SDK types, 2.14.0; its words inferred"))


def _find_position(catalogue: Catalogue, shown: Collection[str], window: paging.Window) -> int | None:
    """How many models are shown before that of the window's id, or up to it; it need not be shown itself."""
    name = window.before or window.after
    index = next((number for number, model in enumerate(catalogue.models) if model.is_named(name)), None)
    if index is None:
        return None
    end = index if window.before else index + 1
    return sum(model.lifecycle in shown for model in catalogue.models[:end])


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


def _show(model: Model, betas: Collection[str]) -> dict[str, Any]:
    # The first seven keys stand as recorded in 2026-06 and 2026-08, the newer ones as in the SDK's types.
    # "null while the model is active" (source: SDK types, 2.14.0).
    is_active = model.lifecycle == "active"
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": model.created,
        "max_input_tokens": model.context,
        "max_tokens": model.max_tokens,
        "capabilities": _show_capabilities(model, betas),
        **({} if _FALLBACK.isdisjoint(betas) else {"allowed_fallback_models": [*model.fallbacks]}),
        "deprecated_at": None if is_active else model.deprecated_at,
        "lifecycle": model.lifecycle,
        "line": model.line,
        "retires_at": None if is_active else model.retires_at,
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
            "clear_tool_uses_20250919": _flag(editing),
            "clear_thinking_20251015": _flag(editing),
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
