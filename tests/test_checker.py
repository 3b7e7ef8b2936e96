"""Refusals in the API's order and words; fast yes, schema engine and walk always of one mind."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.validation import Checker
from mockserver.validation.texts import finding
from mockserver.validation.walk import Walk

GOOD = {"model": "claude-sonnet-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}


def said(body: Any, endpoint: str = "messages", betas: str = "", version: str = "2023-06-01") -> str | None:
    """What the API would say of ``body``, or None when it takes it."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    found = Checker("relay").check(raw, endpoint, version, frozenset(betas.split())).finding
    return found.message if found else None


def of_block(block: Any) -> str | None:
    return said({**GOOD, "messages": [{"role": "user", "content": [block]}]})


def of_tool(tool: Any) -> str | None:
    return said({**GOOD, "tools": [tool]})


# ---- bytes ----

JSON_TEXT = "The request body is not valid JSON: "


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "Input is a zero-length, empty document: line 1 column 1 (char 0)"),
        (b"{not json", "unexpected character: line 1 column 2 (char 1)"),
        (b'{"model": "claude-haiku-4-5", "max_tokens"', "unexpected end of data: line 1 column 43 (char 42)"),
        (b'{"a": "\\udc00"}', "invalid high surrogate in string: line 1 column 8 (char 7)"),
        (b'{"a": "\n"}', "unexpected control character in string: line 1 column 8 (char 7)"),
        (b"[" * 2000, "array and object recursion depth exceeded: line 1 column 1026 (char 1025)"),
        (b'{"a": -}', "no digit after minus sign: line 1 column 8 (char 7)"),
        (b"{} {}", "unexpected content after document: line 1 column 4 (char 3)"),
        (b'{"a": NaN}', "unexpected character: line 1 column 7 (char 6)"),
        (b'{"a": "\xff"}', "str is not valid UTF-8: surrogates not allowed: line 1 column 1 (char 0)"),
    ],
)
def test_bad_json_is_told_in_the_parsers_words(body: bytes, detail: str) -> None:
    checked = Checker().check(body, "messages", "2023-06-01")
    assert checked.body is None
    assert checked.finding
    assert (checked.finding.status, checked.finding.message) == (400, JSON_TEXT + detail)


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"text"', b"true"])
def test_body_must_be_an_object(body: bytes) -> None:
    checked = Checker().check(body, "messages", "2023-06-01")
    assert checked.body is None
    assert checked.finding
    assert checked.finding.message == "Input does not match the expected shape."


def test_deep_nesting_is_refused_not_raised() -> None:
    for depth in (900, 5000, 100_000):
        assert said(b'{"model":' + b"[" * depth + b"]" * depth + b"}") is not None


def test_latin_bodies_are_understood() -> None:
    body = '{"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "é"}]}'.encode("latin-1")
    checked = Checker().check(body, "messages", "2023-06-01", charset="iso-8859-1")
    assert checked.finding is None
    assert checked.body
    assert checked.body["messages"][0]["content"] == "é"


def test_refused_body_is_still_handed_on() -> None:
    checked = Checker().check(b'{"model": "m"}', "messages", "2023-06-01")
    assert checked.body == {"model": "m"}
    assert checked.finding


# ---- the walk, on schemas of its own ----

MODEL = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
ROOT = {"$defs": {"One": MODEL}}
UNION = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": {"enum": ["one"]}},
    "x-tags": ["one"],
    "x-mapping": {"one": "#/$defs/Tagged"},
}


def explained(schema: dict[str, Any], value: Any) -> str | None:
    root = {"$defs": {"One": MODEL, "Tagged": TAGGED}, "type": "object", "properties": {"f": schema}}
    mistake = Walk(root).first({"f": value})
    return finding(mistake, "messages").message if mistake else None


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
        ({"type": "integer"}, 1.0, None),
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
