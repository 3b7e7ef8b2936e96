"""The dialect of JSON Schema that can be compiled to a grammar: what structured outputs and strict tools may use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any
from urllib.parse import unquote

from mockserver.validation.texts import excerpt

Schema = Mapping[str, Any]

# Keywords that cannot be compiled, by the type they belong to (source: structured outputs page; texts observed 2026).
UNSUPPORTED = {
    "array": ("contains", "maxContains", "maxItems", "minContains", "uniqueItems"),
    "integer": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "number": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "object": ("maxProperties", "minProperties", "patternProperties", "propertyNames"),
    "string": ("maxLength", "minLength"),
}
# What an object may hold only if its type is not named (source: observed 2026-07 to 2026-10).
OUT_OF_PLACE = {"object": ("items", "maxItems", "minItems", "name", "strict")}
# Keywords that hold one schema, several in a list, or several by name; none may be a mere boolean (source: recorded
# 2026-08, and observed of ``output_config.format``, each of ``properties``; the others by analogy). Those that are
# commonly false, such as ``additionalProperties``, have rules of their own or none.
_ONE = {"any": ("else", "if", "not", "then"), "array": ("items",)}
_LISTED = {"any": ("allOf", "anyOf", "oneOf"), "array": ("prefixItems",)}
_BY_NAME = {"any": ("$defs", "definitions", "dependentSchemas"), "object": ("properties",)}
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
_INNER = ("items", "additionalProperties", "not")
_LISTS = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED = ("properties", "$defs", "definitions")


def walk(schema: object) -> Iterator[Schema]:
    """The schema and those inside it, outer ones first."""
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            yield part
            waiting.extend(reversed(_list_inner(part)))


def _list_inner(schema: Schema) -> list[Any]:
    named = [inner for key in _NAMED for inner in (schema.get(key) or {}).values()]
    listed = [inner for key in _LISTS for inner in schema.get(key) or ()]
    return [*named, *(schema[key] for key in _INNER if key in schema), *listed]


def find_unsupported(schema: Schema) -> str:
    """Why the schema cannot be compiled, in the API's words, or ""."""
    problem = next((text for part in walk(schema) if (text := _check_keywords(part))), "")
    return problem or _check_references(schema)


def _check_keywords(schema: Schema) -> str:
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return "External '$ref' is not supported"
    # Without a type the keywords of all types apply.
    kinds = schema.get("type", ["array", "number", "string", "object"])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        checks = _CHECKS.get(kind, (_find_foreign_keywords,))
        problem = next(filter(None, (check(schema, kind) for check in checks)), "")
        if problem:
            return problem
    return ""


def _find_foreign_keywords(schema: Schema, kind: Any) -> str:
    named = OUT_OF_PLACE.get(kind, ()) if "type" in schema else ()
    foreign = sorted(
        [*(key for key in (*UNSUPPORTED.get(kind, ()), *named) if key in schema), *_find_booleans(schema, kind)]
    )
    if len(foreign) > 1:
        return f"For '{kind}' type, properties {', '.join(foreign)} are not supported"
    return f"For '{kind}' type, property '{foreign[0]}' is not supported" if foreign else ""


def _find_booleans(schema: Schema, kind: Any) -> Iterator[str]:
    """The keywords of a schema of this kind with a boolean in place of a schema."""
    # Keywords of no type are told of once: as those of an object, where the type is not named.
    kinds = (kind, "any") if "type" in schema or kind == "object" else (kind,)
    for each in kinds:
        yield from (key for key in _ONE.get(each, ()) if isinstance(schema.get(key), bool))
        yield from (key for key in _LISTED.get(each, ()) if _holds_boolean(schema.get(key) or ()))
        yield from (key for key in _BY_NAME.get(each, ()) if _holds_boolean((schema.get(key) or {}).values()))


def _holds_boolean(schemas: Iterable[object]) -> bool:
    return any(isinstance(schema, bool) for schema in schemas)


def _check_object(schema: Schema, _: Any) -> str:
    given = schema.get("additionalProperties")
    if given is False or "type" not in schema:
        return ""
    if given is None:
        return "For 'object' type, 'additionalProperties' must be explicitly set to false"
    shown = "true" if given is True else "object"
    return (
        f"For 'object' type, 'additionalProperties: {shown}' is not supported. "
        "Please set 'additionalProperties' to false"
    )


