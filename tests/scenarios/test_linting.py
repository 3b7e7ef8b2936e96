"""Lint: what loads, and yet cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.scenarios import Extensions, lint


def told(tmp_path: Path, source: str, extensions: Extensions | None = None) -> list[str]:
    path = tmp_path / "file.yaml"
    path.write_text(source, "utf-8")
    return [f"{problem.level[0]} {problem}".replace(f"{path}:", "") for problem in lint([path], extensions)]


CASES = {
    "catch-all first": (
        """
scenarios:
  - {name: all, reply: a}
  - {name: late, when: {user: b}, reply: b}
""",
        ['e 4:5: scenario "late" is never reached: "all" (3:5) always fits and never runs out'],
    ),
    "the same asked before": (
        """
scenarios:
  - {name: first, when: {user: b}, calls: [a, {text: b, times: always}]}
  - {name: second, when: {user: b, stream: true}, reply: b}
  - {name: third, when: {stream: true}, reply: b}
""",
        ['e 4:5: scenario "second" is never reached: "first" (3:5) asks for nothing more and never runs out'],
    ),
    "scripts that run out shadow nothing": (
        """
scenarios:
  - {name: first, calls: [a]}
  - {name: second, turns: [a, {text: b, times: 2}]}
  - {name: third, reply: {text: b, times: 2}}
  - {name: fourth, reply: b}
""",
        [],
    ),
    "a refusal leaves fallback models to those that name them": (
        """
scenarios:
  - {name: declined, when: {user: b}, reply: {refusal: "{{ prompt.user }}"}}
  - {name: taken over, when: {user: b, model: claude-opus-4-8}, reply: b}
  - {name: third, when: {user: b, stream: true}, reply: b}
""",
        ['e 5:5: scenario "third" is never reached: "declined" (3:5) asks for nothing more and never runs out'],
    ),
    "models that decline take over from nobody": (
        """
scenarios:
  - {name: declined, when: {model: "*"}, reply: {refusal: cyber}}
  - {name: late, when: {model: claude-opus-4-8}, reply: b}
""",
        ['e 4:5: scenario "late" is never reached: "declined" (3:5) asks for nothing more and never runs out'],
    ),
    "what is no refusal goes to no other model": (
        """
scenarios:
  - {name: all, reply: {text: a, stop_details: {type: refusal}, stop_reason: end_turn}}
  - {name: late, when: {model: claude-opus-4-8}, reply: b}
""",
        ['e 4:5: scenario "late" is never reached: "all" (3:5) always fits and never runs out'],
    ),
    "turns that never run out": (
        """
scenarios:
  - {name: all, turns: [{text: x, times: always}]}
  - {name: b, when: {user: q}, reply: never}
""",
        ['e 4:5: scenario "b" is never reached: "all" (3:5) always fits and never runs out'],
    ),
    "answers behind always": (
        """
scenarios:
  - calls:
      - {text: a, times: always}
      - never
""",
        ["e 5:9: this answer is never reached: one before it is given always"],
    ),
    "inputs against schemas": (
        """
tool_schemas:
  get: {type: object, properties: {n: {type: integer}}, required: [n], additionalProperties: false}
scenarios:
  - turns:
      - tool_use: {name: get, input: {n: many}}
      - tool_use: [get, {name: get, input: {n: 1, m: 2}}, {name: other, input: {}}]
      - content:
          - {type: tool_use, name: get, input: {n: "1"}}
          - {tool_use: {name: get, input: {n: "{{ turn }}"}}}
""",
        [
            "e 6:42: the input breaks the schema of the tool \"get\": 'many' is not of type 'integer'",
            "e 7:20: the input breaks the schema of the tool \"get\": 'n' is a required property",
            'e 7:44: the input breaks the schema of the tool "get": Additional properties are not allowed '
            "('m' was unexpected)",
            "e 9:52: the input breaks the schema of the tool \"get\": '1' is not of type 'integer'",
        ],
    ),
    "inputs of turns from the start": (
        """
tool_schemas: {get: {required: [n]}}
scenarios:
  - turns: {from: start, answers: [{tool_use: get}]}
""",
        ["e 4:47: the input breaks the schema of the tool \"get\": 'n' is a required property"],
    ),
    "no schema": (
        "tool_schemas: {get: {type: objekt}}",
        ["e 1:21: this is no JSON Schema: 'objekt' is not valid under any of the given schemas"],
    ),
    "tools that are not offered": (
        """
scenarios:
  - {name: a, when: {tools: [get]}, reply: {tool_use: [get, put]}}
  - {name: b, when: {tools: {all: [get], none: [x]}}, reply: {tool_use: put}}
  - {name: c, when: {tools: {any: [get]}}, reply: {tool_use: put}}
  - {name: d, when: {tools: "g*"}, reply: {tool_use: put}}
""",
        [
            'w 3:61: the tool "put" is called, but when.tools does not ask for it',
            'w 4:73: the tool "put" is called, but when.tools does not ask for it',
        ],
    ),
    "what load refuses too": (
        """
