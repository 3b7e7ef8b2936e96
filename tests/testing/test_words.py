"""The types of scripts in Python: they have the keys of the scenario format, and take what it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from mockserver.blocks.tool_use import TOOL_USE
from mockserver.records.specs import Field, Spec
from mockserver.scenarios.format.answers import FIELDS, GENERATE
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.conditions import MEDIA, NUMBER_TESTS, TEXT_TESTS, TOOL_RESULT, TOOLS, WHEN
from mockserver.scenarios.format.deliveries import PACES
from mockserver.scenarios.format.failures import ERROR, RAW
from mockserver.scenarios.format.kinds import suits
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document
from mockserver.testing import names, words
from mockserver.wires import FAULTS

ROOT = Path(__file__).parent.parent.parent
FORMAT = json.loads((ROOT / "schemas" / "mock" / "scenarios.json").read_text("utf-8"))["$defs"]
TEXTS = ("a", "none", "always", "on", "2023-06-01", "300ms", "20%", "en_US", "api_error", "{{ turn }}")
VALUES: list[Any] = [
    *TEXTS,
    True,
    False,
    0,
    1,
    1000,
    0.5,
    {},
    {"a": "b"},
    {"name": "a"},
    [],
    ["a"],
    [1],
    [{"name": "a"}],
]
TABLES: list[tuple[Any, Mapping[str, Field]]] = [
    (words.AnswerWords, FIELDS),
    (words.ErrorObject, ERROR.fields),
    (words.GenerateWords, GENERATE.fields),
    (words.MediaTests, MEDIA),
    (words.NumberTests, NUMBER_TESTS.fields),
    (words.PaceWords, PACES.fields),
    (words.RawWords, RAW.fields),
    (words.TextTests, TEXT_TESTS.fields),
    (words.ToolResultTests, TOOL_RESULT.fields),
    (words.ToolUse, TOOL_USE.fields),
    (words.ToolsTests, TOOLS.fields),
    (words.WhenWords, WHEN.fields),
]


def admits(hint: Any, value: Any) -> bool:
    """Whether a value is of a type as mypy has it, as far as its outer kind goes."""
    if hint is Any:
        return True
    if is_typeddict(hint):
        return isinstance(value, dict)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(admits(option, value) for option in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint is float:
        return isinstance(value, int | float)
    return isinstance(value, list if origin is Sequence else origin or hint)


def is_taken(spec: Spec, value: Any) -> bool:
    return check(spec, Node(Document("given", value), value))


@pytest.mark.parametrize(("typed", "fields"), TABLES, ids=[typed.__name__ for typed, _ in TABLES])
def test_words_have_the_keys_of_the_format(typed: Any, fields: Mapping[str, Field]) -> None:
    """None is required in Python: what is missing is told with all other mistakes."""
    assert typed.__optional_keys__ == {*fields}
    assert typed.__required_keys__ == set()


CASES = [(typed, fields, key) for typed, fields in TABLES for key in fields]


@pytest.mark.parametrize(("typed", "fields", "key"), CASES, ids=[f"{typed.__name__}.{key}" for typed, _, key in CASES])
def test_words_take_what_the_format_takes(typed: Any, fields: Mapping[str, Field], key: str) -> None:
    hint, spec = get_type_hints(typed)[key], fields[key].spec
    assert [value for value in VALUES if is_taken(spec, value) and not admits(hint, value)] == []
    # A text may be a placeholder, and mypy takes true for a number.
    admitted = [value for value in VALUES if not isinstance(value, str | bool) and admits(hint, value)]
    assert hint is Any or [value for value in admitted if not suits(spec, value)] == []


def test_faults_have_the_keys_of_the_format() -> None:
    """The options of a fault whose name comes with all places and none of its own."""
    schema = FORMAT["fault"]["anyOf"][1]["allOf"][0]["then"]
    assert words.FaultWords.__optional_keys__ | words.FaultWords.__required_keys__ == {*schema["properties"]}


def test_names_are_those_of_the_format() -> None:
    assert set(get_args(names.ErrorType)) == set(FORMAT["error_type"]["enum"])
    assert set(get_args(names.FaultName)) == set(FAULTS)
    responses = json.loads((ROOT / "schemas" / "responses.json").read_text("utf-8"))
    known = {reason for found in _enums(responses, "end_turn") for reason in found if reason}
    assert set(get_args(names.StopReason)) == known


def _enums(value: Any, member: str) -> Iterator[list[Any]]:
    if isinstance(value, dict):
        if member in value.get("enum", ()):
            yield value["enum"]
        for below in value.values():
            yield from _enums(below, member)
    elif isinstance(value, list):
        for below in value:
            yield from _enums(below, member)
