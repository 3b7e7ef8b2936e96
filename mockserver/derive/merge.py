"""Merges GA and beta definitions into one, in which everything that only beta has carries ``x-beta``.

The SDK does not say which header enables a field. The lists stay empty here; ``overlay`` fills them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def merge(ga: Mapping[str, Json], beta: Mapping[str, Json]) -> dict[str, Json]:
    """All definitions of both sides; those of one name become one."""
    merged = {name: _merge_pair(schema, beta[name]) if name in beta else schema for name, schema in ga.items()}
    return merged | {name: schema for name, schema in beta.items() if name not in ga}


def join(schemas: list[Json]) -> Json:
    """Several objects as one that allows the values of each (the roles of a message)."""
    joined = schemas[0]
    for schema in schemas[1:]:
        joined = _merge_pair(joined, schema, mark=False)
    return joined


def rename(value: Any, names: Mapping[str, str]) -> Any:
    """The schemas with renamed references; a union names each of its members once."""
    if isinstance(value, list):
        return _drop_duplicates([rename(item, names) for item in value])
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        name = str(value["$ref"]).rpartition("/")[2]
        return {**value, "$ref": "#/$defs/" + names.get(name, name)}
    return {key: rename(item, names) for key, item in value.items()}


def _drop_duplicates(items: list[Any]) -> list[Any]:
    return [item for index, item in enumerate(items) if item not in items[:index]]


def _merge_pair(ga: Json, beta: Json, *, mark: bool = True) -> Json:
    """One schema for the values of both; values that only ``beta`` allows are marked."""
    if ga == beta:
        return ga
    if "anyOf" in ga or "anyOf" in beta:
        return _merge_unions(_list_members(ga), _list_members(beta), mark)
    if "enum" in ga or "const" in ga:
        return _merge_values(ga, beta, mark)
    if "properties" in ga:
        return _merge_objects(ga, beta, mark)
    if "items" in ga and "items" in beta:
        return {**ga, "items": _merge_pair(ga["items"], beta["items"], mark=mark)}
    raise ValueError(f"no rule to merge {ga} and {beta}")


def _merge_objects(ga: Json, beta: Json, mark: bool) -> Json:
    properties = dict(ga["properties"])
    for name, schema in beta["properties"].items():
        properties[name] = (
            _merge_pair(properties[name], schema, mark=mark) if name in properties else _mark(schema, mark)
        )
    required = [name for name in ga.get("required", []) if name in beta.get("required", [])]
    return {**ga, "properties": properties, "required": required}


def _merge_values(ga: Json, beta: Json, mark: bool) -> Json:
    old, new = _list_values(ga), _list_values(beta)
    added = [value for value in new if value not in old]
    gates = {**ga.get("x-beta-enum", {}), **{value: [] for value in added if mark}}
    return {"type": ga["type"], "enum": old + added, **({"x-beta-enum": gates} if gates else {})}


def _merge_unions(ga: list[Json], beta: list[Json], mark: bool) -> Json:
    united = {_find_key(member): member for member in ga}
    for member in beta:
        kind = _find_key(member)
        united[kind] = _merge_pair(united[kind], member, mark=mark) if kind in united else _mark(member, mark)
    return {"anyOf": list(united.values())}


def _mark(schema: Json, mark: bool) -> Json:
    return {**schema, "x-beta": []} if mark else schema


def _list_members(schema: Json) -> list[Json]:
    members: list[Json] = schema.get("anyOf", [schema])
    return members


def _list_values(schema: Json) -> list[str]:
    return list(schema["enum"]) if "enum" in schema else [schema["const"]]


def _find_key(member: Json) -> str:
    """The key by which members of two unions correspond: the type they refer to, or their JSON type."""
    return str(member.get("$ref") or member.get("type"))