scenarios:
  - {name: a, reply: "{{ turm }}"}
  - {name: b, reply: b}
  - {name: c, when: {usr: a}, reply: c}
""",
        [
            'e 3:22: in a placeholder, "turm" is no name: did you mean "turn"?',
            'e 5:22: "usr" is no key of when: did you mean "user"?',
        ],
    ),
}


# An earlier condition, a later one, and whether the earlier one holds wherever the later one does.
SHADOWS: list[tuple[str, str, bool]] = [
    ("{model: '*'}", "{user: a}", True),
    ("{model: [gpt-*, '*'], key: '*'}", "{}", True),
    ("{headers: {x-a: '*'}}", "{}", False),
    ("{model: [claude-*, gpt-*]}", "{model: claude-*}", True),
    ("{model: claude-*}", "{model: [claude-opus-*, claude-haiku-4-5]}", True),
    ("{model: claude-*}", "{model: [claude-opus-*, gpt-5]}", False),
    ("{model: claude-opus-*}", "{model: claude-*}", False),
    ("{model: 'a?'}", "{model: ab}", True),
    ("{model: 'a?'}", "{model: 'a*'}", False),
    ("{model: 'a[1m]'}", "{model: a1}", False),
    ("{tools: [a]}", "{tools: [a, b]}", False),
    ("{tools: [a], stream: true}", "{tools: [a], stream: true, turn: 1}", True),
    ("{body: {$.a: 1}}", "{body: {$.a: true}}", False),
    ("{user: weather}", "{user: Weather in Oslo}", True),
    ("{user: weather in Oslo}", "{user: weather}", False),
    ("{user: [rain, weather]}", "{user: [weather in Oslo, heavy rain]}", True),
    ("{user: [rain, weather]}", "{user: [weather in Oslo, snow]}", False),
    ("{user: weather}", "{user: {starts_with: the weather, not: {contains: Oslo}}}", True),
    ("{user: weather}", "{user: {equals: [Weather, rain]}}", False),
    ("{user: weather}", "{user: {not: weather}}", False),
    ("{user: weather}", "{user: {any: [weather]}}", False),
    ("{user: weather}", "{user: /weather|rain/}", False),
    ("{user: /weather/}", "{user: weather}", False),
    ("{user: /weather/}", "{user: /weather/, stream: true}", True),
    ("{user: weather}", "{system: weather}", False),
    ("{system: 4}", "{system: 42}", False),
    ("{tool_result: sun}", "{tool_result: sunny}", True),
    ("{tool_result: sun}", "{tool_result: {for: a, contains: sunny}}", True),
    ("{tool_result: sun}", "{tool_result: true}", False),
]


@pytest.mark.parametrize(("earlier", "later", "shadows"), SHADOWS)
def test_lint_knows_what_asks_for_nothing_more(tmp_path: Path, earlier: str, later: str, shadows: bool) -> None:
    rules = f"scenarios: [{{name: a, when: {earlier}, reply: a}}, {{name: b, when: {later}, reply: b}}]"
    assert [': scenario "b" is never reached: "a"' in text for text in told(tmp_path, rules)] == [True] * shadows


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_lint_tells_what_cannot_be_meant(tmp_path: Path, source: str, expected: list[str]) -> None:
    assert told(tmp_path, source) == expected


def test_answers_are_held_against_the_response_schema(tmp_path: Path) -> None:
    checked = Extensions(
        check_answer=lambda answer, _: [(("content", 1, "type"), "is unknown")] if answer.content else []
    )
    source = """
scenarios:
  - reply: {content: [a, {type: txt}]}
    name: a
    when: {user: a}
  - reply: {content: [{web_search: {query: b}}, {type: txt}]}
    name: b
    when: {user: b}
  - {name: c, turns: ['{{ tool_result }}']}
"""
    assert told(tmp_path, source, checked) == [
        "e 3:33: the API would not answer this: content.1.type: is unknown",
        "e 6:12: the API would not answer this: content.1.type: is unknown",
    ]


def test_folder_without_scenario_files_is_told(tmp_path: Path) -> None:
    """A wrong folder would pass unseen."""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.yaml").write_text("scenarios: []")
    (told,) = lint([tmp_path])
    expected = "this folder holds no scenario file (.yaml, .yml or .json); those below it are not read"
    assert (told.place.file, told.message, told.level) == (str(tmp_path), expected, "warning")
    assert lint([tmp_path / "below"]) == []


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    (problem,) = lint([tmp_path / "nothing.yaml"])
    assert problem.message == "this file cannot be read: No such file or directory"


def test_schemas_of_tools_may_stand_in_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios: [{reply: {tool_use: get}}]", "utf-8")
    (tmp_path / "b.yaml").write_text("tool_schemas: {get: {required: [n]}}", "utf-8")
    (problem,) = lint([tmp_path])
    assert str(problem).endswith(
        "a.yaml:1:32: the input breaks the schema of the tool \"get\": 'n' is a required property"
    )
