"""Deriving the schemas of the chat wire from the openai SDK and their overlay."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import derive
from mockserver.derive import Derivation, chat, comparison, derivation, sdk, shape, surface
from mockserver.reference import schemas

Json = dict[str, Any]
SOURCES = schemas.folder() / "sources"


@pytest.fixture
def committed() -> dict[str, Json]:
    """The committed files."""
    return {name: json.loads((schemas.folder() / name).read_bytes()) for name in chat.FAMILIES}


@pytest.mark.skipif(
    f"openai=={chat.VERSION}" not in (SOURCES / "openai.txt").read_text().splitlines(),
    reason="the SDK is not the one that the schemas are derived from: make drift compares with others",
)
def test_committed_schemas_equal_a_fresh_derivation(tmp_path: Path) -> None:
    written = derive.write(chat.derive(), tmp_path)
    assert sorted(written) == sorted(chat.FAMILIES)
    for name in written:
        assert (tmp_path / name).read_bytes() == (schemas.folder() / name).read_bytes(), name


def test_every_rule_has_a_source() -> None:
    rules = yaml.safe_load((SOURCES / "chat.yaml").read_text())
    assert [rule for rule in rules["rules"] + rules["gates"] if not rule.get("source")] == []


def test_every_form_of_the_overlay_can_be_asked_for() -> None:
    rules = yaml.safe_load((SOURCES / "chat.yaml").read_text())
    assert {form for gate in rules["gates"] for form in gate["forms"]} == {"openai", "new-api", "one-api"}
    for form in ("new_api_", "one_api_"):
        assert schemas.response_schema(f"{form}chat_models") != schemas.response_schema("chat_models")


def test_names_of_several_types_tell_them_apart(committed: dict[str, Json]) -> None:
    names = {name for file in committed.values() for name in file["$defs"]}
    assert {"ChatCompletionChoice", "ChatCompletionChunkChoice", "CompletionCreateParams", "ChatCompletion"} <= names
    assert [name for name in names if "_" in name] == []


def test_messages_are_told_apart_by_role(committed: dict[str, Json]) -> None:
    defs = committed["chat_requests.json"]["$defs"]
    items = defs["CompletionCreateParams"]["properties"]["messages"]["items"]
    assert items["x-tag-key"] == "role"
    assert items["x-tags"] == ["assistant", "developer", "function", "system", "tool", "user"]
    assert all(name.rpartition("/")[2] in defs for name in items["x-mapping"].values())


def test_union_is_told_apart_by_type_where_all_have_one() -> None:
    def make(key: str, *values: str) -> Json:
        return {value: {"properties": {key: {"const": value}}, "required": [key]} for value in values}

    defs = make("type", "a", "b") | make("role", "c", "d")
    members = [[{"$ref": f"#/$defs/{name}"} for name in names] for names in ("ab", "cd")]
    by_type, by_role = (shape.Shaper(defs, ()).shape({"anyOf": each}) for each in members)
    assert (by_type["required"], by_role["required"]) == (["type"], ["role"])
    assert by_role["allOf"][0]["if"] == {"required": ["role"], "properties": {"role": {"const": "c"}}}
    assert "x-tag-key" not in by_type


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the schemas of the chat wire are compared: those of the Messages API take seconds."""
    monkeypatch.setattr(derivation, "derive", lambda: Derivation({}, ()))
    monkeypatch.setattr(sdk, "list_models", list)
    monkeypatch.setattr(sdk, "list_thread_codes", list)
    monkeypatch.setattr(surface, "read_python", surface.Surface)


@pytest.mark.usefixtures("alone")
def test_drift_names_the_sdk(monkeypatch: pytest.MonkeyPatch, committed: dict[str, Json]) -> None:
    newer = copy.deepcopy(committed)
    newer["chat_requests.json"]["$defs"]["CompletionCreateParams"]["properties"]["mood"] = {"type": "string"}
    del newer["chat_responses.json"]["$defs"]["CompletionUsage"]["properties"]["total_tokens"]
    monkeypatch.setattr(chat, "derive", lambda: Derivation(newer, ("Gone.field",)))
    found = derive.find_differences()
    assert {each.sdk for each in found} == {"openai"}
    assert {str(each): each.means.split()[1] for each in found} == {
        "Gone.field: the overlay speaks of it, the SDK does not have it": "rule",
        "chat_requests.json CompletionCreateParams mood: new in the SDK": "server",
        "chat_responses.json CompletionUsage total_tokens: no longer in the SDK": "server",
    }


@pytest.mark.usefixtures("alone")
def test_strange_sdk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Derivation:
        raise ValueError("no rule")

    monkeypatch.setattr(chat, "derive", refuse)
    found = [each for each in derive.find_differences() if each.sdk == "openai"]
    assert [str(each) for each in found] == ["schemas: the installed SDK is too different to compare: no rule"]


@pytest.mark.usefixtures("alone")
def test_drift_without_the_sdk_compares_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "OPENAI", "no_such_package")
    monkeypatch.setattr(chat, "derive", lambda: Derivation({}, ("Gone",)))
    assert [each for each in derive.find_differences() if "Gone" in each.place] == []
