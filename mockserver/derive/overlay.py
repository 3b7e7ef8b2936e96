"""Applies the hand-kept rules of ``schemas/sources/overlay.yaml`` to shaped definitions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mockserver.derive.shape import Json, make_branches, make_union, name_of

Defs = dict[str, Json]

_MARKS = ("x-beta-enum", "x-beta-tags")
# Keywords that are left out of the places in messages.
_INNER = frozenset({"$defs", "properties", "allOf", "then", "items"})


def apply_rules(defs: Defs, rules: list[Json]) -> Iterator[str]:
    """Apply each rule in turn; yield the places that a rule names and that do not exist.

    A rule holds its place or places (``at``), one or more of ``_ACTIONS``, and its ``source``.
    """
    for rule, path in _split_rules(rules):
        for key in (key for key in rule if key not in ("at", "source")):
            if not _apply(_ACTIONS[key], defs, path, copy.deepcopy(rule[key])):
                yield path


def apply_gates(defs: Defs, gates: list[Json]) -> Iterator[str]:
    """Write the beta headers that enable a property, a type, an enumerated value or one of a property's JSON types.

    Yields the places that do not exist.
    """
    for gate, path in _split_rules(gates):
        if not _apply(_gate, defs, path, list(gate["betas"])):
            yield path
    for offer in _find_unions(list(defs.values())):
        _remove_uniform_gates(offer)


class MissingPlaceError(LookupError):
    """A rule names a place that the definitions do not have."""


def _apply(action: Callable[[Defs, str, Any], None], defs: Defs, path: str, value: Any) -> bool:
    """Apply the action; return whether its place exists."""
    try:
        action(defs, path, value)
    except MissingPlaceError:
        return False
    return True


def _get(schema: Mapping[str, Any], key: str, path: str) -> Any:
    """The value at ``key``; raises MissingPlaceError when there is none."""
    if key not in schema:
        raise MissingPlaceError(path)
    return schema[key]


def _split_rules(rules: list[Json]) -> Iterator[tuple[Json, str]]:
    for rule in rules:
        yield from ((rule, path) for path in ([rule["at"]] if isinstance(rule["at"], str) else rule["at"]))


def name_unions(defs: Defs, named: Mapping[str, str]) -> Iterator[str]:
    """Give the schema at each path a name of its own; every equal one becomes a reference to it.

    Yields the paths that do not exist.
    """
    for name, path in named.items():
        try:
            schema = copy.deepcopy(find(defs, path))
        except MissingPlaceError:
            yield path
            continue
        for key, value in defs.items():
            defs[key] = _replace_equal(value, schema, {"$ref": f"#/$defs/{name}"})
        defs[name] = schema


def find_ungated(value: Any, place: str = "") -> Iterator[str]:
    """The places that exist in beta only and have no gate that names a header; none when the overlay is complete."""
    if isinstance(value, list):
        for item in value:
            yield from find_ungated(item, place)
    if not isinstance(value, dict):
        return
    if value.get("x-beta") == []:
        yield place
    for mark in _MARKS:
        yield from (f"{place}={name}" for name, betas in value.get(mark, {}).items() if not betas)
    for key, item in value.items():
        if key not in _MARKS:
            yield from find_ungated(item, place if key in _INNER else f"{place}.{key}".lstrip("."))


def find(defs: Mapping[str, Json], path: str) -> Json:
    """The schema at ``Type``, ``Type.property`` or ``Type.property[]`` (its items); further dots lead further down.

    Raises MissingPlaceError when there is none.
    """
    name, *keys = path.split(".")
    schema: Json = _get(defs, name.removesuffix("[]"), path)
    for key in keys:
        schema = _get(_get(schema, "properties", path), key.removesuffix("[]"), path)
        schema = _get(schema, "items", path) if key.endswith("[]") else schema
    return schema


def allow_null(schema: Json) -> Json:
    """The schema, with null allowed as well."""
    if "$ref" in schema:
        return {"type": ["object", "null"], "allOf": [{"if": {"type": "object"}, "then": {"$ref": schema["$ref"]}}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    wider = {**schema, "type": [*types, "null"]} if "null" not in types else dict(schema)
    if "x-tags" in wider:
        wider["allOf"] = make_branches(wider)
    return wider


def _set(defs: Defs, path: str, value: Json) -> None:
    find(defs, path).update(value)


def _drop(defs: Defs, path: str, keys: list[str]) -> None:
    schema = find(defs, path)
    for key in keys:
        _get(schema, key, path)
        del schema[key]


def _replace(defs: Defs, path: str, value: Json) -> None:
    owner, key = path.rsplit(".", 1)
    find(defs, owner)["properties"][key] = value


def _add(defs: Defs, path: str, properties: Json) -> None:
    find(defs, path)["properties"].update(properties)


def _define(defs: Defs, path: str, value: Json) -> None:
    defs[path] = value


def _copy(defs: Defs, path: str, name: str) -> None:
    defs[path] = copy.deepcopy(find(defs, name))


def _remove(defs: Defs, path: str, keys: list[str]) -> None:
    schema = find(defs, path)
    for key in keys:
        schema["properties"].pop(key, None)
    schema["required"] = [key for key in schema.get("required", []) if key not in keys]


def _require(defs: Defs, path: str, keys: list[str] | str) -> None:
    schema = find(defs, path)
    wanted = schema["properties"] if keys == "all" else {*schema.get("required", []), *keys}
    schema["required"] = [name for name in schema["properties"] if name in wanted]


def _allow_null(defs: Defs, path: str, _: bool) -> None:
    owner, key = path.rsplit(".", 1)
    properties = find(defs, owner)["properties"]
    properties[key] = allow_null(_get(properties, key, path))


def _forbid_null(defs: Defs, path: str, _: bool) -> None:
    schema = find(defs, path)
    if _is_reference_or_null(schema):
        schema["$ref"] = schema.pop("allOf")[0]["then"]["$ref"]
        del schema["type"]
        return
    types = [kind for kind in schema["type"] if kind != "null"]
    schema["type"] = types[0] if len(types) == 1 else types
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]


def _is_reference_or_null(schema: Json) -> bool:
    return schema["type"] == ["object", "null"] and "x-tags" not in schema and "allOf" in schema


def _order(defs: Defs, path: str, keys: list[str]) -> None:
    schema = find(defs, path)
    properties = schema["properties"]
    schema["properties"] = {key: properties[key] for key in [*keys, *properties] if key in properties}


def _widen(defs: Defs, path: str, values: list[str]) -> None:
    _get(find(defs, path), "enum", path).extend(values)


def _order_values(defs: Defs, path: str, values: list[str]) -> None:
    present = _get(find(defs, path), "enum", path)
    rest = (value for value in present if value not in values)
    find(defs, path)["enum"] = [*(value for value in values if value in present), *rest]


def _add_tags(defs: Defs, path: str, names: Mapping[str, str]) -> None:
    known = _get(find(defs, path), "x-mapping", path)
    added = {tag: f"#/$defs/{name}" for tag, name in names.items()}
    find(defs, path).update(make_union({tag: {"$ref": ref} for tag, ref in {**known, **added}.items()}))


def _order_tags(defs: Defs, path: str, tags: list[str]) -> None:
    schema = find(defs, path)
    schema["x-tags"] = tags
    schema["properties"]["type"]["enum"] = list(tags)
    schema["x-mapping"] = {tag: _get(schema["x-mapping"], tag, path) for tag in tags}
    schema["allOf"] = make_branches(schema)


_ACTIONS: dict[str, Callable[[Defs, str, Any], None]] = {
    "set": _set,
    "drop": _drop,
    "replace": _replace,
    "add": _add,
    "define": _define,
    "copy": _copy,
    "remove": _remove,
    "require": _require,
    "nullable": _allow_null,
    "not_null": _forbid_null,
    "order": _order,
    "order_tags": _order_tags,
    "order_values": _order_values,
    "add_tags": _add_tags,
    "widen": _widen,
}


def _gate(defs: Defs, path: str, betas: list[str]) -> None:
    path, _, value = path.partition("=")
    path, _, kind = path.partition(":")
    if "." not in path:
        _gate_type(defs, path, betas)
    elif value:
        find(defs, path).setdefault("x-beta-enum", {})[value] = betas
    elif kind:
        guards = {item["if"].get("type"): item for item in find(defs, path).get("allOf", ())}
        _get(guards, kind, path)["x-beta"] = betas
    else:
        find(defs, path)["x-beta"] = betas


def _gate_type(defs: Defs, name: str, betas: list[str]) -> None:
    """Gates a type in every union that offers it."""
    found = [(offer, tag) for offer in _find_unions(list(defs.values())) for tag in _tags_of(offer, name)]
    if not found:
        raise MissingPlaceError(name)
    for offer, tag in found:
        offer.setdefault("x-beta-tags", {})[tag] = betas


def _tags_of(offer: Json, name: str) -> list[str]:
    return [tag for tag, ref in offer["x-mapping"].items() if name_of({"$ref": ref}) == name]


def _replace_equal(value: Any, old: Json, new: Json) -> Any:
    if value == old:
        return dict(new)
    if isinstance(value, dict):
        return {key: _replace_equal(item, old, new) for key, item in value.items()}
    return [_replace_equal(item, old, new) for item in value] if isinstance(value, list) else value


def _remove_uniform_gates(offer: Json) -> None:
    """Remove the gates of a union when all its members need the same header.

    Such a union is gated at the property that holds it, or it only repeats what the API returned.
    """
    gates = offer.get("x-beta-tags", {})
    if len(gates) == len(offer["x-tags"]) and all(betas == gates[offer["x-tags"][0]] for betas in gates.values()):
        del offer["x-beta-tags"]


def _find_unions(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if "x-mapping" in value:
            yield value
        for item in value.values():
            yield from _find_unions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _find_unions(item)
