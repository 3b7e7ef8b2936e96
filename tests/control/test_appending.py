"""Answers appended to a script of a session."""

from __future__ import annotations

import json

import pytest

from mockserver.scenarios import Variables
from tests.control.desk import Desk
from tests.scenarios.samples import prompt


def test_answers_are_appended(desk: Desk) -> None:
    desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": ["One."]})
    got = desk.ask("POST", "scenarios/mine/calls?session=t", b"text: Two.\ntimes: 3\n")
    assert (got.status, got.json["appended"], got.json["answers"]) == (201, 3, 4)
    (scenario,) = desk.compiler.scenarios_of(desk.store.scripts.current("t"))
    assert (scenario.name, scenario.length, len(scenario.steps)) == ("mine", 4, 2)
    endless = desk.ask("POST", "scenarios/mine/calls?session=t", [{"text": "On.", "times": "always"}])
    assert (endless.json["appended"], endless.json["answers"]) == (None, None)


def test_turns_are_appended(desk: Desk) -> None:
    desk.ask("POST", "scenarios?session=t", {"name": "loop", "turns": ["One."]})
    assert desk.ask("POST", "scenarios/loop/turns?session=t", b"Two.").json["answers"] == 2
    assert desk.ask("POST", "scenarios/loop/calls?session=t", b"Two.").status == 409


def test_answers_of_another_endpoint_are_appended(desk: Desk) -> None:
    counts = {"name": "counts", "when": {"endpoint": "count_tokens"}, "calls": [{"input_tokens": 1}]}
    desk.ask("POST", "scenarios?session=t", counts)
    assert desk.ask("POST", "scenarios/counts/calls?session=t", {"input_tokens": 2}).json["answers"] == 2
    refused = desk.ask("POST", "scenarios/counts/calls?session=t", b"Two.")
    assert (refused.status, "a mapping of" in json.dumps(refused.error)) == (400, True)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("scenarios/mine/calls", 400, "x-mock-session"),
        ("scenarios/other/calls?session=t", 404, "mine"),
        ("scenarios/flaky/calls?session=t", 404, "Scenarios of files stay"),
        ("scenarios/mine/calls?session=nobody", 404, "none"),
        ("scenarios/mine/turns?session=t", 409, "one of calls, not of turns"),
        ("scenarios/always/calls?session=t", 409, "given always"),
        ("scenarios/mine/calls?session=t&scope=server", 400, "Unknown key 'scope'"),
    ],
)
def test_what_cannot_grow_is_refused(desk: Desk, path: str, status: int, said: str) -> None:
    desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": ["One."]})
    desk.ask("POST", "scenarios?session=t", {"name": "always", "calls": [{"text": "One.", "times": "always"}]})
    got = desk.ask("POST", path, b"Two.")
    assert got.status == status
    assert said in json.dumps(got.error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"- {txt: x}\n", "text"),
        (b"calls: [One.]\n", "calls"),
        (b"- [", "YAML"),
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "list of answers"),
        (b"3", "expected"),
        (b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"- x\n" * 100_000, "too many values"),
        (b"- {text: '{{ nobody }}'}\n", "nobody"),
    ],
)
def test_broken_answers_are_refused(desk: Desk, body: bytes, said: str) -> None:
    desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": ["One."]})
    got = desk.ask("POST", "scenarios/mine/calls?session=t", body)
    assert got.status == 400
    assert said in json.dumps(got.error)
    assert desk.store.scripts.current("t").scripts[0].length == 1


def test_mistakes_name_their_place(desk: Desk) -> None:
    desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": ["One."]})
    got = desk.ask("POST", "scenarios/mine/calls?session=t", b"- One.\n- text: a\n  fault: explode\n")
    assert (got.error["problems"][0]["line"], got.error["problems"][0]["column"]) == (3, 10)


def test_answers_are_those_of_the_endpoint(desk: Desk) -> None:
    script = {"name": "count", "when": {"endpoint": "count_tokens"}, "calls": [{"input_tokens": 1}]}
    desk.ask("POST", "scenarios?session=t", script)
    assert desk.ask("POST", "scenarios/count/calls?session=t", b"input_tokens: 2").status == 201
    (scenario,) = desk.compiler.scenarios_of(desk.store.scripts.current("t"))
    assert scenario.steps[1].answer(Variables(prompt())).value == {"input_tokens": 2}
    refused = desk.ask("POST", "scenarios/count/calls?session=t", b"Two.").json
    assert "expected a mapping of input_tokens" in refused["error"]["message"]
