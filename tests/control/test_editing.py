"""What those need who edit scenarios: checks without adding, and the schema; files are in tests/serving/editing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.control.masking import _NAMED, _mask_named, hide_secrets, list_secrets
from tests.control.desk import Desk

WARNED = """\
scenarios:
  - name: first
    when: {tools: [weather]}
    reply: {tool_use: rain}
  - name: second
    when: {tools: [weather]}
    reply: x
"""


def test_scenarios_are_checked_and_not_added(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?check=true&session=t", WARNED.encode())
    assert (got.status, [row["name"] for row in got.json["checked"]]) == (200, ["first", "second"])
    assert [(row["line"], row["column"]) for row in got.json["warnings"]] == [(4, 23), (5, 5)]
    assert 'the tool "rain" is called, but when.tools does not ask for it' in got.json["warnings"][0]["message"]
    assert "never reached" in got.json["warnings"][1]["message"]
    assert (desk.scripts_of("t"), desk.store.sessions.names()) == ([], ())


def test_one_scenario_is_checked_as_well(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?check=1", b"name: a\nwhen: {tools: [x]}\nreply: {tool_use: y}")
    assert (got.status, len(got.json["warnings"])) == (200, 1)


def test_check_is_true_or_false(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?check=maybe", b"name: a\nreply: b")
    assert (got.status, got.error["message"]) == (400, "check is 'maybe'.")


@pytest.mark.parametrize(
    "body", [b"{name: a, reply: {txt: x}}", b"scenarios: [", b"", b"\xff\xfe", b"[" * 5000 + b"]" * 5000, b"3"]
)
def test_mistakes_are_those_of_adding(desk: Desk, body: bytes) -> None:
    checked = desk.ask("POST", "scenarios?check=true&session=t", body)
    added = desk.ask("POST", "scenarios?session=t", body)
    same = {key: added.error[key] for key in added.error if key != "message"}
    assert (checked.status, {key: checked.error[key] for key in same}) == (added.status, same)


def test_flag_is_true_or_false(desk: Desk) -> None:
    assert desk.ask("POST", "scenarios?check=maybe", b"{name: a, reply: x}").status == 400
    assert desk.ask("POST", "scenarios?check=false&session=t", b"{name: a, reply: x}").status == 201


def test_large_texts_are_not_linted(desk: Desk) -> None:
    """Each scenario is held against all others."""
    many = {"scenarios": [{"name": f"s{number}", "reply": "x"} for number in range(501)]}
    got = desk.ask("POST", "scenarios?check=true", many)
    assert (got.status, len(got.json["checked"]), len(got.json["warnings"])) == (200, 501, 1)
    assert "mockserver check" in got.json["warnings"][0]["message"]


def test_schema_is_that_of_the_editor(desk: Desk) -> None:
    got = desk.ask("GET", "schema/scenarios.json", check=False)
    assert got.json == json.loads((Path(__file__).parents[2] / "schemas/mock/scenarios.json").read_text("utf-8"))
    assert got.headers["content-type"] == "application/schema+json"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("x-api-key: abcdefgh", "x-api-key: ***"),
        ('{"x-api-key": "abcdefgh", a: b}', '{"x-api-key": ***, a: b}'),
        ("access_token: 'abc def'", "access_token: ***"),
        ("access_token: {{ env }}", "access_token: {{ env }}"),
        ("access_token: [a]", "access_token: [a]"),
        ("max_tokens: 100", "max_tokens: 100"),
        ("input_tokens: 100", "input_tokens: 100"),
        ("text: a key: b", "text: a key: b"),
    ],
)
def test_values_at_names_of_secrets_are_masked(line: str, shown: str) -> None:
    assert _NAMED.sub(_mask_named, line) == shown


@pytest.mark.parametrize(
    ("when", "shown", "secrets"),
    [
        ({"key": "sk-ant-1234567890"}, {"key": "***"}, ["sk-ant-1234567890"]),
        ({"key": "sk-*", "session": "demo"}, {"key": "sk-*", "session": "demo"}, []),
        ({"headers": {"x-api-key": ["a1b2", "c3"]}}, {"headers": {"x-api-key": ["***", "***"]}}, ["a1b2", "c3"]),
        ({"headers": {"x-pin-token": 84, "x-a": 1}}, {"headers": {"x-pin-token": "***", "x-a": 1}}, ["84"]),
        ({"headers": {"authorization": True}}, {"headers": {"authorization": True}}, []),
        ({"body": {"$.a.password": {"is": "b"}}}, {"body": {"$.a.password": {"is": "***"}}}, ["b"]),
        ({"user": "my password", "max_tokens": 5}, {"user": "my password", "max_tokens": 5}, []),
    ],
)
def test_what_conditions_want_of_secrets_is_hidden(
    when: dict[str, object], shown: dict[str, object], secrets: list[str]
) -> None:
    assert (hide_secrets(when), list_secrets(when)) == (shown, secrets)
