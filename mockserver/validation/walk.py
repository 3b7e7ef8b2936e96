"""Finds the first violation of a schema in a body by walking both, in the order in which the API checks.

Only refused bodies are walked, so clarity matters more than speed here. The walk knows the keywords of our request
schemas and the property names that a tool's schema may have; a test compares its verdicts with those of two engines.

The order is that of the schema's ``properties``, presence and value of a field in one step, unknown keys after them in
the order of the body (source: measured; 51 of 51 swapped pairs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.validation.keys import PATTERN, has_bad_key

Schema = Mapping[str, Any]
Location = tuple[str | int, ...]

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    # Not 16.0, which JSON Schema takes: the API asks for an integer as strictly as for a string (measured).
    "integer": lambda value: not isinstance(value, bool) and isinstance(value, int),
    "number": lambda value: not isinstance(value, bool) and isinstance(value, int | float),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}

# The type that is reported when a value has none of several types (source: string-or-array fields report the array).
REPORTED_TYPES = ("array", "object", "string", "number", "integer", "boolean")

# Branches of a union without a tag have a name in the path only where one was observed.
BRANCH_NAMES: Mapping[Location, str] = {("container",): "ContainerParams"}


class Violation(Struct, frozen=True):
    """A violation of the schema: its ``kind`` and location, the ``value`` there, and the ``expected`` one."""

    kind: str
    path: Location
    value: Any = None
    expected: Any = None


class SchemaWalk:
    """Walks bodies beside one request schema; its references point into its own ``$defs``."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._budget = Budget(LIMITS.explained_values)

    def find_first(self, body: Any) -> Violation | None:
        """The first violation in the order of the API; None when the walk finds none, also among the values that
        ``LIMITS.explained_values`` lets it visit.
        """
        try:
            return self._visit(self.schema, body, ())
        except OverBudgetError:
            return None

    def _visit(self, schema: Schema | bool, value: Any, path: Location) -> Violation | None:
        self._budget.take_steps()
        if isinstance(schema, bool):
            return None if schema else Violation("extra", path, value)
        if "$ref" in schema and (violation := self._visit(self._resolve(schema["$ref"]), value, path)):
            return violation
        if "anyOf" in schema and (violation := self._visit_any(schema["anyOf"], value, path)):
            return violation
        if violation := _check_value(schema, value, path):
            return violation
        if isinstance(value, dict):
            return self._visit_object(schema, value, path)
        if isinstance(value, list) and (violation := self._visit_array(schema, value, path)):
            return violation
        return self._visit_parts(schema, value, path)

    def _resolve(self, reference: str) -> Schema:
        target: Any = self.schema
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        return target  # type: ignore[no-any-return]

    def _visit_any(self, branches: list[Schema], value: Any, path: Location) -> Violation | None:
        """The violation of the first branch, which is the usual one, when the value fits no branch."""
        violations = [self._visit(branch, value, path) for branch in branches]
        return None if None in violations else violations[0]

    def _visit_object(self, schema: Schema, value: dict[str, Any], path: Location) -> Violation | None:
        if "x-mapping" in schema:
            return self._visit_tagged(schema, value, path)
        if path in BRANCH_NAMES:
            path = (*path, BRANCH_NAMES[path])
        return (
            self._visit_fields(schema, value, path)
            or self._visit_others(schema, value, path)
            or self._visit_parts(schema, value, path)
            or _check_names(value, path)
        )

    def _visit_fields(self, schema: Schema, value: dict[str, Any], path: Location) -> Violation | None:
        known, required = schema.get("properties", {}), schema.get("required", ())
        # A wrong type says more than what is wrong for the right one (source: observed 2026-08, of ``system``).
        first = ("type",) if "const" in known.get("type", {}) and "type" in value else ()
        for name in dict.fromkeys((*first, *known, *required)):
            if name not in value:
                if name in required:
                    return Violation("missing", (*path, name))
            elif violation := self._visit(known.get(name, True), value[name], (*path, name)):
                return violation
        return None

    def _visit_others(self, schema: Schema, value: dict[str, Any], path: Location) -> Violation | None:
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        names = schema.get("propertyNames", {}).get("pattern")
        for key in value:
            if names and not _pattern(names).search(key):
                return Violation("key_pattern", path, key, names)
            if key not in known and (violation := self._visit(rest, value[key], (*path, key))):
                return violation
        return None

    def _visit_parts(self, schema: Schema, value: Any, path: Location) -> Violation | None:
        return next(filter(None, (self._visit_part(part, value, path) for part in schema.get("allOf", ()))), None)

    def _visit_part(self, part: Schema, value: Any, path: Location) -> Violation | None:
        if "if" not in part:
            return self._visit(part, value, path)
        return None if self._visit(part["if"], value, path) else self._visit(part["then"], value, path)

    def _visit_tagged(self, schema: Schema, value: dict[str, Any], path: Location) -> Violation | None:
        default = schema.get("x-default-tag")
        if "type" not in value and not default:
            return Violation("missing", (*path, "type"))
        tag = default if value.get("type") is None else value["type"]
        if not isinstance(tag, str) or tag not in schema["x-mapping"]:
            return Violation("tag", path, tag, schema["x-tags"])
        return self._visit(self._resolve(schema["x-mapping"][tag]), value, (*path, tag))

    def _visit_array(self, schema: Schema, value: list[Any], path: Location) -> Violation | None:
        if len(value) > schema.get("maxItems", len(value)):
            return Violation("max_items", path, value, schema["maxItems"])
        items = schema.get("items", True)
        if items is not True:
            for index, item in enumerate(value):
                if violation := self._visit(items, item, (*path, index)):
                    return violation
        if len(value) < schema.get("minItems", 0):
            return Violation("min_items", path, value, schema["minItems"])
        return None


