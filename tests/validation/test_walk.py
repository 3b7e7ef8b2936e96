"""The kinds of mistakes, their places and their texts; the walk and the schema engines always of one mind."""

from __future__ import annotations

import copy
import gzip
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.reference import schemas
from mockserver.validation.texts import describe
from mockserver.validation.walk import SchemaWalk
from tests.schema_cases import mutations, valid_instances

VERSION = "2023-06-01"
RECORDED = Path(__file__).parent.parent / "data" / "recordings" / "requests.jsonl.gz"

# ---- on schemas made for it ----

MODEL = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
UNION = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["one"]}},
    "x-tags": ["one"],
    "x-mapping": {"one": "#/$defs/Tagged"},
}


def explained(schema: dict[str, Any], value: Any) -> str | None:
    root = {"$defs": {"One": MODEL, "Tagged": TAGGED}, "type": "object", "properties": {"f": schema}}
    violation = SchemaWalk(root).find_first({"f": value})
    return describe(violation, "messages").message if violation else None


TAGGED = {
    "type": "object",
    "properties": {"type": {"const": "one"}, "n": {"type": "integer", "minimum": 2}},
    "required": ["type", "n"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "value", "reason"),
    [
        ({"type": "string"}, 7, "Input should be a valid string"),
        ({"type": ["string", "null"]}, 7, "Input should be a valid string"),
        ({"type": "integer"}, True, "Input should be a valid integer"),
        ({"type": "integer"}, 1.5, "Input should be a valid integer"),
        ({"type": "integer"}, 1.0, "Input should be a valid integer"),
        ({"type": "number"}, 1, None),
        ({"type": "number"}, None, "Input should be a valid number"),
        ({"type": "boolean"}, 1, "Input should be a valid boolean"),
        ({"type": "array"}, {}, "Input should be a valid array"),
        ({"type": ["string", "array"]}, 7, "Input should be a valid array"),
        ({"type": "object"}, [], "Input should be an object"),
        ({"$ref": "#/$defs/One"}, "x", "Input does not match the expected shape."),
        (UNION, "x", "Input should be an object"),
        ({"enum": ["x"]}, 7, "Input should be 'x'"),
        ({"enum": ["x", "y", None]}, 7, "Input should be 'x' or 'y'"),
        ({"enum": ["x", "y", "z"]}, "w", "Input should be 'x', 'y' or 'z'"),
        ({"enum": [1]}, True, "Input should be 1"),
        ({"type": "string", "minLength": 1}, "", "String should have at least 1 character"),
        ({"type": "string", "minLength": 2}, "é", "String should have at least 2 characters"),
        ({"type": "string", "maxLength": 2, "pattern": "^y+$"}, "xxx", "String should have at most 2 characters"),
        ({"type": "string", "pattern": "^x+$"}, "x\n", "String should match pattern '^x+$'"),
        ({"type": "integer", "minimum": 0}, -1, "Input should be greater than or equal to 0"),
        ({"type": "integer", "exclusiveMinimum": 0}, 0, "Input should be greater than 0"),
        ({"type": "number", "maximum": 1}, 1.5, "Input should be less than or equal to 1"),
        ({"type": "array", "minItems": 1}, [], "List should have at least 1 item after validation, not 0"),
        ({"type": "array", "maxItems": 1}, [1, 2], "List should have at most 1 item after validation, not 2"),
        ({"propertyNames": {"pattern": "^x$"}}, {"y": 1}, "Property keys should match pattern '^x$'"),
    ],
)
def test_each_kind_has_its_text(schema: dict[str, Any], value: Any, reason: str | None) -> None:
    assert explained(schema, value) == (f"f: {reason}" if reason else None)


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"$ref": "#/$defs/One"}, {}, "f.a: Field required"),
        ({"$ref": "#/$defs/One"}, {"z": 1, "y": 2}, "f.a: Field required"),
        ({"$ref": "#/$defs/One"}, {"z": 1, "y": 2, "a": ""}, "f.z: Extra inputs are not permitted"),
        ({"items": {"$ref": "#/$defs/One"}}, [{"a": ""}, {"a": 1}], "f.1.a: Input should be a valid string"),
        (UNION, {}, "f.type: Field required"),
        (UNION, {"type": "one"}, "f.one.n: Field required"),
        (UNION, {"type": "one", "n": 1}, "f.one.n: Input should be greater than or equal to 2"),
        (
            UNION,
            {"type": "two"},
            "f: Input tag 'two' found using 'type' does not match any of the expected tags: 'one'",
        ),
        (
            UNION,
            {"type": None},
            "f: Input tag 'None' found using 'type' does not match any of the expected tags: 'one'",
        ),
        ({**UNION, "x-default-tag": "one"}, {}, "f.one.type: Field required"),
    ],
)
def test_each_place_has_its_path(schema: dict[str, Any], value: Any, message: str) -> None:
    assert explained(schema, value) == message


