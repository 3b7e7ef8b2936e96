"""Choosing: the first that fits, scripts that run out, the index, and the words for what does not fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.records.budget import LIMITS, guard
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import NOTHING, Choice, ScenarioSet, choose, explain, parse, take, unmatched_message


def prompt(text: str = "hello", turns: int = 0, **body: Any) -> Prompt:
    messages: list[dict[str, Any]] = [{"role": "user", "content": text}]
    for turn in range(turns):
        messages += [
            {"role": "assistant", "content": [{"type": "tool_use", "id": f"t{turn}", "name": "a", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": f"t{turn}", "content": "x"}]},
        ]
    return Prompt({"model": "claude-x", "messages": messages, **body})


def loaded(*scenarios: dict[str, Any]) -> ScenarioSet:
    return ScenarioSet(parse({"scenarios": list(scenarios)}, "file.yaml"))


def said(choice: Choice) -> str | None:
    if choice.step is None or choice.step.constant is None:
        return None
    return str(choice.step.constant.content[0]["text"])


def test_first_that_fits_answers() -> None:
    scenarios = loaded(
        {"when": {"user": "bye"}, "reply": "a"}, {"when": {"user": "hello"}, "reply": "b"}, {"reply": "c"}
    )
    assert said(choose(scenarios, prompt(), {})) == "b"
    assert said(choose(scenarios, prompt("other"), {})) == "c"


def test_priority_goes_before_order() -> None:
    scenarios = loaded({"reply": "a"}, {"reply": "b", "priority": 1}, {"reply": "c", "priority": -1})
    assert said(choose(scenarios, prompt(), {})) == "b"


def test_added_scenarios_go_before_files() -> None:
    added = parse({"when": {"user": "hello"}, "reply": "added"}, "added")
    scenarios = loaded({"reply": "file", "priority": 9})
    assert said(choose(scenarios, prompt(), {}, added)) == "added"
    assert said(choose(scenarios, prompt("bye"), {}, added)) == "file"


def test_nothing_fits() -> None:
    assert choose(loaded({"when": {"user": "bye"}, "reply": "a"}), prompt(), {}) == NOTHING
    assert choose(ScenarioSet(), prompt(), {}) is NOTHING


def test_turns_go_by_position_alone() -> None:
    scenarios = loaded({"turns": ["a", {"text": "b", "times": 2}]}, {"reply": "run out"})
    choices = [choose(scenarios, prompt(turns=turns), {}) for turns in (0, 1, 2, 3, 0)]
    assert [said(choice) for choice in choices] == ["a", "b", "b", "run out", "a"]
    assert [choice.counter is None for choice in choices] == [False] * 5
    assert [choice.position for choice in choices] == [0, 1, 2, 0, 0]


def talk(*roles: str) -> Prompt:
    """A conversation: texts ``u`` and ``a``, a tool use ``t``, its result ``r``, a paused answer ``p``."""
    contents = {
        "t": [{"type": "tool_use", "id": "t", "name": "a", "input": {}}],
        "r": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}],
        "p": [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}],
    }
    names = {"u": "user", "r": "user", "s": "system"}
    return Prompt(
        {"messages": [{"role": names.get(role, "assistant"), "content": contents.get(role, role)} for role in roles]}
    )


TALKS = [
    # the conversation, the turns after the last user text, all assistant turns
    ("u", 0, 0),
    ("uau", 0, 1),
    ("utrtr", 2, 2),
    ("uauautrtr", 2, 4),
    ("uaau", 0, 1),
    ("uasau", 0, 1),
    ("ua", 0, 0),
    ("uaua", 0, 1),
    ("up", 1, 1),
    ("uaupp", 2, 3),
    ("r", 0, 0),
    ("trtr", 2, 2),
]


@pytest.mark.parametrize(("roles", "turn", "all_turns"), TALKS, ids=[case[0] for case in TALKS])
def test_turns_count_from_the_user_text_or_from_the_start(roles: str, turn: int, all_turns: int) -> None:
    answers = [str(number) for number in range(6)]
    for script, position in (
        (answers, turn),
        ({"answers": answers}, turn),
        ({"from": "user", "answers": answers}, turn),
        ({"from": "start", "answers": answers}, all_turns),
    ):
        scenarios = loaded({"turns": script})
        assert said(choose(scenarios, talk(*roles), {})) == str(position)
        assert said(take(scenarios, talk(*roles), (), lambda *_, **__: 0)) == str(position)
    for key, number in (("turn", turn), ("assistant_turns", all_turns)):
        assert choose(loaded({"when": {key: number}, "reply": "a"}), talk(*roles), {}) is not NOTHING
        assert choose(loaded({"when": {key: number + 1}, "reply": "a"}), talk(*roles), {}) is NOTHING


def test_turns_of_a_thread_count_its_history() -> None:
    sent, history = talk("u"), tuple(talk("u", "a", "u", "a").messages)
    (asked, told) = loaded({"turns": {"from": "start", "answers": ["a", "b", "c"]}}), Prompt(sent.body, history=history)
    assert said(choose(asked, told, {})) == "c"


def test_what_ran_out_says_from_where_it_counts() -> None:
    (miss,), _ = explain(loaded({"turns": {"from": "start", "answers": ["a"]}}), talk(*"uauau"), {})
    (difference,) = miss.differences
    assert (
        difference == "turns: the script holds 1 turn, this is turn 2 since the conversation's start (counted from 0)"
    )


MISTAKES = [
    ({"from": "end", "answers": ["a"]}, 'from: expected user or start, got "end"'),
    ({"from": "start"}, 'turns needs "answers": {from: start, answers: […]}'),
    ({"from": "start", "answer": ["a"]}, 'did you mean "answers"?'),
    ({"from": "start", "answers": []}, "answers: expected a list of answers, got []"),
    ({"from": "start", "answers": "a"}, 'such as ["a"]'),
    ({"answers": ["a"], "times": 2}, '"times" is no key of turns'),
    ({"from": "start", "answers": [{"txt": "a"}]}, 'turns.answers[0].txt: "txt" is no key of an answer'),
    ({"text": "a"}, "turns: expected a list of answers, got"),
    (None, "turns: expected a list of answers, got nothing"),
]


@pytest.mark.parametrize(("script", "words"), MISTAKES)
def test_mistakes_in_turns_are_told(script: Any, words: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        loaded({"turns": script})
    (problem,) = raised.value.problems
    assert words.partition(": ")[2] in problem.message or words in problem.message


def test_paused_answers_sent_back_count_as_turns() -> None:
    """A client that goes on after ``pause_turn`` sends the answer back at the end; a prefill is no answer."""
    searched = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    paused = {"role": "assistant", "content": [searched]}
    user = {"role": "user", "content": "hello"}
    cases = [[user], [user, paused], [user, paused, paused], [user, {"role": "assistant", "content": "Well"}]]
    scenarios = loaded({"turns": ["a", "b", "c"]})
    choices = [choose(scenarios, Prompt({"messages": messages}), {}) for messages in cases]
    assert [choice.position for choice in choices] == [0, 1, 2, 0]


def test_calls_go_by_what_was_used() -> None:
    scenarios = loaded({"name": "flaky", "calls": ["a", "b"]}, {"name": "rest", "reply": "run out"})
    used: dict[str, int] = {}
    told, positions = [], []
    for _ in range(4):
        choice = choose(scenarios, prompt(), used)
        assert choice.counter is not None
        positions.append(choice.position)
        used[choice.counter] = used.get(choice.counter, 0) + 1
        told.append(said(choice))
    assert told == ["a", "b", "run out", "run out"]
    assert positions == [0, 1, 0, 0]
    assert used == {"file.yaml#flaky": 2, "file.yaml#rest": 2}


def test_choosing_changes_nothing() -> None:
    scenarios, used = loaded({"calls": ["a", "b"]}), dict[str, int]()
    assert said(choose(scenarios, prompt(), used)) == said(choose(scenarios, prompt(), used)) == "a"
    assert used == {}


TEXTS = st.text("abß ", max_size=14)
WANTED = st.one_of(
    TEXTS,
    st.fixed_dictionaries({"equals": TEXTS}),
    st.fixed_dictionaries({"any": st.lists(TEXTS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"all": st.lists(TEXTS, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"not": TEXTS}),
    st.fixed_dictionaries({"starts_with": TEXTS, "ends_with": TEXTS}),
    st.just("/a+b/"),
)


@settings(max_examples=50)
@given(st.lists(WANTED, max_size=12), TEXTS, st.sampled_from(["", " filler" * 40]))
def test_index_finds_what_a_search_finds(wanted: list[Any], text: str, filler: str) -> None:
    scenarios = loaded(*({"when": {"user": test}, "reply": str(number)} for number, test in enumerate(wanted)))
    given = prompt(text + filler)
    first = next((one for one in scenarios.scenarios if one.condition.matches(given)), None)
    assert choose(scenarios, given, {}).scenario is first


def thousand(number: int = 1000) -> ScenarioSet:
    return loaded(
        *(
            {"name": f"s{at}", "when": {"model": "claude-*", "user": f"case {at}."}, "reply": str(at)}
            for at in range(number)
        )
    )


def test_thousand_scenarios_are_not_all_tried() -> None:
    """What it costs in time is measured by ``make bench``; here, how few are looked at."""
    many, last = thousand(1000), prompt("Please answer case 999. now")
    assert said(choose(many, last, {})) == "999"
    assert len(list(many.index.candidates(last))) < 10


def test_long_text_among_thousand_scenarios() -> None:
    given = prompt("lorem ipsum " * 10_000 + "case 777.")
    assert said(choose(thousand(), given, {})) == "777"


def test_explanation_of_a_thousand_is_quick() -> None:
    scenarios = thousand()
    unmatched_message(scenarios, prompt("hello"), {})
    message = unmatched_message(scenarios, prompt("case 500"), {})
    assert message.splitlines()[1] == '  1. s500 (file.yaml:1): user: expected to contain "case 500.", got "case 500"'


def test_explanation_stops_at_the_scenario_that_answered() -> None:
    scenarios = loaded(*({"name": name, "when": {"user": name}, "reply": "x"} for name in ("a", "hello", "c")))
    found = scenarios.scenarios[1]
    assert [miss.name for miss in explain(scenarios, prompt("hello"), {}, until=found)[0]] == ["a"]
    assert [miss.name for miss in explain(scenarios, prompt("hello"), {})[0]] == ["a", "c"]


def test_every_scenario_that_does_not_fit_is_explained() -> None:
    scenarios = loaded(
        {"name": "far", "when": {"user": "bye", "stream": True, "model": "gpt-*"}, "reply": "a"},
        {"name": "near", "when": {"user": "hello", "stream": True}, "reply": "a"},
        {"name": "used", "calls": ["a", "b"]},
        {"name": "talked", "turns": ["a"]},
        {"name": "fits", "when": {"turn": 2}, "reply": "a"},
    )
    misses, left_out = explain(scenarios, prompt(turns=2), {"file.yaml#used": 2})
    assert ([miss.name for miss in misses], left_out) == (["used", "talked", "near", "far"], 0)
    assert [miss.differences for miss in misses[:3]] == [
        ("calls: the script has run out, after 2 answers in this session",),
        ("turns: the script holds 1 turn, this is turn 2 (counted from 0)",),
        ("stream: expected to be true, got false",),
    ]
    assert explain(scenarios, prompt(turns=2), {"file.yaml#used": 2}, most=3) == (misses[:3], 1)


def test_text_that_is_alike_is_nearer_than_keys_that_any_request_meets() -> None:
    scenarios = loaded(
        {"name": "any", "when": {"user": "say goodbye", "turn": {"at_most": 3}, "stream": False}, "reply": "a"},
        {"name": "alike", "when": {"user": "weather in Narvik"}, "reply": "a"},
    )
    misses, _ = explain(scenarios, prompt("weather in Bergen"), {})
    assert [miss.name for miss in misses] == ["alike", "any"]


def test_unmatched_message_names_the_three_nearest() -> None:
    scenarios = loaded(
        {"name": "weather", "when": {"user": "weather in Oslo"}, "reply": "a"},
        {"name": "other", "when": {"user": "something else"}, "reply": "a"},
        {"name": "pirate", "when": {"system": "/pirate/", "user": "weather"}, "reply": "a"},
        {"name": "last", "when": {"user": "zzz", "stream": True}, "reply": "a"},
    )
    assert unmatched_message(scenarios, prompt("How is the weather?"), {}) == (
        "No scenario fits this request. What differs from the nearest of 4:\n"
        '  1. pirate (file.yaml:1): system: expected to match /pirate/, got ""\n'
        '  2. weather (file.yaml:1): user: expected to contain "weather in Oslo", got "How is the weather?"\n'
        '  3. other (file.yaml:1): user: expected to contain "something else", got "How is the weather?"'
    )


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        (ScenarioSet(), "No scenario fits this request: there are none."),
        (loaded({"when": {"user": "x"}, "reply": "a"}), "What differs from the one there is:"),
    ],
)
def test_unmatched_message_counts(scenarios: ScenarioSet, message: str) -> None:
    assert message in unmatched_message(scenarios, prompt(), {})
    hint = "None was added for its key (or x-mock-session), but another session has some: "
    assert hint in unmatched_message(scenarios, prompt(), {}, elsewhere=True)
    advised = unmatched_message(scenarios, prompt(), {}, elsewhere=True, advice="Ask again.")
    assert advised.endswith("Ask again.")
    assert hint not in advised


def test_many_scenarios_share_the_time_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    many = loaded(*({"when": {"user": f"/word {number}/"}, "reply": "x"} for number in range(200)))
    with guard():
        assert choose(many, prompt(), {}).scenario is None
        monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: 10**9)
        with pytest.raises(ScenarioError, match=f"more than {LIMITS.seconds:g} seconds: 100 scenarios were tried"):
            choose(many, prompt(), {})
