"""The table of the format: what each kind takes, and that the parts of the engine know the same keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver.compose.generate import OPTIONS
from mockserver.records.call import VERSIONS
from mockserver.records.errors import TYPES
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
    Spec,
    Text,
    Whole,
    WithoutPlaceholders,
    WithPlaceholders,
    fields,
)
from mockserver.scenarios.format.answers import (
    BESIDE_FAILURES,
    CONTENT_FIELDS,
    ENDING_FIELDS,
    FIELDS,
    GENERATE,
    VALUE_FIELDS,
)
from mockserver.scenarios.format.checking import CHECKS, check
from mockserver.scenarios.format.conditions import NUMBER_TESTS, TEXT_TESTS, THINKING_TYPES, WHEN
from mockserver.scenarios.format.kinds import SUITS
from mockserver.scenarios.matching.matchers import MATCHERS
from mockserver.scenarios.matching.predicates import BOUNDS, TEXT
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document

SCHEMAS = Path(__file__).parent.parent.parent / "schemas"
SCHEMA = json.loads((SCHEMAS / "mock/scenarios.json").read_text("utf-8"))


def complaints(spec: Spec, value: Any, mode: Mode = Mode.LITERAL) -> list[str]:
    node = Node(Document("given", value), value)
    assert check(spec, node, mode) is not bool(node.problems)
    return [problem.message for problem in node.problems]


NAMES = OneOrMany(Text("a name"))
PAIR = Record("a pair", fields(one=Flag(), two=Anything()), ("one",))
# A kind, what it takes, and what it does not take, with the complaint.
KINDS: list[tuple[Spec, list[Any], list[tuple[Any, list[str]]]]] = [
    (Anything(), [None, 1, "a", [], {}], []),
    (Null(), [None], [(1, ["expected null, got 1"])]),
    (Text(), ["", "a"], [(1, ["expected a text, got 1"]), (None, ["expected a text, got nothing"])]),
    (Text(numbers=True, flags=True, null=True), ["a", 1, 1.5, True, None], [([], ["expected a text, got []"])]),
    (Text(numbers=True), [1], [(True, ["expected a text, got true"])]),
    (
        Text(pattern="a+", form="some a"),
        ["a"],
        [("ab", ['expected some a, got "ab"']), (1, ["expected a text, got 1"])],
    ),
    (Flag(), [True, False], [(0, ["expected true or false, got 0"])]),
    (Whole(1, 2), [1, 2], [(value, [f"expected a whole number, got {value}"]) for value in (0, 3, 1.0)]),
    (Whole(), [-5], [(True, ["expected a whole number, got true"])]),
    (Number("a number above 0", above=0), [0.1, 1], [(0, ["expected a number above 0, got 0"])]),
    (EnumOf(("a", "b"), "a or b"), ["a"], [("c", ['expected a or b, got "c"']), ([], ["expected a or b, got []"])]),
    (EnumOf(("always",), "always", "word"), ["always"], [("alway", ['"alway" is no word: did you mean "always"?'])]),
    (
        ListOf(Flag(), "flags", least=1),
        [[True]],
        [([], ["expected flags, got []"]), (True, ["expected flags, got true"])],
    ),
    (ListOf(Flag(), "flags", null=True), [None, []], [([1], ["[0]: expected true or false, got 1"])]),
    (
        NAMES,
        ["a", ["a", "b"]],
        [
            ([], ["expected a name, got []"]),
            ([1, "a", 2], ["[0]: expected a name, got 1", "[2]: expected a name, got 2"]),
        ],
    ),
    (OneOrMany(Flag(), "at least one"), [True], [([], ["expected at least one, got []"])]),
    (OneOrMany(Flag(), least=0), [[]], []),
    (
        PAIR,
        [{"one": True}, {"one": True, "two": []}],
        [
            (1, ["expected a mapping (a pair), got 1"]),
            ({}, ['a pair needs "one"']),
            (
                {"one": 1, "tow": 2},
                ['tow: "tow" is no key of a pair: did you mean "two"?', "one: expected true or false, got 1"],
            ),
        ],
    ),
    (Record("a", fields(b=Flag()), free=True), [{"c": 1}], [({"b": 1}, ["b: expected true or false, got 1"])]),
    (
        Record("a", fields(b=Flag()), prefix="x-"),
        [{"x-c": 1}],
        [({"y-c": 1}, ['y-c: "y-c" is no key of a: known are b'])],
    ),
    (Record("a", fields(b=Flag()), ("b",), expect="{b: true}"), [{"b": True}], [({}, ["expected {b: true}, got {}"])]),
    (
        MapOf(Flag()),
        [{}, {"a": True}],
        [({"a": 1}, ["a: expected true or false, got 1"]), ([], ["expected a mapping, got []"])],
    ),
    (
        Either((Flag(), PAIR), "a flag or a pair"),
        [True, {"one": False}],
        [("a", ['expected a flag or a pair, got "a"']), ({}, ['a pair needs "one"'])],
    ),
]


@pytest.mark.parametrize(("spec", "right", "wrong"), KINDS, ids=[type(case[0]).__name__ for case in KINDS])
def test_kind_takes_what_it_says(spec: Spec, right: list[Any], wrong: list[tuple[Any, list[str]]]) -> None:
    assert [complaints(spec, value) for value in right] == [[]] * len(right)
    assert [(value, complaints(spec, value)) for value, _ in wrong] == wrong


TEMPLATE = "{{ prompt.user }}"
COUNTED = Record("a count", fields(count=Whole(), name=Text()), ("count",))
WRITTEN = Either((Text(written=True), COUNTED), "a text or a count")


@pytest.mark.parametrize(
    ("spec", "value", "literal", "template", "filled"),
    [
        (Whole(), TEMPLATE, False, True, False),
        (COUNTED, TEMPLATE, False, True, False),
        (ListOf(Whole(), "numbers"), [TEMPLATE], False, True, False),
        (WithoutPlaceholders(Whole()), TEMPLATE, False, False, False),
        (WithPlaceholders(Whole()), TEMPLATE, True, True, False),
        (Text(written=True), 3, False, False, True),
        (Text(), 3, False, False, False),
        (WRITTEN, 3, False, False, True),
        (WRITTEN, {"count": "x"}, False, False, False),
        (COUNTED, {"count": 1, "name": None, "type": "more"}, False, False, True),
        (COUNTED, {"count": None}, False, False, False),
        (Flag(), 0, False, False, True),
        (OneOrMany(Whole()), [], False, False, True),
        (ListOf(Whole(), "numbers", single=True), 1, False, False, True),
    ],
    ids=str,
)
def test_placeholder_may_stand_for_a_value(spec: Spec, value: Any, literal: bool, template: bool, filled: bool) -> None:
    """In a filled answer, a text that looks like a placeholder came from the caller."""
    assert (not complaints(spec, value)) is literal
    assert (not complaints(spec, value, Mode.TEMPLATE)) is template
    assert (not complaints(spec, value, Mode.FILLED)) is filled


def test_every_kind_is_checked() -> None:
    assert CHECKS.keys() == SUITS.keys() == {*Spec.__args__}


@pytest.mark.parametrize(
    ("known", "table"),
    [
        (MATCHERS, WHEN.fields),
        (TEXT, TEXT_TESTS.fields),
        (BOUNDS, NUMBER_TESTS.fields),
        (OPTIONS, GENERATE.fields),
        (
            ["error", "raw", *BESIDE_FAILURES, *CONTENT_FIELDS, *ENDING_FIELDS, *VALUE_FIELDS],
            FIELDS,
        ),
    ],
    ids=["when", "text tests", "number tests", "generate", "answer"],
)
def test_engine_knows_the_keys_of_the_table(known: Any, table: Any) -> None:
    assert {*known} == {*table}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_generated_answers_are_those_of_the_table(option: str) -> None:
    is_valid = jsonschema_rs.validator_for({**OPTIONS[option]}).is_valid
    values: list[Any] = [*(True, False, None, -1, 0, 1, 999, 1_000, 1_001, 10_000, 10_001, 100_001, 300_000, 300_001)]
    values += [1.5, "", "a", "en", "en_US", "en_us", [], {}]
    spec = GENERATE.fields[option].spec
    assert [value for value in values if is_valid(value) is bool(complaints(spec, value))] == []


def test_names_are_those_of_the_api() -> None:
    assert {*SCHEMA["$defs"]["error_type"]["enum"]} == {*TYPES.values()}
    assert SCHEMA["$defs"]["error"]["anyOf"][1]["enum"] == [*TYPES]
    assert SCHEMA["$defs"]["version"]["enum"] == [*VERSIONS]
    requests = json.loads((SCHEMAS / "requests.json").read_text("utf-8"))["$defs"]
    assert requests["ThinkingConfigParam"]["properties"]["type"]["enum"] == [*THINKING_TYPES]
