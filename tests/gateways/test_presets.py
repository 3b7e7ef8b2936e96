"""The presets say what the sources say of each gateway."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.derive import gateways as derived
from mockserver.gateways.admitting import find_path
from mockserver.gateways.format import GATEWAY_FILE
from mockserver.gateways.presets import FOLDER, list_presets
from mockserver.gateways.reading import load, read_preset
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import read

FACTS: dict[str, Any] = yaml.safe_load(Path("tests/data/gateways/facts.yaml").read_text("utf-8"))
# What stands in the words of the facts.
VALUES = {
    "group": "g",
    "model": "m",
    "method": "POST",
    "path": "/v1/x",
    "error": "reason",
    "minutes": "3",
    "count": "9",
    "remaining": "＄1",
    "needed": "＄2",
    "words": "w",
    "status": "502",
}
ROWS = [(name, stage, error) for name, facts in FACTS.items() for stage in ("gate", "relay") for error in facts[stage]]
PATHS = [(name, *row) for name, facts in FACTS.items() for row in facts["paths"]]


def test_facts_tell_of_each_preset() -> None:
    assert sorted(FACTS) == list_presets()


@pytest.mark.parametrize(("name", "stage", "error"), ROWS)
def test_error_is_that_of_the_sources(name: str, stage: str, error: str) -> None:
    row = load(name).errors[error]
    status, kind, code, words = FACTS[name][stage][error]
    assert (row.status, row.type, row.code or "", row.stage) == (status, kind, code, stage)
    assert row.word("zh", VALUES) == words
    assert row.is_empty is (words == "")


@pytest.mark.parametrize(("name", "error"), [(name, error) for name in FACTS for error in FACTS[name]["codes"]])
def test_status_and_code_are_those_of_the_sources(name: str, error: str) -> None:
    row = load(name).errors[error]
    assert [row.status, row.type, row.code or ""] == FACTS[name]["codes"][error]
    assert row.word("en", VALUES)


@pytest.mark.parametrize(("name", "method", "path", "answer"), PATHS)
def test_path_answers_as_in_the_sources(name: str, method: str, path: str, answer: str) -> None:
    row = find_path(load(name), method, path)
    assert row is not None
    assert ("page" if row.page else row.error) == answer
    # Only an API that there is asks for a key.
    assert row.needs_key is (answer in ("", "api_not_implemented"))


@pytest.mark.parametrize("name", list_presets())
def test_vendors_names_go_through_the_converting_channel(name: str) -> None:
    channels = load(name).channels
    first = {model: next(each for each in channels if each.takes(model)) for model in FACTS[name]["converted"]}
    assert {model: channel.converts for model, channel in first.items()} == dict.fromkeys(first, True)
    for model in ("claude-sonnet-4-5", "claude-3-7-sonnet-20250219", "our-own-model"):
        assert next(each for each in channels if each.takes(model)).name == "native"


@pytest.mark.parametrize("name", list_presets())
def test_preset_lists_models_with_owners(name: str) -> None:
    listed = load(name).listed
    assert {*FACTS[name]["listed"]} <= {*listed}
    assert all(listed.values())


@pytest.mark.parametrize("name", list_presets())
def test_preset_obeys_the_format_and_any_yaml(name: str) -> None:
    """The presets are examples too: they are read by the rules of files, and the same by other readers of YAML."""
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    node = Node(read(text, name), read_preset(name))
    assert check(GATEWAY_FILE, node), [str(problem) for problem in node.problems]
    assert yaml.safe_load(text) == read_preset(name)


@pytest.mark.parametrize("name", list_presets())
def test_every_error_has_words_for_every_placeholder(name: str) -> None:
    """Those of a call are filled in by the gateway, all others by the row."""
    told = {"group", "model", "method", "path", "prefix", "suffix"}
    for error, row in load(name).errors.items():
        for language in ("zh", "en"):
            words = row.word(language, dict.fromkeys(told, "x"))
            assert "{" not in words, error
            assert bool(words) is not row.is_empty, error


def test_english_words_are_english_where_there_are_two() -> None:
    for name in list_presets():
        for error, row in load(name).errors.items():
            if "en" in row.texts:
                assert row.word("en", {}).replace("＄", "$").isascii(), error


def test_versions_and_ids_are_told_in_headers() -> None:
    new, one = load("new-api"), load("one-api")
    assert new.headers == {"X-New-Api-Version": new.version}
    assert not one.headers
    assert new.id_header == one.id_header == "X-Oneapi-Request-Id"
    # The ids of requests at relays are alike since 2026: 202608220328005381051018268d9d6dnQIw51p, for one.
    assert new.id_mark == hashlib.sha256(b"github.com/QuantumNous/new-api").hexdigest()[:8]
    assert (one.id_mark, one.id_letters) == ("", "0123456789")
    assert (new.error_type, one.error_type) == ("new_api_error", "one_api_error")
    assert (new.wires, one.wires) == (("messages", "chat"), ("chat",))


def test_docs_tell_of_each_error_and_key() -> None:
    page = Path("docs/gateways.md").read_text("utf-8")
    for cells in derived.error_cells():
        assert " | ".join(cells) in page
    for key in GATEWAY_FILE.fields:
        assert f"| `{key}` |" in page, key


def test_docs_tell_of_errors_without_a_body() -> None:
    cells = {row[0]: row[1:3] for row in derived.error_cells()}
    assert cells["`rate_limited`"] == ("429", "429, no body")
