"""Loading: good files load, bad ones tell every mistake with its place, and both agree with the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Pace
from mockserver.scenarios import Extensions, ScenarioSet, Variables, choose, load, parse
from mockserver.scenarios.reading.source import read
from mockserver.wires import FAULTS, check_fault, parse_fault
from tests.fault_cases import NEEDED

DATA = Path(__file__).parent.parent / "data" / "scenarios"
GOOD = sorted(path for path in (DATA / "good").iterdir())
BAD = sorted((DATA / "bad").iterdir())
SCHEMAS = Path(__file__).parent.parent.parent / "schemas"
SCHEMA = json.loads((SCHEMAS / "mock/scenarios.json").read_text("utf-8"))
EXTENSIONS = Extensions(parse_fault=parse_fault)
# What a JSON Schema cannot say, or only a parser can.
BEYOND_SCHEMA = (
    "aliases",
    "default-template",
    "duplicate-key",
    "duplicate-name",
    "not-yaml",
    "regex",
    "tag",
    "templates",
    "unquoted",
    "unwritable-numbers",
)


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load([path], EXTENSIONS)
    folder = f"{path.parent}/"
    return [
        f"{problem.place.line}:{problem.place.column} {problem.message}".replace(folder, "")
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file_tells_every_mistake(path: Path) -> None:
    """The lines that begin with ``#!`` in a file are what must be said of it; behind … it is a library's to say."""
    expected = [line[3:].partition("…") for line in path.read_text("utf-8").splitlines() if line.startswith("#! ")]
    told = problems_of(path)
    assert [said[: len(known)] if cut else said for said, (known, cut, _) in zip(told, expected, strict=True)] == [
        known for known, _, _ in expected
    ]


@pytest.mark.parametrize("path", [path for path in BAD if path.stem not in BEYOND_SCHEMA], ids=lambda path: path.stem)
def test_schema_refuses_bad_file(path: Path) -> None:
    value = read(path.read_text("utf-8"), path.name).value
    assert not jsonschema_rs.is_valid(SCHEMA, value)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_good_file_loads(path: Path) -> None:
    assert isinstance(load([path], EXTENSIONS), ScenarioSet)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_schema_accepts_good_file(path: Path) -> None:
    value = read(path.read_text("utf-8"), path.name).value
    errors = [] if value is None else [error.message for error in jsonschema_rs.iter_errors(SCHEMA, value)]
    assert errors == []


def test_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("name", [*FAULTS, "disconect"])
def test_schema_and_loader_agree_on_faults(name: str) -> None:
    valid = jsonschema_rs.validator_for({"$defs": SCHEMA["$defs"], "$ref": "#/$defs/faults"}).is_valid
    keys = {key for kind in FAULTS.values() for key in kind.options} | {
        "after_events",
        "after_ms",
        "at_block",
        "at",
        "x",
    }
    values = [None, True, -1, 0, 1, 1.5, "", "a", "300ms", "1.5 s", "block 1", "block", "api_error", "usage", [1]]
    given: list[Any] = [name, {"then": name}, {"then": name, "after_events": 1, "at": "block 1"}]
    given += [{"then": name, **NEEDED.get(name, {}), key: value} for key in sorted(keys) for value in values]
    assert [one for one in given if valid(one) is bool(check_fault(one))] == []


def test_folder_is_read_in_name_order_without_subfolders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.json", ".hidden.yaml", "notes.txt", "sub/d.yaml"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'{{"scenarios": [{{"name": "{name}", "reply": "x"}}]}}', "utf-8")
    found = load([tmp_path])
    assert [scenario.name for scenario in found.scenarios] == ["a.yml", "b.yaml", "c.json"]
    assert found.files == tuple(str(tmp_path / name) for name in ("a.yml", "b.yaml", "c.json"))


def test_own_scenarios_come_before_included_ones() -> None:
    found = load([DATA / "good/with-include.yaml"])
    assert [scenario.name for scenario in found.scenarios] == ["common", "own", "merged", "not-first"]
    assert [scenario.priority for scenario in found.scenarios] == [5, 0, 0, -1]
    assert [Path(file).name for file in found.files] == ["with-include.yaml", "a-common.yml", "anchors.yaml"]


