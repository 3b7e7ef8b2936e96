"""``GET /v1/models`` and ``GET /v1/models/{id}`` of a gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.endpoints import paging, prefixes
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.gateways import admitting, listing
from mockserver.gateways.failing import make_finding
from mockserver.gateways.listing import Listed, Shape
from mockserver.gateways.records import Gateway
from mockserver.records.errors import ApiError
from mockserver.records.masks import excerpt

Values = Mapping[str, Any]
_RETIRED = "retired"
_DATA = "data"


def list_models(gateway: Gateway, arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> dict[str, Any]:
    """The models that the key may use, or those that a script lists. What it says counts where the shape has it."""
    shape = _choose_shape(gateway, arrival)
    said: Sequence[Values] = values.get(_DATA, ())
    if _DATA in values:
        data = [_merge(shape.show(listing.describe(gateway, each["id"])), each) for each in said]
    else:
        data = [shape.show(model) for model in _list(gateway, arrival, parts)]
    return _merge(shape.enclose(data), {**values, _DATA: data})


def find_model(gateway: Gateway, arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> dict[str, Any]:
    """The model asked for, or what a script says of it.

    Raises:
        ApiError: there is no such model: an error with status 200 (source: source code of new-api, 2026).
    """
    shape, name = _choose_shape(gateway, arrival), arrival.parameters["id"]
    if _DATA in values:
        listed = next((each for each in values[_DATA] if each["id"] == name), None)
        if listed is not None:
            return _merge(shape.show_alone(listing.describe(gateway, name)), listed)
    elif values.keys() - set(paging.LIST_KEYS):
        return _merge(shape.show_alone(listing.describe(gateway, name)), values)
    else:
        found = next((model for model in _list(gateway, arrival, parts) if model.name == name), None)
        if found is not None:
            return shape.show_alone(found)
    raise ApiError(make_finding(gateway, "model_unknown", {"model": excerpt(name)}))


def _merge(shown: dict[str, Any], values: Values) -> dict[str, Any]:
    return {key: values.get(key, value) for key, value in shown.items()}


def _choose_shape(gateway: Gateway, arrival: Arrival) -> Shape:
    return listing.choose_shape(gateway, arrival.call.headers, arrival.call.query)


def _list(gateway: Gateway, arrival: Arrival, parts: Parts) -> list[Listed]:
    call = arrival.call
    key = admitting.read_key(gateway, call.headers, call.query, prefixes.find_path(call))
    known = [model.id for model in parts.fixtures.catalogue.models if model.lifecycle != _RETIRED]
    return listing.list_names(gateway, known, admitting.find_caller(gateway, key))
