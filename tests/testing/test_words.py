"""The words of the Python API are those of the scenario format."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from mockserver.testing import words
from mockserver.wires import FAULTS

ROOT = Path(__file__).parent.parent.parent
FORMAT = json.loads((ROOT / "schemas" / "mock" / "scenarios.json").read_text("utf-8"))["$defs"]


def keys_of(schema: Any) -> set[str]:
    """The keys of the object among the alternatives of a schema."""
    return {key for each in (schema, *schema.get("anyOf", ())) for key in each.get("properties", {})}


@pytest.mark.parametrize(
    ("typed", "schema"),
    [
        (words.AnswerWords, FORMAT["answer"]),
        (words.WhenWords, FORMAT["when"]),
        (words.TextTests, FORMAT["text_tests"]),
        (words.NumberTests, FORMAT["number_test"]),
        (words.ToolResultTests, FORMAT["when"]["properties"]["tool_result"]),
        (words.ToolsTests, FORMAT["when"]["properties"]["tools"]),
        (words.MediaTests, FORMAT["when"]["properties"]["images"]),
        (words.MediaTests, FORMAT["when"]["properties"]["documents"]),
        (words.ErrorObject, FORMAT["error"]),
        (words.RawWords, FORMAT["raw"]),
        (words.PaceWords, FORMAT["pace"]),
        (words.GenerateWords, FORMAT["generate"]),
        # What follows "if then is disconnect": all places, and no options.
        (words.FaultWords, FORMAT["fault"]["anyOf"][1]["allOf"][0]["then"]),
        (words.ToolUse, FORMAT["shorthands"]["properties"]["tool_use"]["anyOf"][0]),
    ],
)
def test_words_are_those_of_the_format(typed: Any, schema: Any) -> None:
    assert typed.__required_keys__ | typed.__optional_keys__ == keys_of(schema)


def test_names_are_those_of_the_format() -> None:
    assert set(get_args(words.ErrorType)) == set(FORMAT["error_type"]["enum"])
    assert set(get_args(words.FaultName)) == set(FAULTS)
    responses = json.loads((ROOT / "schemas" / "responses.json").read_text("utf-8"))
    known = {reason for found in _enums(responses, "end_turn") for reason in found if reason}
    assert set(get_args(words.StopReason)) == known


def _enums(value: Any, member: str) -> Iterator[list[Any]]:
    if isinstance(value, dict):
        if member in value.get("enum", ()):
            yield value["enum"]
        for below in value.values():
            yield from _enums(below, member)
    elif isinstance(value, list):
        for below in value:
            yield from _enums(below, member)
