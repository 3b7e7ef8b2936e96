"""Turns raw definitions into the one form all our schemas have (described in ``mockserver.reference.schemas``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Json = dict[str, Any]
# Annotations that travel with a schema whatever its form.
_MARKS = ("x-beta", "x-beta-enum", "format")


class Shaper:
    """Shapes raw definitions that may refer to each other."""

    def __init__(self, defs: Mapping[str, Json], tagged: Collection[str]) -> None:
        self._defs = defs
        # Types that the API treats as a union with a single member.
        self._tagged = frozenset(tagged)

    def shape_all(self) -> dict[str, Json]:
        """All definitions in our form."""
        return {name: self.shape(schema) for name, schema in self._defs.items()}

    def shape(self, schema: Json) -> Json:
        """The schema in our form."""
        if "properties" in schema:
            return self._shape_object(schema)
        if "anyOf" in schema:
            return self._shape_union(schema)
        if "items" in schema:
            return {**schema, "items": self.shape(schema["items"])}
        if schema.get("additionalProperties") is True:
            return {"type": "object"}
        if isinstance(schema.get("additionalProperties"), dict):
            return {**schema, "additionalProperties": self.shape(schema["additionalProperties"])}
        if "$ref" in schema:
            return {**self._shape_references([schema]), **{mark: schema[mark] for mark in _MARKS if mark in schema}}
        if "const" in schema:
            return {key: value for key, value in schema.items() if key != "type"}
        return schema

    def _shape_object(self, schema: Json) -> Json:
        shaped = {
            "type": "object",
            "properties": {name: self.shape(value) for name, value in schema["properties"].items()},
            "required": schema.get("required", []),
            "additionalProperties": False,
        }
        if not shaped["required"]:
            del shaped["required"]
        return shaped

    def _shape_union(self, schema: Json) -> Json:
        members = schema["anyOf"]
        refs = [member for member in members if "$ref" in member]
        plain = [self.shape(member) for member in members if "$ref" not in member]
        # A named object beside an open one only documents some keys of the open one.
        plain = [member for member in plain if not (refs and member == {"type": "object"})]
        shaped = _combine(plain)
        if refs:
            shaped = _add_objects(shaped, self._shape_references(refs))
        return shaped | {mark: schema[mark] for mark in _MARKS if mark in schema}

    def _shape_references(self, refs: list[Json]) -> Json:
        """A reference, or the union of several objects told apart by their ``type`` or their ``role``."""
        if len(refs) == 1 and name_of(refs[0]) not in self._tagged:
            return refs[0]
        key = self._find_key(refs)
        tagged = {tag: ref for ref in refs for tag in self._find_tags(ref, key)}
        return make_union(tagged, key=key)

    def _find_key(self, refs: list[Json]) -> str:
        """The property that tells the objects apart."""
        return "type" if all("type" in self._defs[name_of(ref)]["properties"] for ref in refs) else "role"

    def _find_tags(self, ref: Json, key: str) -> list[str | None]:
        """The values of ``key`` that mean the referred definition; None when it may be absent."""
        target = self._defs[name_of(ref)]
        kind = target["properties"][key]
        values = [value for member in kind.get("anyOf", [kind]) for value in _list_values(member)]
        return values if key in target.get("required", []) else [*values, None]


def name_of(ref: Json) -> str:
    """The name a reference refers to."""
    return str(ref["$ref"]).rpartition("/")[2]


def make_union(tagged: Mapping[str | None, Json], *, declared: bool = False, key: str = "type") -> Json:
    """The union of objects told apart by ``key``. Tags are sorted unless they stay as ``declared``."""
    default = next((tag for tag, ref in tagged.items() if tag and None in tagged and ref == tagged[None]), None)
    tags = [tag for tag in tagged if tag is not None]
    tags = tags if declared else sorted(tags)
    names: list[str | None] = [*tags, *([None] if default else [])]
    shaped: Json = {
        "type": "object",
        **({} if default else {"required": [key]}),
        "properties": {key: {"enum": names}},
        **({} if key == "type" else {"x-tag-key": key}),
        "x-tags": tags,
        **({"x-default-tag": default} if default else {}),
        "x-mapping": {tag: tagged[tag]["$ref"] for tag in tags},
    }
    gates = {tag: tagged[tag]["x-beta"] for tag in tags if "x-beta" in tagged[tag]}
    if gates:
        shaped["x-beta-tags"] = gates
    shaped["allOf"] = make_branches(shaped)
    return shaped


def make_branches(shaped: Json) -> list[Json]:
    """One condition for each tag: an object of this type must fit the definition mapped to it."""
    guard = {"type": "object"} if shaped["type"] != "object" else {}
    return [
        {
            "if": {**guard, **_make_condition(tag, shaped.get("x-default-tag"), shaped.get("x-tag-key", "type"))},
            "then": {"$ref": shaped["x-mapping"][tag]},
        }
        for tag in shaped["x-tags"]
    ]


def _make_condition(tag: str, default: str | None, key: str) -> Json:
    if tag == default:
        return {"properties": {key: {"enum": [tag, None]}}}
    return {"required": [key], "properties": {key: {"const": tag}}}


def _list_values(member: Json) -> list[Any]:
    if "const" in member:
        return [member["const"]]
    return list(member.get("enum", [None]))


def _combine(members: list[Json]) -> Json:
    """Members of different JSON types, combined to one schema with a list of types."""
    shaped: Json = {}
    for member in members:
        for key, value in _list_types(member).items():
            shaped[key] = [*shaped[key], *value] if key in ("type", "enum") and key in shaped else value
    strings = [member for member in members if _is_string(member)]
    if any("enum" not in member and "const" not in member for member in strings):
        shaped.pop("enum", None)
    shaped["type"] = list(dict.fromkeys(shaped.get("type", [])))
    if "enum" in shaped and set(shaped["type"]) - {"string"} == {"null"}:
        shaped["enum"] = [*shaped["enum"], None]
    elif "enum" in shaped and len(shaped["type"]) > 1:
        shaped["allOf"] = [_guard_strings(shaped.pop("enum"))]
    if len(shaped["type"]) == 1:
        shaped["type"] = shaped["type"][0]
    return shaped


def _guard_strings(values: list[Any]) -> Json:
    return {"if": {"type": "string"}, "then": {"enum": [value for value in values if value is not None]}}


def _list_types(member: Json) -> Json:
    """The member with its type as a list, and a constant as an enumeration of one."""
    shaped = {key: value for key, value in member.items() if key != "const"}
    if "const" in member:
        shaped["enum"] = [member["const"]]
    return {**shaped, "type": [member.get("type", "string")]}


def _is_string(member: Json) -> bool:
    return "const" in member or member.get("type") == "string"


def _add_objects(shaped: Json, objects: Json) -> Json:
    """Adds a reference or a make_union of objects to the other types that may come."""
    others = shaped.pop("type", [])
    others = [others] if isinstance(others, str) else others
    if not others:
        return objects
    kinds = ["object", *others]
    if "enum" in shaped:
        shaped["allOf"] = [_guard_strings(shaped.pop("enum"))]
    if "$ref" in objects:
        guard = {"if": {"type": "object"}, "then": {"$ref": objects["$ref"]}}
        marks = {mark: objects[mark] for mark in _MARKS if mark in objects}
        return {"type": kinds, **shaped, "allOf": [*shaped.get("allOf", []), guard | marks]}
    combined = {**objects, **shaped, "type": kinds}
    combined["allOf"] = [*make_branches(combined), *shaped.get("allOf", [])]
    return combined
