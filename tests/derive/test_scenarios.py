"""What is written of the table of the scenario format: the schema for editors, and the tables of the docs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mockserver.derive import config, faults, pages, scenarios
from mockserver.wires import FAULTS, check_fault
from tests.delivery.test_reading import MISTAKES
from tests.fault_cases import NEEDED

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("source", [scenarios, config])
def test_committed_schema_is_that_of_the_table(source: Any) -> None:
    """``make schemas`` writes it."""
    assert json.loads((ROOT / "schemas" / source.NAME).read_text("utf-8")) == source.schema()


def test_docs_hold_the_tables_of_the_formats() -> None:
    """``make schemas`` writes them."""
    text = "".join((ROOT / "docs" / name).read_text("utf-8") for name in pages.NAMES)
    assert pages.fill(text) == text
    assert [name for name in pages.tables() if f"<!-- begin table: {name} -->" not in text] == []


def test_schema_knows_the_faults_of_their_table() -> None:
    definitions = scenarios.schema()["$defs"]
    assert {name: definitions[name] for name in ("fault", "faults")} == faults.definitions()


RIGHT: list[Any] = [
    *({"then": name, **NEEDED.get(name, {})} for name in FAULTS),
    {"then": "start_usage", "input_tokens": None},
    {"then": "null_usage", "only": ["input_tokens", "cache_creation"]},
    {"then": "pings", "every": 0},
    {"then": "pings", "every": "5s", "at": "block 1"},
    {"then": "comment_keepalive", "every": "0.5s"},
    {"then": "error", "unnamed": True, "glued": False},
]


@pytest.mark.parametrize("fault", [*RIGHT, *[given for given, _ in MISTAKES]], ids=json.dumps)
def test_schema_takes_the_faults_that_the_server_takes(fault: Any) -> None:
    validator = Draft202012Validator({"$ref": "#/$defs/fault", "$defs": scenarios.schema()["$defs"]})
    assert validator.is_valid(fault) is (check_fault(fault) == [])


def test_files_are_written_only_when_they_change(tmp_path: Path) -> None:
    (tmp_path / "mock").mkdir()
    assert [scenarios.write(tmp_path), scenarios.write(tmp_path)] == [[scenarios.NAME], []]
    assert pages.write(tmp_path) == []
    (tmp_path / pages.NAMES[0]).write_text("<!-- begin table: pace -->\nold\n<!-- end table -->", "utf-8")
    assert [pages.write(tmp_path), pages.write(tmp_path)] == [[pages.NAMES[0]], []]
    assert "| `first` | the time to the first event" in (tmp_path / pages.NAMES[0]).read_text("utf-8")


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("the model, as sent", "The model, as sent."),
        ("`true`: the user's own text", "True: the user's own text."),
        ("anything, by [JSONPath](#any)", "Anything, by JSONPath."),
        ("`files: [ID]`", "Files: [ID]."),
        ("a [fault](faults.md) breaks [it]", "A fault breaks [it]."),
    ],
)
def test_phrases_become_sentences(phrase: str, sentence: str) -> None:
    assert scenarios.sentence(phrase) == sentence
