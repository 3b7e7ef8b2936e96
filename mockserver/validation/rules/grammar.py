"""Rules of schemas that are compiled to a grammar: the dialect of structured outputs and the limits of strict tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mockserver.records.errors import Finding
from mockserver.reference.schemas.callers import is_well_formed
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.rules.dialect import Schema, find_unsupported, walk

STRICT_TOOLS, OPTIONAL_PARAMETERS, UNION_PARAMETERS = 20, 24, 16


def format_valid(facts: Facts) -> Finding | None:
    """The schema of ``output_config.format`` is a JSON Schema, and that of ``output_format``, its name of 2025.

    Source: documented, structured outputs; text by analogy with that of tools.
    """
    for place, schema in _list_formats(facts):
        if not is_well_formed(schema):
            text = "JSON schema is invalid. It must match JSON Schema draft 2020-12"
            return refuse(f"{place}.schema: {text} (https://json-schema.org/draft/2020-12).")
    return None


def format_compiles(facts: Facts) -> Finding | None:
    """The schema of ``output_config.format`` keeps to the dialect that can be compiled, and that of ``output_format``.

    Source: observed 2026-06 to 2026-09, of the older name 2026-02 to 2026-07; documented, structured outputs.
    """
    for place, schema in _list_formats(facts):
        if problem := find_unsupported(schema):
            return refuse(f"{place}.schema: {problem}")
    return None


def _list_formats(facts: Facts) -> Iterator[tuple[str, Schema]]:
    """The schemas that the answer is to fit, each with the place of its format."""
    for place, given in (
        ("output_config.format", facts.output_config("format")),
        ("output_format", facts.body.get("output_format")),
    ):
        if given:
            yield place, given.get("schema") or {}


def strict_tools_compile(facts: Facts) -> Finding | None:
    """The schemas of strict tools keep to the dialect that can be compiled.

    Source: observed 2026-09.
    """
    for index, tool in enumerate(facts.tools):
        problem = find_unsupported(tool.get("input_schema") or {}) if tool.get("strict") else ""
        if problem:
            return refuse(f"tools.{index}.custom: {problem}")
    return None


def strict_tools_limited(facts: Facts) -> Finding | None:
    """A request has at most 20 strict tools, those that messages define among them.

    Source: observed 2026-10; those of messages by analogy.
    """
    number = sum(1 for tool in facts.offered if tool.get("strict"))
    if number <= STRICT_TOOLS:
        return None
    return refuse(
        f"Too many strict tools ({number}). The maximum number of strict tools supported is {STRICT_TOOLS}. "
        "Try reducing the number of tools marked as strict.",
        path="tools",
    )


def parameters_limited(facts: Facts) -> Finding | None:
    """All compiled schemas together have at most 24 optional parameters and 16 with unions.

    Source: observed 2026-08 and 2026-09; those of tools that messages define by analogy.
    """
    optional, unions = _count_parameters(list(_list_compiled(facts)))
    place = "tools" if any(tool.get("strict") for tool in facts.offered) else "output_config.format.schema"
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


def strict_tools_simple(facts: Facts) -> Finding | None:
    """One strict tool alone stays below the numbers of optional parameters and unions that all together may have.

    Source: recorded 2026-08-12: 24 optional ones in one tool are refused, in several taken; unions by analogy.
    """
    for index, tool in enumerate(facts.tools):
        optional, unions = _count_parameters([tool.get("input_schema") or {}]) if tool.get("strict") else (0, 0)
        if optional >= OPTIONAL_PARAMETERS or unions >= UNION_PARAMETERS:
            text = "Try reducing the number of tools or simplifying tool schemas."
            return refuse(f"Schema is too complex for compilation. {text}", path=f"tools.{index}")
    return None


def format_supported(facts: Facts) -> Finding | None:
    """Structured outputs exist from Opus 4.1 on; the schema is judged before the model.

    Source: documented; order recorded 2026-02; text inferred.
    """
    if facts.model.structured_outputs or not facts.model.known:
        return None
    for place, _ in _list_formats(facts):
        return refuse(f"'{facts.model.id}' does not support output format.", path=place)
    return None


def _list_compiled(facts: Facts) -> Iterator[Schema]:
    yield from (tool.get("input_schema") or {} for tool in facts.offered if tool.get("strict"))
    yield from (schema for _, schema in _list_formats(facts))


def _count_parameters(schemas: list[Schema]) -> tuple[int, int]:
    optional = unions = 0
    for schema in schemas:
        for part in walk(schema):
            properties = part.get("properties") or {}
            optional += len(set(properties) - set(part.get("required") or ()))
            unions += sum(1 for inner in properties.values() if _is_union(inner))
    return optional, unions


def _is_union(schema: object) -> bool:
    return isinstance(schema, Mapping) and ("anyOf" in schema or isinstance(schema.get("type"), list))