# ---- on requests ----

VALUES: tuple[Any, ...] = (None, True, 7, -1, 1.5, "", "x", "text", [], {}, {"type": "text"}, {"type": "bogus"}, ["x"])


@cache
def recorded() -> list[tuple[str, bytes]]:
    lines = map(orjson.loads, gzip.decompress(RECORDED.read_bytes()).splitlines())
    bodies = [(row["endpoint"], orjson.dumps(row["request"])) for row in lines if row["status"] == 200]
    return [body for body in bodies if len(body[1]) < 3000]


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key below ``value``."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from nodes(value[key])


@pytest.mark.parametrize("endpoint", ["messages", "count_tokens", "batches"])
def test_every_broken_type_is_explained(endpoint: str) -> None:
    whole = schemas.request_schema(endpoint, VERSION, schemas.known_betas())
    for name in whole["$defs"]:
        part = {"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]}
        accepted = [instance for _, instance in valid_instances(part)]
        for label, instance in mutations(part, accepted[0]):
            violation = SchemaWalk(part).find_first(instance)
            assert violation, (name, label)
            assert describe(violation, endpoint).message, (name, label)
        assert [SchemaWalk(part).find_first(instance) for instance in accepted] == [None] * len(accepted), name


KNOWN_WORDS = """
    $defs $ref $schema additionalProperties allOf anyOf const enum exclusiveMinimum format if items maxItems maxLength
    maximum minItems minLength minimum pattern properties propertyNames required then type
    x-default-tag x-mapping x-tags
"""


def words(schema: Any) -> set[str]:
    """The keywords that a schema uses."""
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for key, value in schema.items():
        inner = value.values() if key in ("properties", "$defs") else value if key in ("allOf", "anyOf") else [value]
        found |= set().union(*(words(part) for part in inner if key != "x-mapping"))
    return found


@pytest.mark.parametrize("endpoint", ["messages", "count_tokens", "batches"])
def test_walk_knows_every_word_of_the_schemas(endpoint: str) -> None:
    for betas in (frozenset[str](), schemas.known_betas()):
        assert words(schemas.request_schema(endpoint, VERSION, betas)) <= set(KNOWN_WORDS.split())


@given(st.data())
@settings(max_examples=40)
def test_engines_and_walk_agree(data: st.DataObject) -> None:
    """On recorded requests with a few values replaced, keys taken out or put in."""
    endpoint, raw = data.draw(st.sampled_from(recorded()))
    betas = data.draw(st.sampled_from([frozenset(), schemas.known_betas()]))
    body = orjson.loads(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(list(nodes(body))))
        # A copy: a container that stands in the table, or twice in a body, would change with what is put in later.
        holder[key] = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
        if isinstance(holder, dict) and data.draw(st.booleans()):
            holder[f"{key}x"] = holder.pop(key)
    schema = schemas.request_schema(endpoint, VERSION, betas)
    verdicts = {
        "quick": schemas.request_validator(endpoint, VERSION, betas).is_valid(body),
        "reference": jsonschema.Draft202012Validator(schema).is_valid(body),
        "walk": SchemaWalk(schema).find_first(body) is None,
    }
    assert len(set(verdicts.values())) == 1, verdicts
