"""Any document: it loads or is refused with a place, and the schema never sees a mistake that loading lets through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Extensions, Step, Variables, parse
from mockserver.scenarios.format.answers import FIELDS as ANSWER_KEYS
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.deliveries import PACES
from mockserver.scenarios.matching.predicates import TEXT
from mockserver.wires import parse_fault

SCHEMA = json.loads((Path(__file__).parent.parent.parent / "schemas/mock/scenarios.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)

WORDS = [
    *TEXT,
    *PACES.fields,
    "at_least",
    "at_most",
    "for",
    "is_error",
    "type",
    "status",
    "name",
    "input",
    "query",
    "then",
]
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 600),
    st.floats(0, 2),
    st.sampled_from(
        ["a", "", "/a+/", "/(/", "{{ prompt.user }}", "{{ x", "none", "always", "20%", "300ms", "api_error"]
    ),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)),
    max_leaves=6,
)
ANSWERS = st.one_of(VALUES, st.dictionaries(st.sampled_from([*ANSWER_KEYS, "typo"]), VALUES, max_size=3))
CONDITIONS = st.one_of(VALUES, st.dictionaries(st.sampled_from([*WHEN.fields, "typo"]), VALUES, max_size=3))
SCENARIOS = st.fixed_dictionaries(
    {},
    optional={
        "when": CONDITIONS,
        "reply": ANSWERS,
        "turns": st.one_of(VALUES, st.lists(ANSWERS, max_size=3)),
        "calls": st.lists(ANSWERS, max_size=3),
        "priority": VALUES,
        "name": PLAIN,
    },
)
EXTENSIONS = Extensions(parse_fault=parse_fault)
PROMPT = Prompt({"model": "a", "messages": [{"role": "user", "content": "a"}]})


def problems_of(document: Any) -> tuple[Problem, ...]:
    """What is wrong with a document; nothing else than a ScenarioError may come of it."""
    try:
        parse(document, "any", EXTENSIONS)
    except ScenarioError as error:
        return error.problems
    return ()


def problem_of(step: Step) -> str:
    """Why a step cannot answer, or nothing."""
    try:
        step.answer(Variables(PROMPT))
    except ScenarioError as error:
        return error.problems[0].message
    return ""


@settings(max_examples=50)
@given(SCENARIOS)
def test_any_scenario_loads_or_is_refused(scenario: dict[str, Any]) -> None:
    document = {"scenarios": [scenario]}
    if problems_of(document):
        return
    assert VALIDATOR.is_valid(document)
    (loaded,) = parse(document, "any", EXTENSIONS)
    assert loaded.condition.matches(PROMPT) is (loaded.condition.differences(PROMPT) == ())
    for problem in map(problem_of, loaded.steps):
        assert "placeholder" in problem or not problem


@settings(max_examples=50)
@given(st.text(st.sampled_from("abc:-{}[]'\"\n #&*!<|>,?%@`"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(problem.place.file == "any" for problem in problems_of(text))
