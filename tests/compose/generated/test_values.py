"""Generated JSON: valid for the schemas of tools and formats."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema
import pytest

from mockserver.compose.generated import patterns, values
from mockserver.compose.generated.values import Hints, UnsatisfiableError
from tests.generating import SCHEMAS, kinds, reply, text


@pytest.mark.parametrize("case", SCHEMAS, ids=lambda case: case["name"])
def test_value_is_valid_for_its_schema(case: dict[str, Any]) -> None:
    schema = case["schema"]
    checker = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    for seed in range(8):
        value = values.make(schema, Random(seed), Hints(case.get("asked", "")), share=seed % 2)
        checker(schema).validate(value)
        if "value" in case:
            assert value == case["value"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"$ref": "#/$defs/missing"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#"},
        {"enum": []},
        {"type": "unknown"},
        {"type": "object", "properties": [], "required": "x"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1_000_000},
        {"type": "string", "minLength": 10_000_000},
        {"type": "string", "pattern": "^a{100000}$"},
        {"type": "object", "patternProperties": {"(": {}}, "minProperties": 1},
        False,
    ],
)
def test_contradiction_is_reported(schema: Any) -> None:
    with pytest.raises(UnsatisfiableError):
        values.make(schema, Random(0), Hints())


def test_recursive_schema_gives_a_small_value() -> None:
    node = {"type": "object", "properties": {f"p{n}": {"$ref": "#"} for n in range(10)}}
    assert len(json.dumps(values.make(node, Random(0), Hints()))) < 5_000


@pytest.mark.parametrize("broken", ["(", "[a", "a)", "\\", "[]"])
def test_broken_pattern_is_reported(broken: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|class"):
        patterns.make_match(broken, Random(0))


def test_format_makes_the_text_json() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["name", "tags"],
        "additionalProperties": False,
    }
    answer = reply(output_config={"format": {"type": "json_schema", "schema": schema}})
    assert kinds(answer) == ["text"]
    jsonschema.validate(json.loads(text(answer)), schema)
