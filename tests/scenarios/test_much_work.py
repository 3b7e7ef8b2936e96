"""Choosing among many scenarios for a large request: counted in steps, and explained in few words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from mockserver.records.budget import LIMITS, guard
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import ScenarioSet, choose, explain, parse, unmatched_message

LARGE = "Hello there. " * 80_000
BLOCKS = [{"type": "image", "source": {"media_type": "image/png"}}] * 2_000


@pytest.fixture(autouse=True)
def _clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only steps can end the work."""
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: 0.0)


def load(number: int, when: dict[str, Any]) -> ScenarioSet:
    (scenario,) = parse({"when": when, "reply": "x"}, "file.yaml")
    return ScenarioSet(tuple(replace(scenario, name=f"s{at}") for at in range(number)))


def ask(user: Any = "hi", **body: Any) -> Prompt:
    return Prompt({"model": "m", "messages": [{"role": "user", "content": user}]} | body)


CASES = [
    pytest.param({"system": "zebra"}, ask(system=LARGE), id="system"),
    pytest.param({"system": {"not": {"any": ["hello", {"all": ["there", "/zz/"]}]}}}, ask(system=LARGE), id="nested"),
    pytest.param({"user": "/hello.{3}zebra|x/i"}, ask(LARGE), id="pattern"),
    pytest.param({"system": [f"zebra {at}" for at in range(3_000)]}, ask(system="Hello."), id="many texts"),
    pytest.param({"model": "*a*b*c*z*"}, ask(model="abcd" * 100_000), id="glob"),
    pytest.param({"any_message": "zebra"}, ask(LARGE), id="any_message"),
    pytest.param({"images": 7}, ask(BLOCKS), id="images"),
    pytest.param({"tools": ["a*"]}, ask(tools=[{"name": f"b{at}"} for at in range(1_000)]), id="tools"),
    pytest.param({"body": {"$..zebra": True}}, ask([{"type": "text", "text": "a"}] * 1_000), id="body"),
    pytest.param({"body": {"system": {"contains": ["zebra", "lion"]}}}, ask(system=LARGE), id="plain path"),
]


@pytest.mark.parametrize(("when", "prompt"), CASES)
def test_conditions_on_large_requests_take_steps(when: dict[str, Any], prompt: Prompt) -> None:
    few, many = load(3, when), load(10_000, when)
    with guard():
        assert choose(few, prompt, {}).scenario is None
    if "body" in when and "$..zebra" in when["body"]:
        # One path is searched once, for however many scenarios.
        with guard():
            assert choose(many, prompt, {}).scenario is None
        return
    with guard(), pytest.raises(ScenarioError, match=f"more than {LIMITS.request_steps:,} steps: the request is too"):
        choose(many, prompt, {})


@pytest.mark.parametrize(("when", "prompt"), CASES)
def test_explaining_takes_steps_of_its_own_and_few_words(when: dict[str, Any], prompt: Prompt) -> None:
    many = load(10_000, when)
    with guard():
        message = unmatched_message(many, prompt, {})
    assert "the nearest of " in message
    assert "of 10000:" in message
    assert len(message) < 10_000
    with guard():
        misses, left_out = explain(many, prompt, {})
    assert 1 < len(misses) <= 100
    assert left_out == 10_000 - len(misses)
    assert sum(len(str(miss)) for miss in misses) < 300_000


def test_explaining_says_how_many_it_compared() -> None:
    with guard():
        message = unmatched_message(load(10_000, {"system": "zebra"}), ask(system=LARGE), {})
    assert message.startswith(
        "No scenario fits this request. What differs from the nearest of the first 51 of 10000:\n"
    )


def test_small_requests_are_compared_with_all_of_many_scenarios() -> None:
    with guard():
        message = unmatched_message(load(10_000, {"user": "zebra", "stream": True}), ask(), {})
    assert message.startswith("No scenario fits this request. What differs from the nearest of 10000:\n")


def test_differences_are_cut() -> None:
    tools = [{"name": f"tool_{'x' * 10_000}_{at}"} for at in range(1_000)]
    scenarios = load(1, {"tools": [f"name_{at}" for at in range(10_000)], "model": [f"m{at}" for at in range(10_000)]})
    with guard():
        (miss,), _ = explain(scenarios, ask(tools=tools), {})
    assert [len(difference) <= 1_000 for difference in miss.differences] == [True, True]


def test_offered_tools_are_listed_to_a_bound() -> None:
    with guard():
        (miss,), _ = explain(load(1, {"tools": ["a"]}), ask(tools=[{"name": f"b{at}"} for at in range(50)]), {})
    assert miss.differences[0].endswith("b18, b19, and 30 more")


def test_repeated_text_finds_each_scenario_once() -> None:
    """Each piece of the text may be one for which all scenarios are filed."""
    many = load(1_000, {"user": "aaaaaa", "stream": True})
    assert len(many.index._find_numbers("a" * 20_000)) <= 2_000


def test_many_short_texts_are_looked_up() -> None:
    document = {"scenarios": [{"name": f"s{at}", "when": {"user": f"{at:03}"}, "reply": "x"} for at in range(1_000)]}
    many = ScenarioSet(tuple(parse(document, "file.yaml")))
    with guard():
        assert [each.name for each in many.index.candidates(ask("say 123, " * 50_000))] == ["s123"]
        found = choose(many, ask("say 777"), {}).scenario
    assert found is not None
    assert found.name == "s777"