def test_files_that_include_each_other_load_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("include: b.yaml\nscenarios: [{name: a, reply: a}]", "utf-8")
    (tmp_path / "b.yaml").write_text("include: a.yaml\nscenarios: [{name: b, reply: b}]", "utf-8")
    assert [scenario.name for scenario in load([tmp_path]).scenarios] == ["a", "b"]


def test_defaults_fill_what_is_left_out() -> None:
    common, other = load([DATA / "good/a-common.yml"]).scenarios
    assert common.condition.source == {"model": "a-*", "user": "hello"}
    assert other.condition.source == {"model": "b"}
    said, failed = common.steps[0].constant, other.steps[0].constant
    assert said is not None
    assert failed is not None
    assert (said.headers, said.pace) == ({"x-a": "1", "x-b": "2"}, Pace(first=1.0))
    assert (failed.kind, failed.headers, failed.pace) == ("error", {"x-a": "1"}, Pace())


def test_defaults_may_hold_placeholders() -> None:
    source = "defaults: {answer: {headers: {x-said: '{{ prompt.user }}'}}}\nscenarios: [{reply: a}]"
    (scenario,) = parse(source, "given")
    prompt = Prompt({"messages": [{"role": "user", "content": "Hello"}]})
    assert scenario.steps[0].answer(Variables(prompt)).headers == {"x-said": "Hello"}


def test_words_of_yaml_1_1_stay_texts() -> None:
    off, dated = load([DATA / "good/plain-words.yaml"]).scenarios
    assert (off.name, dated.name) == ("off", "2026-11-23")
    assert [scenario.steps[0].constant.content[0]["text"] for scenario in (off, dated)] == ["no", "12:30"]  # type: ignore[union-attr]


def test_merge_keys_and_anchors() -> None:
    (merged,) = load([DATA / "good/anchors.yaml"]).scenarios
    assert merged.condition.source == {"user": "hello", "stream": False, "tools": ["a"]}
    assert len(merged.steps) == 2


