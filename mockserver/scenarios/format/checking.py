"""Checks a document against the table of the format: every mistake is noted at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mockserver.records.specs import (
    Anything,
    Either,
    EnumOf,
    Flag,
    ListOf,
    MapOf,
    Mode,
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
from mockserver.scenarios.reading.node import Node, has_placeholder


def check(spec: Spec, node: Node, mode: Mode = Mode.LITERAL) -> bool:
    """Note every mistake in the value at a node. Returns whether there is none."""
    before = len(node.problems)
    _check(spec, node, mode)
    return len(node.problems) == before


# Kinds that leave it to their inner kind, or to their rules, which values a placeholder may replace.
_WRAPPERS = (WithPlaceholders, WithoutPlaceholders, Ruled, Ref)


def _check(spec: Spec, node: Node, mode: Mode) -> None:
    if mode is Mode.TEMPLATE and has_placeholder(node.value) and not isinstance(spec, _WRAPPERS):
        return
    CHECKS[type(spec)](spec, node, mode)


def _check_text(spec: Text, node: Node, mode: Mode) -> None:
    if not _is_text(spec, node.value):
        if is_file(spec, node.value) and mode is not Mode.FILLED:
            _check_file(spec, node)
        elif not (spec.written and mode is Mode.FILLED):
            may_be_file = spec.file and mode is not Mode.FILLED and isinstance(node.value, dict)
            node.expect(f"{spec.expect} or {{file: a path}}" if may_be_file else spec.expect)
    elif spec.pattern and not _matches(spec.pattern, node.value):
        node.expect(spec.form or spec.expect)


def is_file(spec: Text, value: Any) -> bool:
    """Whether a value names the file that stands for a text."""
    return bool(spec.file) and isinstance(value, dict) and value.keys() == {"file"}


def _check_file(spec: Text, node: Node) -> None:
    path = node.value["file"]
    if isinstance(path, str) and path and not has_placeholder(path):
        node.files.append((node.path, spec.file))
    else:
        node.at("file").expect("the path of a file, without placeholders")


def _matches(pattern: str, value: Any) -> bool:
    return value is None or re.fullmatch(pattern, str(value)) is not None


def _check_whole(spec: Whole, node: Node, _: Mode) -> None:
    value = node.value
    if (
        not _is_whole(value)
        or (spec.low is not None and value < spec.low)
        or (spec.high is not None and value > spec.high)
    ):
        node.expect(spec.expect)


def _check_number(spec: Number, node: Node, _: Mode) -> None:
    if not _is_number(node.value) or (spec.above is not None and node.value <= spec.above):
        node.expect(spec.expect)


def _check_flag(_: Flag, node: Node, mode: Mode) -> None:
    # A placeholder's value counts as true or false as it does in Jinja.
    if not isinstance(node.value, bool) and mode is not Mode.FILLED:
        node.expect("true or false")


def _check_choice(spec: EnumOf, node: Node, _: Mode) -> None:
    if isinstance(node.value, bool | list | dict) or node.value not in spec.names:
        if spec.what and isinstance(node.value, str):
            node.complain_unknown(node.value, spec.names, spec.what)
        else:
            node.expect(spec.expect)


def _check_list(spec: ListOf, node: Node, mode: Mode) -> None:
    if spec.null and node.value is None:
        return
    if spec.single and mode is Mode.FILLED and not isinstance(node.value, list):
        _check(spec.item, node, mode)
    elif not isinstance(node.value, list) or len(node.value) < spec.least:
        node.expect(spec.expect)
    else:
        for item in node:
            _check(spec.item, item, mode)


def _check_one_or_many(spec: OneOrMany, node: Node, mode: Mode) -> None:
    if node.value == [] and spec.least and mode is not Mode.FILLED:
        if spec.empty:
            node.expect(spec.empty)
        else:
            _check(spec.item, node, mode)
    for item in node:
        _check(spec.item, item, mode)


def _check_record(spec: Record, node: Node, mode: Mode) -> None:
    expected = spec.expect or ("a mapping" if spec.free else f"a mapping ({spec.name})")
    if not isinstance(node.value, dict) or (spec.expect and not {*spec.needed} <= node.value.keys()):
        node.expect(expected)
        return
    for key in spec.needed:
        if key not in node.value:
            node.complain(f'{spec.name} needs "{key}"')
    # A placeholder may give further keys, such as those of a whole block, and null for keys that are left out.
    if not spec.free and mode is not Mode.FILLED:
        node.is_mapping(spec.fields, spec.name, prefix=spec.prefix)
    for key, below in node.items():
        if key in spec.fields and not (mode is Mode.FILLED and _is_left_out(spec, key, below.value)):
            _check(spec.fields[key].spec, below, mode)


def _is_left_out(spec: Record, key: str, value: Any) -> bool:
    return value is None and key not in spec.needed and isinstance(spec.fields[key].spec, Text | Flag | Record | Either)


def _check_map(spec: MapOf, node: Node, mode: Mode) -> None:
    if not isinstance(node.value, dict):
        node.expect(spec.expect)
        return
    for key in node.value:
        _check(spec.value, node.at(key), mode)


def _check_either(spec: Either, node: Node, mode: Mode) -> None:
    for option in spec.options:
        if suits(option, node.value):
            return _check(option, node, mode)
    if mode is Mode.FILLED and any(map(_takes_anything_filled, spec.options)):
        return None
    return node.expect(spec.expect)


def _takes_anything_filled(spec: Spec) -> bool:
    """Whether any value that a placeholder gives is written as a text, or counts as true or false."""
    return isinstance(spec, Flag) or (isinstance(spec, Text) and spec.written)


def _check_ruled(spec: Ruled, node: Node, mode: Mode) -> None:
    _check(spec.spec, node, mode)
    for rule in spec.rules:
        rule.check(node, mode)


def _check_with_placeholders(spec: WithPlaceholders, node: Node, mode: Mode) -> None:
    _check(spec.spec, node, Mode.FILLED if mode is Mode.FILLED else Mode.TEMPLATE)


CHECKS: Mapping[type, Callable[[Any, Node, Mode], None]] = {
    Anything: lambda *_: None,
    EnumOf: _check_choice,
    Either: _check_either,
    WithPlaceholders: _check_with_placeholders,
    WithoutPlaceholders: lambda spec, node, _: _check(spec.spec, node, Mode.LITERAL),
    Flag: _check_flag,
    ListOf: _check_list,
    MapOf: _check_map,
    Null: lambda _, node, __: None if node.value is None else node.expect("null"),
    Number: _check_number,
    OneOrMany: _check_one_or_many,
    Record: _check_record,
    Ref: lambda spec, node, mode: _check(spec.spec, node, mode),
    Ruled: _check_ruled,
    Text: _check_text,
    Whole: _check_whole,
}


def suits(spec: Spec, value: Any) -> bool:
    """Whether a value is of the kind that a spec describes, right or wrong in detail."""
    return SUITS[type(spec)](spec, value)


def _suits_record(spec: Record, value: Any) -> bool:
    return isinstance(value, dict) and (not spec.marks or bool(value.keys() & {*spec.marks}))


def _suits_choice(spec: EnumOf, value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, type(spec.names[0]))


def _is_text(spec: Text, value: Any) -> bool:
    if isinstance(value, bool):
        return spec.flags
    if value is None:
        return spec.null
    return isinstance(value, str) or (spec.numbers and _is_number(value))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
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
    Number: lambda _, value: _is_number(value),
    OneOrMany: lambda spec, value: isinstance(value, list) or suits(spec.item, value),
    Record: _suits_record,
    Ref: lambda spec, value: suits(spec.spec, value),
    Ruled: lambda spec, value: suits(spec.spec, value),
    Text: lambda spec, value: _is_text(spec, value) or is_file(spec, value),
    Whole: lambda _, value: _is_whole(value),
}
