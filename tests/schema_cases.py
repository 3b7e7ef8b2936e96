"""Generates bodies that fit our schemas and bodies that break them in one place, from the schemas themselves.

Knows the form described in ``mockserver.reference.schemas`` and nothing more.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
Case = tuple[str, Any]

# A value of each JSON type, and texts among which one fits every pattern we have.
SAMPLES: Json = {"string": "a", "integer": 7, "number": 0.5, "boolean": True, "array": [], "object": {}, "null": None}
TEXTS = ("a", "NO", "srvtoolu_a", "file_a", "https://example.com")
UNLISTED = "~not listed~"


def types(schema: Json) -> list[str]:
    """The JSON types a schema allows; all when it names none."""
    kinds = schema.get("type", list(SAMPLES))
    return [kinds] if isinstance(kinds, str) else kinds


def resolve(schema: Json, root: Json) -> Json:
    """The schema that a reference points to, with the keywords beside the reference; or the schema itself."""
    if "$ref" not in schema:
        return schema
    target = resolve(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    beside = schema.get("properties", {})
    if not beside:
        return target
    narrowed = {key: {**part, **beside.get(key, {})} for key, part in target["properties"].items()}
    return {**target, "properties": {key: _narrow(part) for key, part in narrowed.items()}}


def _narrow(schema: Json) -> Json:
    """The schema with only the choices that its type allows."""
    if "enum" not in schema:
        return schema
    left = [value for value in schema["enum"] if ("null" if value is None else "string") in types(schema)]
    return {**schema, "enum": left}


def minimal(schema: Json, root: Json) -> Any:
    """The smallest instance: required properties only, the first of each choice."""
    schema = resolve(schema, root)
    if "const" in schema:
        return schema["const"]
    if "x-tags" in schema:
        return _make_tagged(schema, root, next(iter(schema["x-tags"])))
    if "enum" in schema:
        return schema["enum"][0]
    return _make_typed(schema, root, types(schema)[0])


def valid_instances(schema: Json, root: Json | None = None) -> Iterator[Case]:
    """Instances that fit: the smallest, one for each choice, and the smallest with each optional property."""
    root = root or schema
    target = resolve(schema, root)
    yield "minimal", minimal(target, root)
    for tag in target.get("x-tags", ()):
        yield f"type {tag}", _make_tagged(target, root, tag)
    for value in target.get("enum", ()):
        yield f"value {value}", value
    if "x-tags" not in target:
        yield from ((f"as {kind}", _make_typed(target, root, kind)) for kind in types(target) if "enum" not in target)
    if "properties" in target and "x-tags" not in target:
        yield from _add_each_property(target, root)


def mutations(schema: Json, instance: Any, root: Json | None = None) -> Iterator[Case]:
    """Instances that break the schema in one place each; ``instance`` is one that fits."""
    root = root or schema
    target = resolve(schema, root)
    yield from _list_wrong_values(target)
    if not isinstance(instance, dict):
        return
    if "x-tags" in target:
        yield from _list_wrong_tags(target, instance)
        return
    target = _select_object(target, root)
    for key in target.get("required", ()):
        yield f"without {key}", {name: value for name, value in instance.items() if name != key}
    if target.get("additionalProperties") is False:
        yield "unknown key", {**instance, UNLISTED: 1}
    for key, part in target.get("properties", {}).items():
        for label, value in _list_wrong_values(resolve(part, root)):
            yield f"{key}: {label}", {**instance, key: value}


def _add_each_property(schema: Json, root: Json) -> Iterator[Case]:
    for key, part in schema["properties"].items():
        target = resolve(part, root)
        choices = [_make_tagged(target, root, tag) for tag in target.get("x-tags", ())] or target.get("enum", ())
        plain = [] if choices else [_make_typed(target, root, kind) for kind in types(target) if "const" not in target]
        for value in [*choices, *plain, minimal(target, root)]:
            yield f"with {key}", {**minimal(schema, root), key: value}


def _make_tagged(schema: Json, root: Json, tag: str) -> Any:
    """The smallest object of the union that has this tag."""
    instance = minimal({"$ref": schema["x-mapping"][tag]}, root)
    return {**instance, "type": tag}


def _make_typed(schema: Json, root: Json, kind: str) -> Any:
    """The smallest instance of one of the types a schema allows."""
    if kind == "object":
        if "x-tags" in schema:
            return _make_tagged(schema, root, schema["x-tags"][0])
        target = _select_object(schema, root)
        return {key: minimal(target["properties"][key], root) for key in target.get("required", ())}
    if kind == "array":
        return [minimal(schema["items"], root) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return _make_text(schema)
    if kind in ("integer", "number"):
        return _make_number(schema, SAMPLES[kind])
    return copy.copy(SAMPLES[kind])


def _select_object(schema: Json, root: Json) -> Json:
    """The part of a schema of several types that applies to objects."""
    for member in schema.get("allOf", ()):
        if member["if"].get("type") == "object" and "x-tags" not in schema:
            return resolve(member["then"], root)
    return schema


def _make_text(schema: Json) -> str:
    for member in schema.get("allOf", ()):
        if member["if"].get("type") == "string":
            return str(member["then"]["enum"][0])
    return next(text for text in TEXTS if _fits(schema, text))


def _fits(schema: Json, text: str) -> bool:
    return re.search(schema.get("pattern", ""), text) is not None and len(text) >= schema.get("minLength", 0)


def _make_number(schema: Json, value: float) -> Any:
    return max(min(value, schema.get("maximum", value)), schema.get("minimum", value))


def _list_wrong_tags(schema: Json, instance: Json) -> Iterator[Case]:
    yield "unknown tag", {**instance, "type": UNLISTED}
    if "x-default-tag" not in schema:
        yield "no tag", {key: value for key, value in instance.items() if key != "type"}


def _list_wrong_values(schema: Json) -> Iterator[Case]:
    """Values that a schema refuses by type, choice, range, length or pattern."""
    allowed = types(schema)
    for kind, value in SAMPLES.items():
        if "const" not in schema and kind not in allowed and not (kind == "integer" and "number" in allowed):
            yield f"{kind} instead of {'/'.join(allowed)}", value
    if _has_choices(schema):
        yield "not one of the choices", UNLISTED
    yield from _list_out_of_range(schema)
    yield from _list_bad_texts(schema)


def _has_choices(schema: Json) -> bool:
    guarded = any(member.get("then", {}).get("enum") for member in schema.get("allOf", ()))
    return guarded or "const" in schema or ("enum" in schema and "x-tags" not in schema)


def _list_out_of_range(schema: Json) -> Iterator[Case]:
    if "minimum" in schema:
        yield "too small", schema["minimum"] - 1
    if "maximum" in schema:
        yield "too large", schema["maximum"] + 1
    if "exclusiveMinimum" in schema:
        yield "not large enough", schema["exclusiveMinimum"]
    if schema.get("minItems", 0) > 0:
        yield "too few items", []
    if 0 < schema.get("maxItems", 0) < 100:
        yield "too many items", [SAMPLES] * (schema["maxItems"] + 1)


def _list_bad_texts(schema: Json) -> Iterator[Case]:
    if schema.get("minLength", 0) > 0:
        yield "too short", ""
    if "maxLength" in schema:
        yield "too long", "a" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield "against the pattern", "a b!"
