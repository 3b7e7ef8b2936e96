"""What fixtures want and what requests hold is told without secrets: by ``check``, in misses and in differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.records.prompt import Prompt
from mockserver.scenarios import condition
from mockserver.scenarios.linting import lint
from mockserver.scenarios.reading.node import excerpt

SECRET = "Zq7hunterWx9Kp2m001"
PASSWORD = {"password": SECRET}


def check(tmp_path: Path, source: str) -> str:
    file = tmp_path / "a.yaml"
    file.write_text(source)
    return "\n".join(map(str, lint([file])))


@pytest.mark.parametrize(
    ("given", "schema"),
    [
        (PASSWORD, {"properties": {"password": {"type": "integer"}}}),
        (PASSWORD, {"properties": {"password": {"enum": [f"{SECRET}x"]}}}),
        (PASSWORD, {"properties": {"password": {"const": f"{SECRET}x"}}}),
        ({"password": "short"}, {"properties": {"password": {"pattern": f"^{SECRET}$"}}}),
        ({"user": PASSWORD}, {"properties": {"user": {"type": "string"}}}),
        ({"user": PASSWORD}, {"properties": {"user": {"const": {"password": f"{SECRET}x"}}}}),
        ({"auth": [SECRET]}, {"properties": {"auth": {"items": {"const": f"abc{SECRET}"}}}}),
        ({"list": ["--password", SECRET]}, {"properties": {"list": {"type": "string"}}}),
        ({"list": ["--password", SECRET]}, {"properties": {"list": {"items": {"maxLength": 3}}}}),
        (
            {"a": {"name": "x-api-key", "value": SECRET}},
            {"properties": {"a": {"properties": {"value": {"type": "null"}}}}},
        ),
        ({f"password: {SECRET}": 1}, {"additionalProperties": False}),
        (PASSWORD, {"properties": {"password": {"type": [SECRET]}}}),
        (PASSWORD, {"properties": {"password": {"enum": SECRET}}}),
    ],
)
def test_input_that_breaks_its_schema_is_told_without_secrets(tmp_path: Path, given: Any, schema: Any) -> None:
    scenario = {"name": "a", "reply": {"tool_use": {"name": "x", "input": given}}}
    schemas = {"x": {"type": "object", **schema}}
    shown = check(tmp_path, yaml.safe_dump({"scenarios": [scenario], "tool_schemas": schemas}))
    assert "schema" in shown.lower()
    assert "Zq7hunter" not in shown


def test_other_breaches_are_told_in_full(tmp_path: Path) -> None:
    scenario = {"name": "a", "reply": {"tool_use": {"name": "x", "input": {"city": "Paris"}}}}
    schemas = {"x": {"properties": {"city": {"type": "integer"}}}}
    shown = check(tmp_path, yaml.safe_dump({"scenarios": [scenario], "tool_schemas": schemas}))
    assert "'Paris' is not of type 'integer'" in shown


def test_tag_that_is_rather_a_secret_is_not_repeated(tmp_path: Path) -> None:
    shown = check(tmp_path, f"scenarios:\n  - when: {{key: !{SECRET} foo}}\n    reply: hi\n")
    assert "is not known here" in shown
    assert SECRET not in shown
    assert "!ref" in check(tmp_path, "scenarios:\n  - reply: !ref foo\n")


@pytest.mark.parametrize("before", ["", "x" * 25, "x" * 40, "x" * 45, "x" * 55])
def test_texts_are_masked_before_they_are_cut(before: str) -> None:
    for value in (f'{before} password: "{SECRET}"', [before, {"password": SECRET}], f"{before} sk-ant-{SECRET}"):
        assert "Zq7" not in excerpt(value)


WHENS: list[dict[str, Any]] = [
    {"body": {f"$.x[?@.password == '{SECRET}'].a": "foo"}},
    {"body": {f"$.x[?'{SECRET}' == @['password']].a": "foo"}},
    {"body": {f'$.x[?match(@.token, "{SECRET}")].a': "foo"}},
    {"session": SECRET},
]


@pytest.mark.parametrize("when", WHENS)
def test_conditions_are_told_without_secrets(when: dict[str, Any]) -> None:
    (told,) = condition(when).differences(Prompt({"x": []}, session="other"))
    assert "expected" in told
    assert SECRET not in told


def test_paths_without_secrets_are_told_in_full() -> None:
    for path in ("$.x[?@.name == 'foo'].a", "$['metadata']['api_key']", "$.metadata.user_id"):
        (told,) = condition({"body": {path: "foo"}}).differences(Prompt({}))
        assert path in told
