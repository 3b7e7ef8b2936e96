"""Deriving the schemas: from the SDK, the published constraints and the overlay to the committed files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import anthropic
import pytest
import yaml

from mockserver import derive
from mockserver.derive import constraints, derivation, family, merge, overlay, prebuilding, sdk, shape, surface
from mockserver.reference import prebuilt, schemas

Json = dict[str, Any]
SOURCES = schemas.folder() / "sources"


@pytest.fixture
def committed() -> dict[str, Json]:
    """The committed files, in the order of a derivation."""
    return {name: json.loads((schemas.folder() / name).read_bytes()) for name in ("betas.json", *family.FAMILIES)}


@pytest.mark.skipif(
    f"anthropic=={anthropic.__version__}" not in (SOURCES / "sdk.txt").read_text().splitlines(),
    reason="the SDK is not the one that the schemas are derived from: make drift compares with others",
)
def test_committed_schemas_equal_a_fresh_derivation(tmp_path: Path) -> None:
    assert derive.find_differences() == []
    (tmp_path / "sources").mkdir()
    for name in (*derive.write(derive.derive(), tmp_path), *surface.write(tmp_path)):
        assert (tmp_path / name).read_bytes() == (schemas.folder() / name).read_bytes(), name


def test_prebuilt_files_are_up_to_date() -> None:
    """`make schemas` was run since the catalogue or the schemas changed."""
    made = dict(prebuilding.build())
    assert {file.stem for file in prebuilt.FOLDER.iterdir()} == made.keys()
    for name, value in made.items():
        assert prebuilt.read(name) == value, name


def test_writing_twice_changes_nothing(committed: dict[str, Json], tmp_path: Path) -> None:
    made = derive.Derivation(committed, ())
    first = derive.write(made, tmp_path)
    bytes_of = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == sorted(bytes_of)
    assert derive.write(made, tmp_path) == []
    assert bytes_of == {name: (schemas.folder() / name).read_bytes() for name in bytes_of}


def test_schemas_hold_no_prose(committed: dict[str, Json]) -> None:
    def keywords(value: Any) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keywords, value))
        if not isinstance(value, dict):
            return set()
        inner = [item for key in ("properties", "$defs") for item in value.get(key, {}).values()]
        rest = [item for key, item in value.items() if key not in ("properties", "$defs")]
        return set(value).union(*map(keywords, inner + rest))

    found = keywords(list(committed.values()))
    assert found.isdisjoint({"title", "description", "default", "examples"})


def test_drift_names_type_and_field(monkeypatch: pytest.MonkeyPatch, committed: dict[str, Json]) -> None:
    newer = copy.deepcopy(committed)
    block = newer["blocks.json"]["$defs"]["TextBlockParam"]
    block["properties"]["tone"] = {"type": "string", "x-beta": []}
    block["required"] = ["type"]
    del newer["tools.json"]["$defs"]["ToolParam"]
    monkeypatch.setattr(derivation, "derive", lambda: derive.Derivation(newer, ("Gone.field",)))
    monkeypatch.setattr(sdk, "list_models", lambda: ["claude-opus-5", "claude-sonnet-4-5", "claude-opus-9"])
    monkeypatch.setattr(sdk, "list_thread_codes", lambda: ["thread_not_found", "thread_tired"])
    monkeypatch.setattr(surface, "read_python", surface.Surface)
    assert list(map(str, derive.find_differences())) == [
        "Gone.field: the overlay speaks of it, the SDK does not have it",
        "blocks.json.TextBlockParam.tone: beta only, but no header is known",
        "tools.json ToolParam: no longer in the SDK",
        'blocks.json TextBlockParam required: no longer in the SDK: "text"',
        "blocks.json TextBlockParam tone: new in the SDK",
        "models.yaml claude-opus-9: new in the SDK",
        "threads.py thread_tired: new in the SDK",
    ]


def test_drift_from_a_strange_sdk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> derive.Derivation:
        raise ValueError("no rule")

    monkeypatch.setattr(derivation, "derive", refuse)
    (difference,) = derive.find_differences()
    assert str(difference) == "schemas: the installed SDK is too different to compare: no rule"


def test_lost_places_stop_the_writing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"not in the SDK: Gone\.field"):
        derive.write(derive.Derivation({"a.json": {}}, ("Gone.field",)), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_rules_for_missing_places_are_named() -> None:
    rules = [{"at": ["A.x", "B"], "set": {"minimum": 1}, "source": "s"}]
    defs: Json = {"A": {"properties": {"x": {"type": "integer"}}}}
    assert list(overlay.apply_rules(defs, rules)) == ["B"]
    assert defs["A"]["properties"]["x"] == {"type": "integer", "minimum": 1}


def test_every_rule_has_a_source() -> None:
    rules = yaml.safe_load((SOURCES / "overlay.yaml").read_text())
    assert [rule for rule in rules["rules"] + rules["gates"] if not rule.get("source")] == []


def test_gates_name_known_betas() -> None:
    rules = yaml.safe_load((SOURCES / "overlay.yaml").read_text())
    assert {beta for gate in rules["gates"] for beta in gate["betas"]} <= schemas.known_betas()


def test_merging_marks_what_only_beta_has() -> None:
    ga = {"T": {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}, "required": ["a"]}}
    beta = copy.deepcopy(ga)
    beta["T"]["properties"] = {"a": {"type": "string", "enum": ["y", "x"]}, "b": {"type": "integer"}}
    properties = merge.merge(ga, beta)["T"]["properties"]
    assert properties["a"] == {"type": "string", "enum": ["x", "y"], "x-beta-enum": {"y": []}}
    assert properties["b"] == {"type": "integer", "x-beta": []}


def test_joined_objects_take_what_any_takes() -> None:
    user: Json = {"type": "object", "properties": {"role": {"const": "user", "type": "string"}}, "required": ["role"]}
    system = copy.deepcopy(user)
    system["properties"]["role"]["const"] = "system"
    assert merge.join([user, system])["properties"]["role"] == {"type": "string", "enum": ["user", "system"]}


@pytest.mark.parametrize(
    ("raw", "shaped"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["string", "null"]}),
        ({"anyOf": [{"enum": ["a"], "type": "string"}, {"type": "string"}]}, {"type": "string"}),
        (
            {"anyOf": [{"enum": ["a"], "type": "string"}, {"type": "null"}]},
            {"enum": ["a", None], "type": ["string", "null"]},
        ),
        (
            {"anyOf": [{"$ref": "#/$defs/T"}, {"type": "null"}]},
            {"type": ["object", "null"], "allOf": [{"if": {"type": "object"}, "then": {"$ref": "#/$defs/T"}}]},
        ),
        (
            {"anyOf": [{"items": {"type": "integer"}, "type": "array"}, {"const": "all", "type": "string"}]},
            {
                "items": {"type": "integer"},
                "type": ["array", "string"],
                "allOf": [{"if": {"type": "string"}, "then": {"enum": ["all"]}}],
            },
        ),
        ({"const": "t", "type": "string"}, {"const": "t"}),
        ({"additionalProperties": True, "type": "object"}, {"type": "object"}),
    ],
)
def test_shape_of_small_unions(raw: Json, shaped: Json) -> None:
    defs = {"T": {"type": "object", "properties": {"type": {"const": "t", "type": "string"}}, "required": ["type"]}}
    assert shape.Shaper(defs, ()).shape(raw) == shaped


def test_union_of_objects_maps_tags() -> None:
    defs = {
        name: {"properties": {"type": {"const": name.lower(), "type": "string"}}, "required": ["type"]} for name in "BA"
    }
    shaped = shape.Shaper(defs, ()).shape({"anyOf": [{"$ref": "#/$defs/B"}, {"$ref": "#/$defs/A"}]})
    assert shaped["x-tags"] == ["a", "b"]
    assert shaped["x-mapping"] == {"a": "#/$defs/A", "b": "#/$defs/B"}
    assert shaped["allOf"][0] == {
        "if": {"required": ["type"], "properties": {"type": {"const": "a"}}},
        "then": {"$ref": "#/$defs/A"},
    }


def test_published_constraints_find_their_type() -> None:
    published = constraints.Constraints(json.loads((SOURCES / "constraints.json").read_text()), {})
    assert published.find("ToolBash20250124Param") == ["BetaBashTool_20250124", "BashTool_20250124"]
    assert published.find("MCPToolsetParam") == ["BetaMCPToolset"]
    assert published.find("SomethingNewParam") == []


def test_constraints_reach_into_lists_and_nulls() -> None:
    published = constraints.Constraints(
        {
            "components": {
                "schemas": {
                    "Thing": {
                        "properties": {
                            "size": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                            "names": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}},
                        }
                    },
                    "Name": {"type": "string", "maxLength": 9},
                }
            }
        },
        {},
    )
    schema: Json = {
        "properties": {"size": {"type": ["integer", "null"]}, "names": {"type": "array", "items": {"type": "string"}}}
    }
    published.apply("ThingParam", schema)
    assert schema["properties"]["size"]["minimum"] == 1
    assert schema["properties"]["names"]["items"]["maxLength"] == 9


def test_failing_action_is_no_missing_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a bug of ours")

    monkeypatch.setitem(overlay._ACTIONS, "set", fail)
    with pytest.raises(KeyError, match="a bug of ours"):
        list(overlay.apply_rules({"A": {}}, [{"at": "A", "set": {}, "source": "s"}]))


def test_type_that_the_sdk_lacks_is_left_out() -> None:
    roots = {"Known": ("message.Message", "message.Message"), "Gone": ("no_module.Gone", "message.Gone")}
    assert "Known" in sdk.collect(roots, beta=False, names={})
    assert "Gone" not in {**sdk.collect(roots, beta=False, names={}), **sdk.collect(roots, beta=True, names={})}
