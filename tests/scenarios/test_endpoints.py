"""Scenarios for other endpoints than that of messages: which may answer where, and what is a mistake in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver.derive.scenarios import schema
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Fault
from mockserver.scenarios import NO_SCENARIOS, choose, condition, lint, parse, unmatched_message
from mockserver.serving.assembly import HOOKS
from mockserver.wires import FAULTS, strikes_any

PAGE = (Path(__file__).parent.parent.parent / "docs/scenarios.md").read_text("utf-8")
COUNT = {"endpoint": "count_tokens"}
MODEL = {"endpoint": "models/{id}"}
MODELS = {"endpoint": "models"}


def read(when: dict[str, Any], reply: Any, script: str = "reply") -> list[str]:
    """The mistakes in a scenario."""
    try:
        parse({"name": "it", "when": when, script: reply}, "given", HOOKS)
    except ScenarioError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("when", "reply"),
    [
        (COUNT, {"input_tokens": 0}),
        (COUNT, {"context_management": {"original_input_tokens": 7}, "input_tokens": "{{ call }}"}),
        (COUNT, {"error": 529, "headers": {"x-a": "b"}, "pace": {"first": "1s"}, "fault": "disconnect", "times": 2}),
        (COUNT, {"raw": {"status": 204}}),
        (COUNT, {}),
        ({"endpoint": ["messages", "count_tokens"]}, {"error": "overloaded_error"}),
        ({"endpoint": ["messages"]}, "Hello."),
        ({"endpoint": ["count_tokens", "messages/count_tokens"]}, {"input_tokens": 1}),
        (MODELS, {"json": {"data": []}}),
        (MODELS, {"json": {"data": [{"id": "a", "max_tokens": None}], "has_more": True, "last_id": None}}),
        (MODELS, {"json": {"data": [{"id": "{{ session }}"}]}}),
        (MODEL, {"json": {"display_name": "A", "retires_at": "2027-01-01T00:00:00Z", "capabilities": {}}}),
        ({"endpoint": "messages", "wire": ["chat", "messages"]}, "Hello."),
        ({**MODEL, "path": "/v1/models/a", "headers": {"x-a": True}, "key": "k*"}, {"json": {"line": None}}),
    ],
)
def test_endpoint_may_say_this(when: dict[str, Any], reply: Any) -> None:
    assert read(when, reply) == []


@pytest.mark.parametrize(
    ("when", "reply", "told"),
    [
        (COUNT, "Hello.", "expected a mapping of input_tokens, context_management, error, raw"),
        (COUNT, "{{ prompt.user }}", "expected a mapping of input_tokens"),
        (COUNT, {"text": "Hello."}, '"text" is no key of an answer of messages/count_tokens'),
        (COUNT, {"input_token": 1}, 'did you mean "input_tokens"?'),
        (COUNT, {"input_tokens": -1}, "expected a whole number from 0"),
        (COUNT, {"context_management": {"applied_edits": []}}, '"applied_edits" is no key of context_management'),
        (COUNT, {"json": {"input_tokens": 1}}, '"json" is no key of an answer of messages/count_tokens'),
        (COUNT, {"input_tokens": 1, "error": 529}, "either error or input_tokens, not both"),
        (COUNT, {"input_tokens": 1, "raw": {"body": "x"}}, "either raw or input_tokens, not both"),
        (COUNT, {"raw": {"body": "x"}, "error": 529}, "either error or raw, not both"),
        (COUNT, {"fault": "pings"}, "pings strikes messages alone, and this is an answer of messages/count_tokens"),
        (COUNT, {"fault": {"then": "zero_usage"}}, "zero_usage strikes messages alone"),
        (COUNT, {"usage": {"input_tokens": 1}}, '"usage" is no key'),
        ({"endpoint": ["messages", "count_tokens"]}, "Hello.", "expected a mapping of literal, error, raw, headers"),
        ({"endpoint": ["models", "count_tokens"]}, {"json": {}}, "of models and messages/count_tokens"),
        ({}, {"input_tokens": 1}, '"input_tokens" is for count_tokens: add endpoint: count_tokens'),
        (
            {"endpoint": "messages"},
            {"text": "a", "context_management": {"original_input_tokens": 1}},
            '"context_management" is for',
        ),
        ({"path": "/v1/messages/count_tokens"}, {"input_tokens": 1}, "add endpoint: count_tokens to when"),
        (MODELS, {"json": []}, "expected a mapping"),
        (MODELS, {"json": {"data": [{"display_name": "A"}]}}, "with its id"),
        (MODELS, {"json": {"data": [{"id": "a", "max_token": 1}]}}, 'did you mean "max_tokens"?'),
        (MODELS, {"json": {"max_tokens": 1}}, '"max_tokens" is no key of a list of models'),
        (MODEL, {"json": {"data": []}}, '"data" is no key of a model'),
        (MODEL, {"json": {"lifecycle": "dead"}}, "expected active or deprecated or retired"),
        (MODEL, {"json": {"created_at": "today"}}, "expected a time such as"),
        ({**MODELS, "user": "x"}, {}, "user looks at a conversation, and models gets none"),
        ({"endpoint": ["models", "models/{id}"], "turn": 1}, {}, "turn looks at a conversation"),
        ({**MODELS, "assistant_turns": 1}, {}, "assistant_turns looks at a conversation"),
        ({"endpoint": "count_token"}, {"input_tokens": 1}, 'did you mean "count_tokens"?'),
        ({"endpoint": "tokens"}, {}, '"tokens" is no endpoint: did you mean "count_tokens"?'),
        ({"endpoint": ["count_tokens", "nothing"]}, {}, '"nothing" is no endpoint'),
        ({"endpoint": "chat"}, {}, "scenarios for messages answer at chat/completions too; for that one"),
        ({"endpoint": ["models", "chat/completions"]}, {}, "write wire: chat"),
        ({**MODELS, "wire": "chat"}, {}, "wire looks at a conversation, and models gets none"),
        ({"wire": "responses"}, "Hello.", "expected messages or chat"),
        ({"endpoint": 5}, {}, "expected messages or messages/count_tokens or count_tokens"),
        ({"endpoint": []}, {}, "expected messages or"),
        ({"endpoint": {"a": 1}}, {}, "expected messages or"),
    ],
)
def test_mistake_is_told(when: dict[str, Any], reply: Any, told: str) -> None:
    (message,) = read(when, reply)
    assert told in message


def test_turns_need_a_conversation() -> None:
    assert read(COUNT, [{"input_tokens": 1}, {"input_tokens": 2}], "turns") == []
    (message,) = read(MODELS, [{}], "turns")
    assert message.endswith("turns count in a conversation, and models gets none: use calls")


@pytest.mark.parametrize("name", FAULTS)
def test_fault_for_any_answer_strikes_whole_ones(name: str) -> None:
    problems = read(COUNT, {"fault": {"then": name, **({"bytes": 1} if name == "split" else {})}})
    assert problems or FAULTS[name].whole


def test_page_lists_the_faults_for_any_answer() -> None:
    section = PAGE.partition("### Other endpoints\n")[2].partition("any kind:")[2].partition(". ")[0]
    assert {name for name in FAULTS if f"`{name}`" in section} == {name for name in FAULTS if strikes_any(Fault(name))}


@pytest.mark.parametrize(
    ("scenario", "is_sound"),
    [
        ({"when": COUNT, "reply": "Hello."}, False),
        ({"when": COUNT, "calls": [{"text": "Hello."}]}, False),
        ({"when": COUNT, "turns": [{"input_tokens": 1}, {"error": 529}]}, True),
        ({"when": MODELS, "reply": {"json": {"data": []}}}, True),
        ({"when": MODEL, "reply": {"input_tokens": 1}}, False),
        ({"when": {"endpoint": "messages"}, "reply": "Hello."}, True),
        ({"when": {"endpoint": "tokens"}, "reply": {}}, False),
    ],
)
def test_editor_knows_what_an_endpoint_may_say(scenario: dict[str, Any], is_sound: bool) -> None:
    assert jsonschema_rs.is_valid(schema(), {"scenarios": [scenario]}) is is_sound


def test_mistake_beside_defaults_is_told() -> None:
    document = {"defaults": {"when": {"user": "x"}}, "scenarios": [{"when": MODELS, "reply": {}}]}
    with pytest.raises(ScenarioError, match="user looks at a conversation"):
        parse(document, "given", HOOKS)
    document = {
        "defaults": {"when": COUNT},
        "scenarios": [{"reply": "Hi"}, {"when": {"endpoint": "messages"}, "reply": "Hi"}],
    }
    with pytest.raises(ScenarioError) as raised:
        parse(document, "given", HOOKS)
    (problem,) = raised.value.problems
    assert problem.message.startswith("scenarios[0].reply: expected a mapping of input_tokens")


def test_mistake_has_its_place(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(
        "scenarios:\n  - when: {endpoint: count_tokens}\n    calls:\n      - {input_tokens: 1}\n      - Hello\n"
    )
    assert [str(problem).partition(": ")[0] for problem in lint([file], HOOKS)] == [f"{file}:5:9"]


def test_defaults_of_messages_are_left_out() -> None:
    answer = {
        "headers": {"x-a": "b"},
        "model": "{{ prompt.model }}",
        "usage": {"input_tokens": 1},
        "pace": {"first": 1},
    }
    document = {"defaults": {"answer": answer}, "scenarios": [{"when": COUNT, "reply": {"input_tokens": 5}}]}
    (scenario,) = parse(document, "given", HOOKS)
    found = scenario.steps[0].constant
    assert found is not None
    assert (found.kind, found.value, found.headers, found.model) == ("value", {"input_tokens": 5}, {"x-a": "b"}, None)
    assert found.pace is not None
    assert found.pace.first == 1


SCENARIOS = parse(
    {
        "scenarios": [
            {"name": "any path", "when": {"method": "GET"}, "reply": {"raw": {"body": "x"}}},
            {"name": "message", "reply": "Hello."},
            {"name": "count", "when": COUNT, "reply": {"input_tokens": 1}},
            {"name": "both", "when": {"endpoint": ["messages", "models"]}, "reply": {"error": 529}},
        ]
    },
    "given",
    HOOKS,
)


@pytest.mark.parametrize(
    ("endpoint", "names"),
    [
        ("messages", ["any path", "message", "both"]),
        ("messages/count_tokens", ["any path", "count"]),
        ("models", ["any path", "both"]),
        ("models/{id}", ["any path", "both"]),
        ("", ["any path"]),
    ],
)
def test_scenarios_answer_at_their_endpoints(endpoint: str, names: list[str]) -> None:
    assert [each.name for each in SCENARIOS if each.answers_at(endpoint)] == names


def test_scenario_of_another_endpoint_neither_answers_nor_is_told() -> None:
    count = [each for each in SCENARIOS if each.name == "count"]
    assert choose(NO_SCENARIOS, Prompt({}), {}, count).scenario is None
    assert choose(NO_SCENARIOS, Prompt({}, endpoint="messages/count_tokens"), {}, count).scenario is count[0]
    assert "there are none" in unmatched_message(NO_SCENARIOS, Prompt({}), {}, count)


def test_condition_tells_the_endpoint() -> None:
    wanted = condition({"endpoint": ["count_tokens", "models"]})
    assert wanted.differences(Prompt({})) == ("endpoint: expected to be count_tokens or models, got messages",)
    assert wanted.matches(Prompt({}, endpoint="models/{id}"))
    (told,) = wanted.differences(Prompt({}, endpoint=""))
    assert told.endswith("got a path that has none")


@pytest.mark.parametrize(
    ("earlier", "later", "is_hidden"),
    [
        ("{}", "{endpoint: count_tokens}", False),
        ("{endpoint: count_tokens}", "{}", False),
        ("{endpoint: messages}", "{}", True),
        ("{endpoint: [messages, count_tokens]}", "{user: x}", True),
        ("{endpoint: models}", '{endpoint: "models/{id}"}', True),
        ('{endpoint: "models/{id}"}', "{endpoint: models}", False),
        ("{endpoint: count_tokens}", "{endpoint: messages/count_tokens, user: x}", True),
        ("{endpoint: count_tokens, user: x}", "{endpoint: count_tokens}", False),
        ('{method: "*"}', "{endpoint: count_tokens}", True),
        ("{endpoint: count_tokens}", "{path: /v1/messages/count_tokens}", False),
    ],
)
def test_hidden_scenario_is_found(tmp_path: Path, earlier: str, later: str, is_hidden: bool) -> None:
    file = tmp_path / "file.yaml"
    reply = "reply: {error: 529}"
    file.write_text(f"scenarios:\n  - {{name: a, when: {earlier}, {reply}}}\n  - {{name: b, when: {later}, {reply}}}\n")
    problems = lint([file], HOOKS)
    assert [problem.message.startswith('scenario "b" is never reached') for problem in problems] == [True] * is_hidden
