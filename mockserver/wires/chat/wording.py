"""OpenAI's words for what a chat request breaks of its schema: message, ``param`` and ``code``.

Sources: observed of OpenAI's own API in public records of 2026-08 and 2026-09; the words for patterns, and for items
too many, in issue threads of 2024 to 2026. The rest is made alike, which is "inferred".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.records.errors import Finding
from mockserver.wires.chat.schema import ChatViolation

Place = tuple[str | int, ...]

OBSERVED = "observed 2026-09"
NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a decimal",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
# What stands in the place of the name of a type, by the last key of a path.
LISTS = {"functions": "an array of function definitions", "stop": "an array of strings", "modalities": "an array"}
OBJECTS = {"metadata": "a metadata object"}
# The values of enumerations in the order in which they are told, by the last keys of a path.
ROLES = ("system", "assistant", "user", "function", "tool", "developer")
PARTS = ("text", "image_url", "input_audio", "refusal", "audio", "file")
# The fields that are whole numbers.
INTEGERS = ("max_completion_tokens", "max_tokens", "n", "top_logprobs", "seed")


def refuse(message: str, param: str | None = None, code: str = "", rule: str = "chat_schema") -> Finding:
    """A refusal of a request, status 400; a code "" is null."""
    return Finding(message, rule=rule, source=OBSERVED, path=param or "", param=param, code=code)


def word(broken: ChatViolation) -> Finding:
    """The refusal of a body for what it breaks of the schema."""
    param = name_place(broken.path)
    message, code = WORDS.get(broken.keyword, _word_other)(broken, param)
    return refuse(message, param, code)


def name_place(path: Place) -> str:
    """A path as ``param`` has it: ``messages[0].content``."""
    return "".join([f"[{step}]" if isinstance(step, int) else f".{step}" for step in path]).removeprefix(".")


def name_type(value: Any) -> str:
    """The type of a value, as what was given."""
    if isinstance(value, float):
        return "a decimal number"
    kinds: Mapping[type, str] = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
    return NAMES[kinds.get(type(value), "null")]


def _word_type(broken: ChatViolation, param: str) -> tuple[str, str]:
    kinds = [kind for kind in broken.expected if kind != "null"] or ["null"]
    named = [_name_expected(kind, broken.path) for kind in sorted(kinds, key=_rank)]
    expected = named[0] if len(named) == 1 else f"one of {named[0]} or {_drop_article(named[1:])}"
    return (
        f"Invalid type for '{param}': expected {expected}, but got {name_type(broken.value)} instead.",
        "invalid_type",
    )


def _rank(kind: str) -> int:
    return (*NAMES,).index(kind)


def _name_expected(kind: str, path: Place) -> str:
    last = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
    if kind == "array" and isinstance(path[-1], str):
        return LISTS.get(last, "an array of objects")
    return OBJECTS.get(last, NAMES[kind]) if kind == "object" else NAMES[kind]


def _drop_article(named: Sequence[str]) -> str:
    return " or ".join([name.removeprefix("a ").removeprefix("an ") for name in named])


def _word_enum(broken: ChatViolation, param: str) -> tuple[str, str]:
    values = [value for value in _list_values(broken) if value is not None]
    if not isinstance(broken.value, str):
        got = name_type(broken.value)
        said = f"Invalid type for '{param}': expected one of {join(values, 'or')}, but got {got} instead."
        return said, "invalid_type"
    return f"Invalid value: '{broken.value}'. Supported values are: {join(values, 'and')}.", "invalid_value"


def _list_values(broken: ChatViolation) -> Sequence[Any]:
    if broken.path[-1:] == ("role",):
        return ROLES
    if broken.path[-1:] == ("type",) and "content" in broken.path:
        return PARTS
    return broken.expected if isinstance(broken.expected, list) else [broken.expected]


def join(values: Sequence[Any], word: str) -> str:
    """``'a'``, ``'a' and 'b'``, ``'a', 'b', and 'c'``."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 3:
        return f" {word} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"


def _word_limit(broken: ChatViolation, param: str) -> tuple[str, str]:
    kind = "integer" if broken.path[-1] in INTEGERS else "decimal"
    is_above = broken.keyword == "maximum"
    side, end, sign = ("above maximum", "above_max", "<=") if is_above else ("below minimum", "below_min", ">=")
    limit = int(broken.expected) if float(broken.expected).is_integer() else broken.expected
    message = (
        f"Invalid '{param}': {kind} {side} value. Expected a value {sign} {limit}, but got {broken.value} instead."
    )
    return message, f"{kind}_{end}_value"


def _word_few(broken: ChatViolation, param: str) -> tuple[str, str]:
    least = f"minimum length {broken.expected}"
    return (
        f"Invalid '{param}': empty array. Expected an array with {least}, but got an empty array instead.",
        "empty_array",
    )


def _word_many(broken: ChatViolation, param: str) -> tuple[str, str]:
    most, count = f"maximum length {broken.expected}", len(broken.value)
    tail = f"Expected an array with {most}, but got an array with length {count} instead."
    return f"Invalid '{param}': array too long. {tail}", "array_above_max_length"


def _word_length(broken: ChatViolation, param: str) -> tuple[str, str]:
    tail = f"Expected a string with maximum length {broken.expected}, but got a string with length {len(broken.value)}"
    return f"Invalid '{param}': string too long. {tail} instead.", "string_above_max_length"


def _word_name(broken: ChatViolation, param: str) -> tuple[str, str]:  # noqa: ARG001
    tail = f"Expected a string with maximum length {broken.expected}, but got a string with length {len(broken.name)}"
    outer, short = name_place(broken.path[:-1]), f"{broken.name[:3]}...{broken.name[-3:]}"
    message = f"Invalid property name in '{outer}': '{short}' is too long. {tail} instead."
    return message, "property_name_above_max_length"


def _word_properties(broken: ChatViolation, param: str) -> tuple[str, str]:
    tail = f"at most {broken.expected} properties, but got an object with {len(broken.value)} properties instead."
    return f"Invalid '{param}': too many properties. Expected an object with {tail}", "object_above_max_properties"


def _word_pattern(broken: ChatViolation, param: str) -> tuple[str, str]:
    if broken.value == "":
        tail = "Expected a string with minimum length 1, but got an empty string instead."
        return f"Invalid '{param}': empty string. {tail}", "empty_string"
    tail = f"Expected a string that matches the pattern '{broken.expected}'."
    return f"Invalid '{param}': string does not match pattern. {tail}", "invalid_value"


def _word_missing(broken: ChatViolation, param: str) -> tuple[str, str]:  # noqa: ARG001
    return f"Missing required parameter: '{param}'.", "missing_required_parameter"


def _word_unknown(broken: ChatViolation, param: str) -> tuple[str, str]:  # noqa: ARG001
    return f"Unknown parameter: '{param}'.", "unknown_parameter"


def _word_other(broken: ChatViolation, param: str) -> tuple[str, str]:  # noqa: ARG001
    return f"Invalid value for '{param}'.", "invalid_value"


WORDS: Mapping[str, Callable[[ChatViolation, str], tuple[str, str]]] = {
    "type": _word_type,
    "enum": _word_enum,
    "const": _word_enum,
    "minimum": _word_limit,
    "maximum": _word_limit,
    "minItems": _word_few,
    "maxItems": _word_many,
    "maxLength": _word_length,
    "propertyNames": _word_name,
    "maxProperties": _word_properties,
    "pattern": _word_pattern,
    "required": _word_missing,
    "additionalProperties": _word_unknown,
}
