"""Rules of tools that a message defines on the way: their schemas are judged as those of ``tools``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.rules import tools
from mockserver.validation.rules.dialect import find_unsupported


def definitions_valid(facts: Facts) -> Finding | None:
    """The schema of a tool that a message defines is valid, plain at its root, and compiles where the tool is strict.

    Source: by analogy with the tools offered from the start (observed 2026); both API versions.
    """
    for ref in facts.survey.of("tool_addition"):
        definition = (ref.block.get("tool") or {}).get("definition") or {}
        problem = _find_problem(definition)
        if problem:
            return refuse(f"{ref.path}.tool_addition.tool.tool_definition.definition.custom{problem}")
    return None


def _find_problem(definition: Mapping[str, Any]) -> str:
    schema = definition.get("input_schema")
    if schema is None:
        return ""
    if tools.is_combination(schema):
        return f".input_schema: {tools.COMBINATION}"
    if not tools.is_valid_schema(schema):
        return f".input_schema: {tools.INVALID_SCHEMA}"
    problem = find_unsupported(schema) if definition.get("strict") else ""
    return problem and f": {problem}"
