"""Tells values of the kinds of the format apart, and what they may be meant for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.records.specs import (
    Anything,
    Either,
    EnumOf,
    Field,
    Flag,
    ListOf,
    MapOf,
    Null,
    Number,
    OneOrMany,
    Record,
    Ref,
    Ruled,
    Spec,
    Text,
    Whole,
    WithoutPlaceholders,
    WithPlaceholders,
)
from mockserver.records.suggesting import find_similar
from mockserver.scenarios.reading.node import Node

# More unknown keys in a mapping are none that were misspelt.
_MOST_MISSPELT = 5


def find_misspelt(node: Node, fields: Mapping[str, Field]) -> dict[str, str]:
    """The unknown keys of a mapping that a known one is meant by, each with it: its letters and its value say so."""
    found: dict[str, str] = {}
    unknown = [key for key in node.value if key not in fields] if node.has_help else []
    for key in unknown if len(unknown) <= _MOST_MISSPELT else ():
        near = find_similar(key, fields)
        is_free = near is not None and near not in node.value and near not in found.values()
        if near is not None and is_free and suits(fields[near].spec, node.value[key]):
            found[key] = near
    return found


def suits(spec: Spec, value: Any) -> bool:
    """Whether a value is of the kind that a spec describes, right or wrong in detail."""
    return SUITS[type(spec)](spec, value)


def _suits_record(spec: Record, value: Any) -> bool:
    return isinstance(value, dict) and (not spec.marks or bool(value.keys() & {*spec.marks}))


def _suits_choice(spec: EnumOf, value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, type(spec.names[0]))


def is_file(spec: Text, value: Any) -> bool:
    """Whether a value names the file that stands for a text."""
    return bool(spec.file) and isinstance(value, dict) and value.keys() == {"file"}


def is_text(spec: Text, value: Any) -> bool:
    """Whether a value is a text of this kind, or what is taken for one."""
    if isinstance(value, bool):
        return spec.flags
    if value is None:
        return spec.null
    return isinstance(value, str) or (spec.numbers and is_number(value))


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


SUITS: Mapping[type, Callable[[Any, Any], bool]] = {
    Anything: lambda *_: True,
    EnumOf: _suits_choice,
    Either: lambda spec, value: any(suits(option, value) for option in spec.options),
    WithPlaceholders: lambda spec, value: suits(spec.spec, value),
    WithoutPlaceholders: lambda spec, value: suits(spec.spec, value),
    Flag: lambda _, value: isinstance(value, bool),
    ListOf: lambda _, value: isinstance(value, list),
    MapOf: lambda _, value: isinstance(value, dict),
    Null: lambda _, value: value is None,
    Number: lambda _, value: is_number(value),
    OneOrMany: lambda spec, value: isinstance(value, list) or suits(spec.item, value),
    Record: _suits_record,
    Ref: lambda spec, value: suits(spec.spec, value),
    Ruled: lambda spec, value: suits(spec.spec, value),
    Text: lambda spec, value: is_text(spec, value) or is_file(spec, value),
    Whole: lambda _, value: is_whole(value),
}


def fields_of(spec: Spec) -> Mapping[str, Field]:
    """The known keys of a mapping of this kind; none for others."""
    spec = unwrap(spec)
    return spec.fields if isinstance(spec, Record) else {}


def unwrap(spec: Spec) -> Spec:
    """The kind without what only gives it a name, rules or placeholders."""
    while isinstance(spec, Ref | Ruled | WithPlaceholders | WithoutPlaceholders):
        spec = spec.spec
    return spec