def _check_array(schema: Schema, _: Any) -> str:
    given = schema.get("minItems", 0)
    if given in (0, 1):
        return ""
    # Not the number itself: the API tells its range, and there are two (source: observed 2026-06 to 2026-10).
    values = "[6, ∞]" if given >= 6 else "[2, 5]"
    return f"For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: {values})"


def _check_string(schema: Schema, _: Any) -> str:
    given, pattern = schema.get("format"), schema.get("pattern")
    if given and given not in FORMATS:
        return f"For 'string' type, format '{excerpt(given)}' is not supported"
    if isinstance(pattern, str) and (found := re.search(_UNREGULAR, pattern)):
        # Only that it is refused is documented; the text is inferred.
        return f"For 'string' type, pattern with '{found[1]}' is not supported"
    return ""


# Backreferences, lookaround and word boundaries, unless their backslash is escaped.
_UNREGULAR = r"(?<!\\)(?:\\\\)*(\\[1-9bB]|\\k<|\(\?<?[=!])"


# In the order of the API: it tells of ``minItems`` before it tells of ``maxItems`` (observed 2026-08).
_CHECKS: dict[Any, tuple[Callable[[Schema, Any], str], ...]] = {
    "array": (_check_array, _find_foreign_keywords),
    "object": (_find_foreign_keywords, _check_object),
    "string": (_find_foreign_keywords, _check_string),
}


def _check_references(schema: Schema) -> str:
    """The refusal of a schema that refers to nothing, or contains itself, or ""."""
    parts = list(walk(schema))
    if not any("$ref" in part for part in parts):
        return ""
    anchors = {f"#{part['$anchor']}": part for part in parts if "$anchor" in part}
    references = [str(part["$ref"]) for part in parts if "$ref" in part]
    targets = {reference: _resolve(schema, anchors, reference) for reference in references}
    lost = next((ref for ref, target in targets.items() if target is None), None)
    if lost is not None:
        return f"Invalid schema: Reference to non-existent definition: {excerpt(lost)}"
    circle = _find_circle(schema, targets)
    if not circle:
        return ""
    names = _name_circle(circle, parts, targets)
    return (
        f"Invalid schema: Circular reference detected in schema definitions: {' -> '.join(names)}. "
        "Self-referencing or mutually-referencing definitions are not supported."
    )


def _find_circle(schema: Schema, targets: Mapping[str, Any]) -> list[int]:
    """The ids of the schemas that lead from one back to itself, in this order; none without a circle."""
    leads: dict[int, list[int]] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping) and id(part) not in leads:
            inner = [*_list_inner(part), *([targets[str(part["$ref"])]] if "$ref" in part else [])]
            leads[id(part)] = [id(one) for one in inner]
            waiting += inner
    try:
        TopologicalSorter(leads).prepare()
    except CycleError as error:
        return [*reversed(error.args[1][1:])]
    return []


def _name_circle(circle: Sequence[int], parts: Sequence[Schema], targets: Mapping[str, Any]) -> list[str]:
    """The names of the definitions in a circle, from the one that the schema has first back to it."""
    names = {id(target): _name(ref) for ref, target in targets.items()}
    for part in parts:
        names |= {id(inner): name for key in ("$defs", "definitions") for name, inner in (part.get(key) or {}).items()}
    order = {id(part): number for number, part in enumerate(parts)}
    named = [node for node in circle if node in names]
    if not named:
        return []
    first = named.index(min(named, key=lambda node: order.get(node, len(order))))
    turned = [*named[first:], *named[:first], named[first]]
    return [excerpt(names[node]) for node in turned]


def _name(reference: str) -> str:
    return unquote(reference).rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def _resolve(root: Schema, anchors: Mapping[str, Schema], reference: str) -> Any:
    """The schema that a reference points to, by an anchor or by a path; None when there is none."""
    if reference in anchors or not (reference == "#" or reference.startswith("#/")):
        return anchors.get(reference)
    target: Any = root
    for step in unquote(reference).split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list):
            index = int(name) if name.isdecimal() and len(name) < 9 else len(target)
            target = target[index] if index < len(target) else None
        else:
            target = target.get(name) if isinstance(target, Mapping) else None
    return target
