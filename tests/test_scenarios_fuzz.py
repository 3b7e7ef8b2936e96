"""Any document: it loads or is refused with a place, and the schema never sees a mistake that loading lets through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.call import Prompt
from mockserver.delivery import parse_fault
from mockserver.errors import ScenarioError
from mockserver.reply import Answer
from mockserver.scenarios import Hooks, Variables, parse
from mockserver.scenarios.forms import KEYS as ANSWER_KEYS
from mockserver.scenarios.loading import SCENARIO
from mockserver.scenarios.matchers import KEYS as WHEN_KEYS
from mockserver.scenarios.paces import KEYS as PACE_KEYS
from mockserver.scenarios.predicates import TEXT

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas/mock/scenarios.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)

WORDS = [
    *TEXT,
    *PACE_KEYS,
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
WHEN = st.one_of(VALUES, st.dictionaries(st.sampled_from([*WHEN_KEYS, "typo"]), VALUES, max_size=3))
SCENARIOS = st.fixed_dictionaries(
    {},
    optional={
        "when": WHEN,
        "reply": ANSWERS,
        "turns": st.one_of(VALUES, st.lists(ANSWERS, max_size=3)),
        "calls": st.lists(ANSWERS, max_size=3),
        "priority": VALUES,
        "name": PLAIN,
    },
)
PROMPT = Prompt({"model": "a", "messages": [{"role": "user", "content": "a"}]})


@settings(max_examples=50, deadline=None)
@given(SCENARIOS)
def test_any_scenario_loads_or_is_refused(scenario: dict[str, Any]) -> None:
    document = {"scenarios": [scenario]}
    is_valid = VALIDATOR.is_valid(document)
    try:
        (loaded,) = parse(document, "any", Hooks(parse_fault=parse_fault))
    except ScenarioError as error:
        assert all(problem.message for problem in error.problems)
        return
    assert is_valid
    assert isinstance(loaded.condition.matches(PROMPT), bool)
    assert len(loaded.condition.differences(PROMPT)) <= len(loaded.condition.checks)
    for entry in loaded.entries:
        try:
            assert isinstance(entry.answer(Variables(PROMPT)), Answer)
        except ScenarioError as error:
            assert "placeholder" in str(error)


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("abc:-{}[]'\"\n #&*!<|>,?%@`"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse(text, "any"), tuple)
    except ScenarioError as error:
        assert error.problems[0].place.file == "any"


def test_table_of_scenario_keys_is_used() -> None:
    assert {"when", "reply", "turns", "calls", "priority", "name"} < set(SCENARIO)
