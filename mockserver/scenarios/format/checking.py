"""Checks a document against the table of the format: every mistake is noted at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

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
from mockserver.scenarios.format.kinds import (
    fields_of,
    find_misspelt,
    is_file,
    is_number,
    is_text,
    is_whole,
    suits,
    unwrap,
)
from mockserver.scenarios.reading.node import Node, has_placeholder
from mockserver.scenarios.reading.quoting import quote
from mockserver.scenarios.reading.source import Document


def check(spec: Spec, node: Node, mode: Mode = Mode.LITERAL) -> bool:
    """Note every mistake in the value at a node. Returns whether there is none."""
    before = len(node.problems)
    _check(spec, node, mode)
    return len(node.problems) == before


def is_sound(spec: Spec, node: Node, mode: Mode = Mode.LITERAL) -> bool:
    """Whether there is no mistake in the value at a node; none is noted."""
    return check(spec, replace(node, problems=[]), mode)


# Words of YAML 1.1 for true and false, which are texts since 1.2.
_FLAGS = {"yes": True, "on": True, "no": False, "off": False}
# A key without the space behind its colon.
_COLON = re.compile(r"(\w+):(?=\S)")
# Kinds that leave it to their inner kind, or to their rules, which values a placeholder may replace.
_WRAPPERS = (WithPlaceholders, WithoutPlaceholders, Ruled, Ref)


def _check(spec: Spec, node: Node, mode: Mode) -> None:
    if mode is Mode.TEMPLATE and has_placeholder(node.value) and not isinstance(spec, _WRAPPERS):
        return
    CHECKS[type(spec)](spec, node, mode)


def _check_text(spec: Text, node: Node, mode: Mode) -> None:
    if not is_text(spec, node.value):
        if is_file(spec, node.value) and mode is not Mode.FILLED:
            _check_file(spec, node)
        elif not (spec.written and mode is Mode.FILLED):
            may_be_file = spec.file and mode is not Mode.FILLED and isinstance(node.value, dict)
            _expect(spec, node, f"{spec.expect} or {{file: a path}}" if may_be_file else spec.expect)
    elif spec.pattern and not _matches(spec.pattern, node.value):
        _expect(spec, node, spec.form or spec.expect)
    elif is_number(node.value) and spec.low is None and mode is not Mode.FILLED:
        _check_number_text(node)


def _check_number_text(node: Node) -> None:
    """Note a number that stands for a text, but is written otherwise: a text test would look for another text."""
    written = node.written
    if written and written != str(node.value):
        help_ = "" if node.is_hidden else f": {quote(written)}"
        number = "another number" if node.is_hidden else f"the number {node.value}"
        node.complain(f"{node.show()} without quotes is {number}: put it in quotes{help_}")


def _expect(spec: Spec, node: Node, expected: str) -> None:
    """Note that something else was expected, and what YAML made of a value that would do in quotes."""
    node.expect(expected, _explain_plain(spec, node))


def _explain_plain(spec: Spec, node: Node) -> str:
    """The help for a value without quotes that YAML reads as none of the kind that it is meant to be."""
    written = node.written
    if written and not isinstance(node.value, str) and _would_do(spec, node, written):
        return "in quotes it is a text" + ("" if node.is_hidden else f": {quote(written)}")
    if (found := _COLON.match(written)) and found[1] in fields_of(spec):
        return "a colon needs a space behind it"
    if written and written.lower() in _FLAGS and _would_do(spec, node, _FLAGS[written.lower()]):
        return f"write {str(_FLAGS[written.lower()]).lower()}"
    return ""


def _would_do(spec: Spec, node: Node, value: Any) -> bool:
    """Whether another value would be right here. It is written nowhere, so no help is sought for it in turn."""
    return is_sound(spec, Node(Document(node.document.file, value), value, node.path))


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
        not is_whole(value)
        or (spec.low is not None and value < spec.low)
        or (spec.high is not None and value > spec.high)
    ):
        _expect(spec, node, spec.expect)


def _check_number(spec: Number, node: Node, _: Mode) -> None:
    if not is_number(node.value) or (spec.above is not None and node.value <= spec.above):
        _expect(spec, node, spec.expect)


def _check_flag(spec: Flag, node: Node, mode: Mode) -> None:
    # A placeholder's value counts as true or false as it does in Jinja.
    if not isinstance(node.value, bool) and mode is not Mode.FILLED:
        _expect(spec, node, "true or false")


def _check_choice(spec: EnumOf, node: Node, _: Mode) -> None:
    if isinstance(node.value, bool | list | dict) or node.value not in spec.names:
        if isinstance(node.value, str) and node.value in spec.elsewhere:
            node.complain(spec.elsewhere[node.value])
        elif spec.what and isinstance(node.value, str):
            node.complain_unknown(node.value, spec.names, spec.what)
        else:
            _expect(spec, node, spec.expect)


def _check_list(spec: ListOf, node: Node, mode: Mode) -> None:
    if spec.null and node.value is None:
        return
    if spec.single and mode is Mode.FILLED and not isinstance(node.value, list):
        _check(spec.item, node, mode)
    elif not isinstance(node.value, list) or len(node.value) < spec.least:
        _expect(spec, node, spec.expect)
    else:
        for item in node:
            _check(spec.item, item, mode)


def _check_one_or_many(spec: OneOrMany, node: Node, mode: Mode) -> None:
    if node.value == [] and spec.least and mode is not Mode.FILLED:
        if spec.empty:
            _expect(spec, node, spec.empty)
        else:
            _check(spec.item, node, mode)
    for item in node:
        _check(spec.item, item, mode)


def _check_record(spec: Record, node: Node, mode: Mode) -> None:
    # A placeholder may give further keys, such as those of a whole block, and null for keys that are left out.
    is_open = spec.free or mode is Mode.FILLED
    is_mapping = isinstance(node.value, dict)
    names = {} if is_open or not is_mapping else find_misspelt(node, spec.fields)
    missing = [key for key in spec.needed if key not in node.value and key not in names.values()] if is_mapping else []
    if not is_mapping or (spec.expect and missing):
        _expect(spec, node, spec.expect or ("a mapping" if spec.free else f"a mapping ({spec.name})"))
    else:
        for key in missing:
            node.complain(f'{spec.name} needs "{key}"')
    if not is_mapping:
        return
    if not is_open:
        node.is_mapping(spec.fields, spec.name, prefix=spec.prefix)
    # A mistake in a name hides none below it.
    for key, below in node.items():
        name = names.get(key, key)
        if name in spec.fields and not (mode is Mode.FILLED and _is_left_out(spec, key, below.value)):
            _check(spec.fields[name].spec, below, mode)


def _is_left_out(spec: Record, key: str, value: Any) -> bool:
    return value is None and key not in spec.needed and isinstance(spec.fields[key].spec, Text | Flag | Record | Either)


def _check_map(spec: MapOf, node: Node, mode: Mode) -> None:
    if not isinstance(node.value, dict):
        _expect(spec, node, spec.expect)
        return
    for key in node.value:
        _check(spec.value, node.at(key), mode)


def _check_either(spec: Either, node: Node, mode: Mode) -> None:
    for option in spec.options:
        if suits(option, node.value):
            if mode is not Mode.FILLED and isinstance(node.value, str) and not isinstance(unwrap(option), EnumOf):
                _check_word(spec, node)
            return _check(option, node, mode)
    if mode is Mode.FILLED and any(map(_takes_anything_filled, spec.options)):
        return None
    return _expect(spec, node, spec.expect)


def _check_word(spec: Either, node: Node) -> None:
    """Note a text without quotes that would be a mapping, had it a space behind its colon, or true in YAML 1.1."""
    flag = _FLAGS.get(node.value.lower())
    if flag is not None and node.written and any(isinstance(option, Flag) for option in spec.options):
        node.complain(f"{node.written} without quotes is a text: write {str(flag).lower()}, or put it in quotes")
    found = _COLON.match(node.value) if ":" in node.value else None
    if found and node.written and any(found[1] in fields_of(option) for option in spec.options):
        node.complain(f"a colon needs a space behind it, or a text with {found[0]} needs quotes")


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
    Null: lambda spec, node, _: None if node.value is None else _expect(spec, node, "null"),
    Number: _check_number,
    OneOrMany: _check_one_or_many,
    Record: _check_record,
    Ref: lambda spec, node, mode: _check(spec.spec, node, mode),
    Ruled: _check_ruled,
    Text: _check_text,
    Whole: _check_whole,
}
