"""The API's message for a violation: one table by kind, and exceptions by place.

The wording is pydantic's, adapted by the API in 2026 ("list" became "array", "dictionary" "object"); batches still
speak plain pydantic (source: observed error bodies, newest wording).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records import masks
from mockserver.records.errors import Finding
from mockserver.validation.walk import Location, Violation

Text = Callable[[Violation], str]

_SHAPE = "Input does not match the expected shape."
_OBJECT = "Input should be an object"


def excerpt(value: Any) -> str:
    """The caller's value as text, shortened and without keys; lists and objects by their brackets alone."""
    if isinstance(value, list | dict):
        return "[...]" if isinstance(value, list) else "{...}"
    return masks.excerpt(str(value))


def format_location(path: Location) -> str:
    """The dotted, zero-based location of the API: ``messages.0.content``."""
    return ".".join(excerpt(part) for part in path)


def format_choices(values: list[Any]) -> str:
    """``'a', 'b' or 'c'``, as pydantic lists the values of a literal."""
    names = [repr(value) for value in values if value is not None]
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


TEXTS: Mapping[str, Text] = {
    "missing": lambda _: "Field required",
    "extra": lambda _: "Extra inputs are not permitted",
    "array_type": lambda _: "Input should be a valid array",
    "boolean_type": lambda _: "Input should be a valid boolean",
    "integer_type": lambda _: "Input should be a valid integer",
    "model_type": lambda _: _SHAPE,
    "number_type": lambda _: "Input should be a valid number",
    "object_type": lambda _: _OBJECT,
    "string_type": lambda _: "Input should be a valid string",
    "enum": lambda at: f"Input should be {format_choices(at.expected)}",
    "tag": lambda at: (
        f"Input tag '{excerpt(at.value)}' found using 'type' does not match any of the expected tags: "
        + ", ".join(repr(tag) for tag in at.expected)
    ),
    "minimum": lambda at: f"Input should be greater than or equal to {at.expected}",
    "maximum": lambda at: f"Input should be less than or equal to {at.expected}",
    "exclusive_minimum": lambda at: f"Input should be greater than {at.expected}",
    "min_length": lambda at: f"String should have at least {_plural(at.expected, 'character')}",
    "max_length": lambda at: f"String should have at most {_plural(at.expected, 'character')}",
    "pattern": lambda at: f"String should match pattern '{at.expected}'",
    "key_pattern": lambda at: f"Property keys should match pattern '{at.expected}'",
    "min_items": lambda at: (
        f"List should have at least {_plural(at.expected, 'item')} after validation, not {len(at.value)}"
    ),
    "max_items": lambda at: (
        f"List should have at most {_plural(at.expected, 'item')} after validation, not {len(at.value)}"
    ),
}

# No error body shows these kinds; their texts are pydantic's, as those of all other kinds are.
INFERRED = frozenset({"exclusive_minimum", "max_items", "maximum"})

# Batches have kept pydantic's own words (source: observed 2026-09).
BATCH_TEXTS: Mapping[str, Text] = {
    "array_type": lambda _: "Input should be a valid list",
    "model_type": lambda _: "Input should be a valid dictionary",
    "object_type": lambda _: "Input should be a valid dictionary",
}


def _unit_range(_: Violation) -> str:
    return "range: 0..1"


def _at_least(at: Violation) -> str:
    return f"must be greater than or equal to {at.expected}"


def _is_no_string(value: Any) -> bool:
    return not isinstance(value, str)


_TRIGGER = "context_management.edits.*.compact_20260112.trigger.value"

# Reasons that differ by place; "*" stands for any index.
PLACE_TEXTS: Mapping[tuple[str, str], Text] = {
    # How the text begins is inferred.
    ("compaction", "extra"): lambda _: "requires anthropic-beta: compact-2026-09-04",
    (_TRIGGER, "minimum"): lambda at: f"trigger.value must be at least {at.expected}",
    ("fallbacks.*.max_tokens", "minimum"): _at_least,
    ("inference_geo", "enum"): lambda at: f"must be one of {sorted(filter(None, at.expected))}",
    ("max_tokens", "minimum"): _at_least,
    ("messages", "min_items"): lambda _: "at least one message is required",
    ("messages.*", "model_type"): lambda _: _OBJECT,
    ("messages.*.role", "enum"): lambda at: (
        f'Unexpected role "{excerpt(at.value)}". Allowed roles are "user" or "assistant"'
    ),
    ("output_format", "extra"): lambda _: "This field is deprecated. Use 'output_config.format' instead.",
    ("temperature", "maximum"): _unit_range,
    ("temperature", "minimum"): _unit_range,
    ("temperature", "unset"): lambda _: "`temperature` cannot be set to -1 for this model",
    ("top_k", "minimum"): _at_least,
    ("top_p", "maximum"): _unit_range,
    ("top_p", "minimum"): _unit_range,
}

# Reasons that are reported at another location than the violation's.
REPORTED_AT: Mapping[tuple[str, str], str] = {
    (_TRIGGER, "minimum"): "context_management.edits.*.compact_20260112",
    ("messages.*.role", "enum"): "messages",
    ("container", "model_type"): "container.ContainerParams",
    ("temperature", "unset"): "",
}


# Violations that count as another kind when their value is of a certain sort: strings whose value the API checks apart
# from their type, and the -1 that means "unset" to it (source: observed 2026-08 and 2026-09).
OTHER_KINDS: Mapping[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("inference_geo", "enum"): (_is_no_string, "string_type"),
    ("messages.*.role", "enum"): (_is_no_string, "string_type"),
    ("temperature", "minimum"): (lambda value: bool(value == -1), "unset"),
}


def describe(violation: Violation, endpoint: str) -> Finding:
    """The API's answer to ``violation`` on ``endpoint``."""
    pattern = ".".join("*" if isinstance(part, int) else part for part in violation.path)
    is_other, kind = OTHER_KINDS.get((pattern, violation.kind), (None, ""))
    if is_other and is_other(violation.value):
        violation = replace(violation, kind=kind)
    place = pattern, violation.kind
    wording = PLACE_TEXTS.get(place) or (BATCH_TEXTS.get(violation.kind) if endpoint == "batches" else None)
    reason = (wording or TEXTS[violation.kind])(violation)
    at = format_location(violation.path)
    shown = REPORTED_AT.get(place, at)
    for index in (str(part) for part in violation.path if isinstance(part, int)):
        shown = shown.replace("*", index, 1)
    message = f"{shown}: {reason}" if shown else reason
    source = (
        "inferred from pydantic's wording" if violation.kind in INFERRED else "observed error bodies, newest wording"
    )
    return Finding(message, rule=f"schema.{violation.kind}", source=source, path=at)
