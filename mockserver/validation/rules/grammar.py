"""Rules of schemas that are compiled to a grammar: the dialect of structured outputs and the limits of strict tools."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any
from urllib.parse import unquote

from mockserver.records.errors import Finding
from mockserver.reference.schemas.callers import is_well_formed
from mockserver.validation.facts import Facts, refuse
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
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
STRICT_TOOLS, OPTIONAL_PARAMETERS, UNION_PARAMETERS = 20, 24, 16
_INNER = ("items", "additionalProperties", "not")
_LISTS = ("anyOf", "allOf", "oneOf", "prefixItems")
_NAMED = ("properties", "$defs", "definitions")


def format_valid(facts: Facts) -> Finding | None:
    """The schema of ``output_config.format`` is a JSON Schema.

    Source: documented, structured outputs; text by analogy with that of tools.
    """
    given = facts.output_config("format")
    if not given or is_well_formed(given.get("schema")):
        return None
    text = "JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12)."
    return refuse(f"output_config.format.schema: {text}")


def format_compiles(facts: Facts) -> Finding | None:
    """The schema of ``output_config.format`` keeps to the dialect that can be compiled.

    Source: observed 2026-06 to 2026-09; documented, structured outputs.
    """
    given = facts.output_config("format")
    problem = _find_unsupported(given.get("schema") or {}) if given else ""
    return refuse(f"output_config.format.schema: {problem}") if problem else None


def strict_tools_compile(facts: Facts) -> Finding | None:
    """The schemas of strict tools keep to the dialect that can be compiled.

    Source: observed 2026-09.
    """
    for index, tool in enumerate(facts.tools):
        problem = _find_unsupported(tool.get("input_schema") or {}) if tool.get("strict") else ""
        if problem:
            return refuse(f"tools.{index}.custom: {problem}")
    return None


def strict_tools_limited(facts: Facts) -> Finding | None:
    """A request has at most 20 strict tools.

    Source: observed 2026-10.
    """
    number = sum(1 for tool in facts.tools if tool.get("strict"))
    if number <= STRICT_TOOLS:
        return None
    return refuse(
        f"Too many strict tools ({number}). The maximum number of strict tools supported is {STRICT_TOOLS}. "
        "Try reducing the number of tools marked as strict.",
        path="tools",
    )


def parameters_limited(facts: Facts) -> Finding | None:
    """All compiled schemas together have at most 24 optional parameters and 16 with unions.

    Source: observed 2026-08 and 2026-09.
    """
    optional, unions = _count_parameters(list(_list_compiled(facts)))
    place = "tools" if any(tool.get("strict") for tool in facts.tools) else "output_config.format.schema"
    if optional > OPTIONAL_PARAMETERS:
        return refuse(
            f"Schemas contains too many optional parameters ({optional}), which would make grammar compilation "
            "inefficient. Reduce the number of optional parameters in your tool schemas "
            f"(limit: {OPTIONAL_PARAMETERS}).",
            path=place,
        )
    if unions > UNION_PARAMETERS:
        return refuse(
            f"Schemas contains too many parameters with union types ({unions} parameters with type arrays or anyOf). "
            "This causes exponential compilation cost. Reduce the number of nullable or union-typed parameters "
            f"(limit: {UNION_PARAMETERS} parameters with unions).",
            path=place,
        )
    return None


def format_supported(facts: Facts) -> Finding | None:
    """Structured outputs exist from Opus 4.1 on.

    Source: documented; text inferred.
    """
    if facts.model.structured_outputs or not facts.model.known:
        return None
    if facts.output_config("format"):
        return refuse(f"'{facts.model.id}' does not support output format.", path="output_config.format")
    return None


def _list_compiled(facts: Facts) -> Iterator[Schema]:
    yield from (tool.get("input_schema") or {} for tool in facts.tools if tool.get("strict"))
    given = facts.output_config("format")
    if given:
        yield given.get("schema") or {}


def _count_parameters(schemas: list[Schema]) -> tuple[int, int]:
    optional = unions = 0
    for schema in schemas:
        for part in _walk(schema):
            properties = part.get("properties") or {}
            optional += len(set(properties) - set(part.get("required") or ()))
            unions += sum(1 for inner in properties.values() if _is_union(inner))
    return optional, unions


def _is_union(schema: object) -> bool:
    return isinstance(schema, Mapping) and ("anyOf" in schema or isinstance(schema.get("type"), list))


def _walk(schema: object) -> Iterator[Schema]:
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


def _find_unsupported(schema: Schema) -> str:
    problem = next((text for part in _walk(schema) if (text := _check_keywords(part))), "")
    return problem or _check_recursion(schema)


def _check_keywords(schema: Schema) -> str:
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        return "External '$ref' is not supported"
    # Without a type the keywords of all types apply.
    kinds = schema.get("type", ["array", "number", "string", "object"])
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        problem = _find_foreign_keywords(schema, kind) or (_CHECKS[kind](schema) if kind in _CHECKS else "")
        if problem:
            return problem
    return ""


def _find_foreign_keywords(schema: Schema, kind: Any) -> str:
    foreign = [key for key in UNSUPPORTED.get(kind, ()) if key in schema]
    if len(foreign) > 1:
        return f"For '{kind}' type, properties {', '.join(foreign)} are not supported"
    return f"For '{kind}' type, property '{foreign[0]}' is not supported" if foreign else ""


def _check_object(schema: Schema) -> str:
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


def _check_array(schema: Schema) -> str:
    fits = schema.get("minItems", 0) in (0, 1)
    return "" if fits else "For 'array' type, 'minItems' values other than 0 or 1 are not supported"


def _check_string(schema: Schema) -> str:
    given, pattern = schema.get("format"), schema.get("pattern")
    if given and given not in FORMATS:
        return f"For 'string' type, format '{excerpt(given)}' is not supported"
    if isinstance(pattern, str) and (found := re.search(_UNREGULAR, pattern)):
        # Only that it is refused is documented; the text is inferred.
        return f"For 'string' type, pattern with '{found[1]}' is not supported"
    return ""


# Backreferences, lookaround and word boundaries, unless their backslash is escaped.
_UNREGULAR = r"(?<!\\)(?:\\\\)*(\\[1-9bB]|\\k<|\(\?<?[=!])"


_CHECKS = {"array": _check_array, "object": _check_object, "string": _check_string}


def _check_recursion(schema: Schema) -> str:
    """The refusal of a schema that contains itself, or ""."""
    parts = list(_walk(schema))
    if not any("$ref" in part for part in parts):
        return ""
    anchors = {f"#{part['$anchor']}": part for part in parts if "$anchor" in part}
    leads: dict[int, list[int]] = {}
    waiting: list[Any] = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping) and id(part) not in leads:
            inner = [*_list_inner(part), _resolve(schema, anchors, str(part.get("$ref")))]
            leads[id(part)] = [id(one) for one in inner]
            waiting += inner
    try:
        TopologicalSorter(leads).prepare()
    except CycleError:
        return _RECURSIVE
    return ""


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


_RECURSIVE = "Recursive schemas are not supported"
