"""Schemas that would keep the server busy for hours give an answer after a counted number of steps."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from typing import Any

import orjson
import pytest

from mockserver.compose.generated import citations, patterns, pdf_text, values
from mockserver.compose.generated.values import Hints, UnsatisfiableError
from mockserver.records.budget import Budget, OverBudgetError
from mockserver.reference.schemas.pointers import References
from tests.generating import reply


def _double(key: str, number: int) -> dict[str, Any]:
    """Definitions of which each refers twice to the next."""
    twice = {f"a{n}": {key: [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(number)}
    return {"$ref": "#/$defs/a0", "$defs": {**twice, f"a{number}": {"type": "string"}}}


_TREE = {"properties": {"x": {"$ref": "#/$defs/t"}}, "required": ["x"]}
HOSTILE: dict[str, Any] = {
    "references that double": _double("allOf", 60),
    "choices that double": _double("anyOf", 60),
    "a tree checked twice at each level": {"$defs": {"t": {"allOf": [_TREE, {**_TREE}]}}, "$ref": "#/$defs/t"},
    "properties": {"type": "object", "minProperties": 100_000},
    "more properties than there are words": {"type": "object", "minProperties": 4_000},
    "names of a pattern": {"type": "object", "minProperties": 3_000, "propertyNames": {"pattern": "^(a|b)$"}},
    "items": {"type": "array", "minItems": 10**6},
    "long texts": {"type": "array", "minItems": 1_000, "items": {"type": "string", "minLength": 100_000}},
    "a long text": {"type": "string", "minLength": 10**8},
    "pattern in pattern": {"type": "string", "pattern": "((((a{64}){64}){64}){64}){64}"},
    "triggers": {
        "type": "object",
        "required": ["a0"],
        "dependentSchemas": {f"a{n}": {"required": [f"a{n + 1}"]} for n in range(3_000)},
    },
    "a trigger that rules itself out": {"type": "object", "required": ["a"], "dependentSchemas": {"a": False}},
    "half of a million": {"enum": list(range(500_000))},
    "items beyond all numbers": {"type": "array", "minItems": 1e30},
    "matching items beyond all numbers": {"type": "array", "contains": {}, "minContains": 1e30},
    "more than the largest integer": {"type": "integer", "exclusiveMinimum": 2**64 - 1},
    "a float too large for an integer": {"type": "integer", "minimum": 1e300},
    "a float above a great one": {"type": "number", "exclusiveMinimum": 1e308},
    "a text as a schema": {"$ref": "#/x", "x": {"type": "array", "items": "3", "minItems": 1}},
    "a number as a schema": {"$ref": "#/x", "x": {"type": "array", "items": 3.5, "minItems": 1}},
    "a number of many digits": {"type": "integer", "minimum": 10**400},
}


@pytest.mark.parametrize("schema", HOSTILE.values(), ids=HOSTILE)
def test_hostile_schema_is_given_up(schema: Any) -> None:
    """Without waiting: the time limit of the tests would show it."""
    with pytest.raises(UnsatisfiableError):
        values.make(schema, Random(0), Hints())


def test_patterns_of_names_are_searched_in_linear_time() -> None:
    name = "a" * 60 + "!"
    schema = {"type": "object", "patternProperties": {"^(a+)+$": {}}, "properties": {name: {}}, "required": [name]}
    assert [*values.make(schema, Random(0), Hints())] == [name]


def test_large_enums_are_merged() -> None:
    schema = {"allOf": [{"enum": list(range(30_000))}, {"enum": list(range(29_990, 60_000))}]}
    assert 29_990 <= values.make(schema, Random(0), Hints()) < 30_000


def test_repetitions_of_repetitions_end() -> None:
    pattern = "^(((((a+)+)+)+)+)+$"
    schema = {"type": "string", "minLength": 400, "pattern": pattern}
    assert set(values.make(schema, Random(0), Hints())) == {"a"}
    with pytest.raises(OverBudgetError):
        patterns.make_match(pattern, Random(0), 400)


def test_many_different_items_are_found() -> None:
    items = {"type": "integer", "minimum": 0, "maximum": 10**9}
    schema = {"type": "array", "minItems": 3_000, "uniqueItems": True, "items": items}
    assert len(set(values.make(schema, Random(0), Hints()))) == 3_000


REFERENCES: dict[str, Any] = {
    "empty": {"$ref": ""},
    "root": {"$ref": "#"},
    "nowhere": {"$ref": "#/nowhere"},
    "into a schema": {"$ref": "#/properties/x/0"},
    "a list": {"$ref": "#/required/0"},
    "an index too large": {"$ref": "#/required/99"},
    "a circle": {"$ref": "#/properties/x"},
    "a number": {"$ref": 5},
    "null": {"$ref": None},
    "an object": {"$ref": {"a": 1}},
    "a file": {"$ref": "other.json"},
    "dynamic": {"$dynamicRef": "#node"},
    "dynamic nowhere": {"$dynamicRef": ""},
    "dynamic number": {"$dynamicRef": 1},
    "recursive": {"$recursiveRef": "#"},
    "anchor": {"$anchor": "a", "$ref": "#a"},
    "no anchor": {"$anchor": ["a"], "$ref": "#a"},
    "anchors with half a pair": {"$ref": "#\\ud800"},
    "percent": {"$ref": "#/%70roperties/x"},
    "bad percent": {"$ref": "#/%"},
    "id": {"$id": "http://[", "$ref": "#"},
    "dialect": {"$schema": "nothing", "type": "string"},
    "vocabulary": {"$vocabulary": 3},
    "both": {"$ref": "", "$dynamicRef": ""},
    "list of types": {"type": ["string", "nothing", 3]},
    "properties of a list": {"properties": []},
    "minimum of a text": {"minimum": "1"},
    "length of a text": {"minLength": "1", "type": "string"},
    "format of a number": {"format": 3, "type": "string"},
    "pattern of a number": {"pattern": 3, "type": "string"},
    "enum of nothing": {"enum": None},
    "allOf of an object": {"allOf": {}},
    "multiple of nothing": {"multipleOf": 0, "type": "integer"},
}


@pytest.mark.parametrize("schema", REFERENCES.values(), ids=REFERENCES)
def test_odd_property_is_no_bug_of_ours(schema: Any) -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "properties": {"x": schema}, "required": ["x"]}}
    answer = reply(tools=[tool], tool_choice={"type": "tool", "name": "t"})
    assert answer.content[0]["name"] == "t"
    assert isinstance(answer.content[0]["input"], dict)


# Draft 2020-12 allows 2.0 wherever it allows 2.
FLOATS: dict[str, tuple[Any, Any]] = {
    "minItems": ({"type": "array", "minItems": 3.0, "items": {"const": 1}}, [1, 1, 1]),
    "maxItems": ({"type": "array", "minItems": 1.0, "maxItems": 1.0, "items": {"const": 1}}, [1]),
    "no items": ({"type": "array", "maxItems": 0.0}, []),
    "minContains": ({"type": "array", "contains": {"const": 1}, "minContains": 2.0}, [1, 1]),
    "lengths": ({"type": "string", "pattern": "^x*$", "minLength": 2.0, "maxLength": 2.0}, "xx"),
    "maxLength": ({"type": "string", "maxLength": 0.0}, ""),
    "minProperties": ({"properties": {"a": {"const": 1}, "b": {"const": 1}}, "minProperties": 2.0}, {"a": 1, "b": 1}),
    "maxProperties": ({"properties": {"a": {"const": 1}}, "maxProperties": 1e30}, {"a": 1}),
    "multipleOf": ({"type": "integer", "minimum": 2.0, "maximum": 3.0, "multipleOf": 2.0}, 2),
    "merged": ({"type": "string", "allOf": [{"maxLength": 0.0}, {"maxLength": 3}]}, ""),
    "largest integer": ({"type": "integer", "minimum": 2**64 - 1}, 2**64 - 1),
    "smallest integer": ({"type": "integer", "minimum": -(2**63), "maximum": -(2**63)}, -(2**63)),
    "largest step": ({"type": "number", "minimum": 1e308, "multipleOf": 1e308}, 1e308),
}


@pytest.mark.parametrize(("schema", "value"), FLOATS.values(), ids=FLOATS)
def test_numbers_of_a_schema_may_be_floats(schema: Any, value: Any) -> None:
    assert values.make(schema, Random(0), Hints()) == value


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 1.5, "maximum": 1e308},
        {"type": "integer", "minimum": -1e308},
        {"type": "integer", "maximum": 1e30},
        {"type": "integer", "maximum": -(2**63) + 1},
        {"type": "number", "minimum": -1.7e308, "maximum": 1.7e308},
        {"type": "number", "minimum": 1.6e308, "maximum": 1.7e308},
    ],
)
def test_generated_number_can_be_written(schema: Any) -> None:
    value = values.make(schema, Random(0), Hints())
    assert orjson.loads(orjson.dumps(value)) == value


@pytest.mark.parametrize("text", ["!" * 20_000, "a!" * 10_000, "\n" * 9_000 + "a", "." * 19_000 + "\n" * 1_000])
def test_long_rows_of_marks_are_cut_at_once(text: str) -> None:
    assert "".join(quote.text for quote in citations._quote_characters(text, {})) == text.lstrip()


def test_rows_of_marks_end_a_sentence() -> None:
    quotes = [quote.text for quote in citations._quote_characters("Well" + "!?" * 9 + " So... Yes", {})]
    assert quotes == ["Well" + "!?" * 9 + " ", "So... ", "Yes"]


@pytest.mark.parametrize(
    "document", [b"stream\n" * 100_000, b"stream\n" + b"\\(" * 300_000 + b"\nendstream", b"(" * 900_000]
)
def test_hostile_pdf_shows_nothing(document: bytes) -> None:
    assert pdf_text.find_first_text(b64encode(document).decode()) == ""


def _refer(target: str, **definitions: Any) -> dict[str, Any]:
    """A thousand properties that refer to one target, beside a large list."""
    names = [f"p{number}" for number in range(1_000)]
    properties = {name: {"$ref": target} for name in names}
    return {"required": names, "properties": properties, "$defs": {**definitions, "list": {"enum": [[1]] * 30_000}}}


def test_anchors_are_looked_up_in_one_walk() -> None:
    value = values.make(_refer("#a", one={"$anchor": "a", "const": 1}), Random(0), Hints())
    assert set(value.values()) == {1}


@pytest.mark.parametrize("key", ["$anchor", "$dynamicAnchor"])
def test_reference_is_looked_up_once(key: str) -> None:
    schema = {"$defs": {"first": {key: "a"}, "name" * 9: {}, "other": {"$anchor": ["a"]}}}
    references, budget = References(schema), Budget(20)
    for _ in range(100):
        assert references.find("#a", budget) == {key: "a"}
        assert references.find("#/$defs/" + "name" * 9, budget) == {}


@pytest.mark.parametrize("reference", ["#a", "#/" + "a" * 1_000])
def test_looking_up_a_reference_is_counted(reference: str) -> None:
    with pytest.raises(OverBudgetError):
        References({"$defs": [{}] * 50}).find(reference, Budget(40))