def _check_names(value: dict[str, Any], path: Location) -> Violation | None:
    """Check property names at any depth of a custom tool's schema; the message names the outermost ``properties``."""
    if path[:1] != ("tools",) or path[2:] != ("custom", "input_schema") or not has_bad_key(value):
        return None
    return Violation("key_pattern", (*path, "properties"), value, PATTERN)


def _check_value(schema: Schema, value: Any, path: Location) -> Violation | None:
    """Check the choices, then the type, then the bounds of a plain value."""
    if "enum" in schema and not any(_equals(value, choice) for choice in schema["enum"]):
        return Violation("enum", path, value, schema["enum"])
    if "const" in schema and not _equals(value, schema["const"]):
        return Violation("enum", path, value, [schema["const"]])
    if "type" in schema and (expected := _find_type_violation(schema, value)):
        return Violation(expected, path, value)
    if isinstance(value, str):
        return _check_string(schema, value, path)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _check_number(schema, value, path)
    return None


def _find_type_violation(schema: Schema, value: Any) -> str:
    """The kind of the violation when the value has none of the schema's types, else ""."""
    given = schema["type"]
    types = (given,) if isinstance(given, str) else given
    if any(TYPES[name](value) for name in types):
        return ""
    name = next(name for name in REPORTED_TYPES if name in types)
    return "model_type" if name == "object" and _is_model(schema) else f"{name}_type"


def _is_model(schema: Schema) -> bool:
    """Whether the schema is for objects of one fixed type, neither picked by a tag nor free in their keys."""
    return "x-mapping" not in schema and ("allOf" in schema or "properties" in schema)


def _check_string(schema: Schema, value: str, path: Location) -> Violation | None:
    if len(value) < schema.get("minLength", 0):
        return Violation("min_length", path, value, schema["minLength"])
    if len(value) > schema.get("maxLength", len(value)):
        return Violation("max_length", path, value, schema["maxLength"])
    if "pattern" in schema and not _pattern(schema["pattern"]).search(value):
        return Violation("pattern", path, value, schema["pattern"])
    return None


def _check_number(schema: Schema, value: float, path: Location) -> Violation | None:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if value < low or value > high:
        kind = "minimum" if value < low else "maximum"
        return Violation(kind, path, value, low if value < low else high)
    above = schema.get("exclusiveMinimum")
    if above is not None and value <= above:
        return Violation("exclusive_minimum", path, value, above)
    return None


def _equals(left: Any, right: Any) -> bool:
    """JSON equality: unlike in Python, true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    # "$" also matches before a final line end in Python, but not in JSON Schema.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern))