def test_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"scenarios: [{reply: \xe9}]")
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path / "nothing.yaml", tmp_path / "latin.yaml"])
    assert [problem.message for problem in caught.value.problems] == [
        "the byte 0xe9 is no UTF-8 text: save this file as UTF-8",
        "this file cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"name": "one", "when": {"user": "hello"}, "reply": "hi"},
        {"scenarios": [{"name": "one", "when": {"user": "hello"}, "reply": "hi"}]},
        MappingProxyType({"name": "one", "when": {"user": ("bye", "hello")}, "calls": ("hi",)}),
        "name: one\nwhen: {user: hello}\nreply: hi",
        '{"scenarios": [{"name": "one", "when": {"user": "hello"}, "reply": "hi"}]}',
    ],
    ids=["one in Python", "several in Python", "other types", "one in YAML", "several in JSON"],
)
def test_documents_that_are_no_files(document: Mapping[str, Any] | str) -> None:
    (scenario,) = parse(document, "added")
    assert (scenario.name, scenario.counter) == ("one", "added#one")
    prompt = Prompt({"messages": [{"role": "user", "content": "Hello"}]})
    choice = choose(ScenarioSet(), prompt, {}, [scenario])
    assert choice.step is not None
    assert choice.step.answer(Variables(prompt)).content == ({"type": "text", "text": "hi"},)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"when": {"usr": "a"}, "reply": "b"}, 'when.usr: "usr" is no key of when: did you mean "user"?'),
        (
            {"scenarios": [{"calls": [{"error": 999}]}]},
            "scenarios[0].calls[0].error: expected one of the statuses 400,",
        ),
        ({"include": ["/etc/passwd"]}, "include[0]: include works in fixture files only"),
        (
            {"reply": {"raw": {"body_file": "/etc/passwd"}}},
            "reply.raw.body_file: body_file works in fixture files only",
        ),
    ],
    ids=["key", "deep", "include", "body_file"],
)
def test_mistakes_in_python_name_the_path(document: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(document, "added")
    assert caught.value.problems[0].message.startswith(message)
    assert str(caught.value.problems[0].place) == "added:1:1"


def test_alias_gives_the_same_value_again() -> None:
    shared = ", ".join(["*a"] * 1000)
    document = read(f"x-a: &a [{', '.join('x' * 90)}]\nx-b: [{shared}]\nscenarios: []", "shared.yaml")
    assert document.value["x-b"][999] is document.value["x-a"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [("\ud800", "not valid UTF-8"), (2**70, "exceeds 64-bit range"), ([[]], "Recursion limit")],
    ids=["half a character", "a large number", "lists in lists"],
)
def test_values_that_no_json_can_hold_are_refused(value: Any, reason: str) -> None:
    """A document given in Python may hold more than YAML."""
    for _ in range(240 if isinstance(value, list) else 0):
        value = [value]
    with pytest.raises(ScenarioError, match=f"added:1:1: reply: this cannot be written as JSON: .*{reason}"):
        parse({"reply": {"json": value}}, "added")


def test_aliases_cannot_explode() -> None:
    source = ["x-a: &a [x]", *(f"x-{n}: &{n} [*{n - 1 or 'a'}, *{n - 1 or 'a'}]" for n in range(1, 3000))]
    with pytest.raises(ScenarioError) as caught:
        read("\n".join(source), "bomb.yaml")
    (problem,) = caught.value.problems
    assert problem.place.line == 15


def test_recursive_alias_is_refused() -> None:
    with pytest.raises(ScenarioError, match="holds itself"):
        read("scenarios: &a [*a]", "loop.yaml")


@pytest.mark.parametrize("levels", [1100, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("[", "")])
def test_depth_is_bounded_before_the_parser_crashes(levels: int, opened: str, closed: str) -> None:
    with pytest.raises(ScenarioError, match=r"1:\d+: this is nested too deeply"):
        read(opened * levels + "a" + closed * levels, "deep.yaml")


def test_many_brackets_beside_each_other_are_not_deep() -> None:
    assert read("[" + "[{}], " * 2000 + "]", "wide.yaml").value == [[{}]] * 2000
    assert read("a:\n" + " " * 1000 + "- b", "wide.yaml").value == {"a": ["b"]}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("scenarios:\n\t- reply: a\n", "2:1: this is not YAML: found character that cannot start any token"),
        ("scenarios:\n\t- reply: a\n", "indent with spaces, not tabs"),
        ("scenarios: []\n---\nscenarios: []\n", "put what follows --- into a file of its own"),
        ("scenarios:\n  - when: {model: *}\n", "a text that begins with * needs quotes"),
        ("scenarios:\n  - reply: @a\n", "a text that begins with @ needs quotes"),
        ("scenarios:\n  - reply: Note: this\n", 'put a text that holds ": " in quotes: "Note: this"'),
        ('scenarios:\n  - reply: "hello\n', "2:12: this is not YAML: found unexpected end of stream"),
        ("scenarios:\n  - reply: a\x07b\n", "2:1: this is not YAML: '\\x07' cannot stand in it"),
        ("scenarios: " + "[" * 3000 + "]" * 3000, "this is nested too deeply"),
        ("scenarios:\n- when:\n  user: a\n  reply: b\n", "got nothing (what belongs to it is indented further)"),
        ("reply: a\n", 'scenarios stand in a list below the key "scenarios"'),
        ("scenarios: [{response: a}]", '"response" is no key of a scenario: did you mean "reply"?'),
        ("scenarios: [{reply: {text: a, delay: 3}}]", 'did you mean "pace"?'),
        ("scenarios: [{reply: {error: '529'}}]", "expected a type, or a status without quotes"),
        ("scenarios: [{reply: {text: a, fault: {disconnect: 3}}}]", "as in {then: disconnect}"),
        ("scenarios:\n- reply:\n    fault:\n      then: stall\n      fro: 3s\n", "5:7: unknown option 'fro' of stall"),
    ],
)
def test_mistakes_are_told_with_what_helps(tmp_path: Path, source: str, told: str) -> None:
    (tmp_path / "file.yaml").write_text(source, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path / "file.yaml"], EXTENSIONS)
    assert told in str(caught.value)
