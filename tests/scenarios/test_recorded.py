"""``when: {recorded: N}``: what may stand beside it, how it is found among many, and mistakes in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mockserver.recordings.normalising import normalise
from mockserver.records import patterns
from mockserver.records.budget import guard
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import ScenarioSet, choose, condition, explain, load, parse, unmatched_message
from tests.recordings.making import JSON, MESSAGE, ask, record, respond, save_cassette

CODE = "x-anthropic-billing-header: cc_version=2.1.{}; cc_entrypoint=cli; cch={};"


def load_cassette(folder: Path, *bodies: Mapping[str, Any], words: str = "") -> ScenarioSet:
    exchanges = [record(respond(MESSAGE, JSON), dict(body), number=at) for at, body in enumerate(bodies, 1)]
    lines = [
        f"  - {{name: t{at}, when: {{{words}recorded: {at}}}, reply: {{text: A}}}}\n" for at, _ in enumerate(bodies, 1)
    ]
    path = save_cassette(folder, exchanges, "".join(lines), replay="content")
    # As it was recorded on 2026-11-30.
    side = folder / "weather.exchanges.jsonl"
    side.write_text(side.read_text("utf-8").replace('"at":null', '"at":"2026-11-30T16:20:11Z"'), "utf-8")
    return load([path])


def choose_name(scenarios: ScenarioSet, body: Mapping[str, Any], **words: Any) -> str | None:
    chosen = choose(scenarios, Prompt(body, **words), {}).scenario
    return chosen.name if chosen else None


def say(text: str, **more: Any) -> dict[str, Any]:
    return ask(text, **more)


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("user: Today is 2026-11-30, ", True),
        ("model: claude-sonnet-4-5, turn: 0, ", True),
        ("any_message: {equals: 'Today is 2026-11-30'}, body: {$.max_tokens: 100}, ", True),
        # What somebody changed must hold of what comes.
        ("user: tomorrow, ", False),
        ("user: 2031, ", True),
        ("turn: 1, ", False),
        # Where it goes is no part of what was recorded.
        ("session: b, ", False),
        ("headers: {x-a: b}, ", False),
    ],
)
def test_words_beside_it_are_those_of_the_recording(tmp_path: Path, words: str, is_found: bool) -> None:
    scenarios = load_cassette(tmp_path, say("Today is 2026-11-30"), words=words)
    assert choose_name(scenarios, say("Today is 2031-05-06")) == ("t1" if is_found else None)
    assert choose_name(scenarios, say("Yesterday was 2031-05-06")) is None


@pytest.mark.parametrize("others", [0, 9])
def test_days_beside_each_other_are_told_apart(tmp_path: Path, others: int) -> None:
    """Of requests that differ in days near the recording, the one with the very day answers; later the first one."""
    days = ["2026-11-29", "2026-11-30", "2026-12-01"]
    further = [say(f"Number {at}") for at in range(others)]
    scenarios = load_cassette(tmp_path, *[say(f"Rain on {day}?") for day in days], *further)
    assert [choose_name(scenarios, say(f"Rain on {day}?")) for day in days] == ["t1", "t2", "t3"]
    assert choose_name(scenarios, say("Rain on 2031-05-06?")) == "t1"
    assert choose_name(scenarios, say("Rain on Sunday?")) is None
    # Today is told as well: then it is the distance between both that counts.
    folder = tmp_path / "today"
    folder.mkdir()
    told = [say(f"Rain on {day}?", system=f"Now: 2026-11-30 16:20:1{at}") for at, day in enumerate(days)]
    scenarios_of_then = load_cassette(folder, *told, *further)
    for now, later in (("2026-11-30", days), ("2031-05-06", ["2031-05-05", "2031-05-06", "2031-05-07"])):
        asked = [say(f"Rain on {day}?", system=f"Now: {now} 09:01:02") for day in later]
        assert [choose_name(scenarios_of_then, each) for each in asked] == ["t1", "t2", "t3"]
    # The same in a cassette of one session.
    chosen = choose(ScenarioSet(), Prompt(say(f"Rain on {days[2]}?")), {}, scenarios.scenarios).scenario
    assert chosen is not None
    assert chosen.name == "t3"


def test_session_of_claude_code_is_found_again(tmp_path: Path) -> None:
    """Another day, version, checksum, user, marks for caching, ids and signatures."""

    def session(version: str, day: str, id_: str, mark: int) -> dict[str, Any]:
        cached = {"cache_control": {"type": "ephemeral"}}
        reminder = f"<system-reminder>\n# currentDate\nToday's date is {day}.\n</system-reminder>"
        thought = {"type": "thinking", "thinking": "Hm.", "signature": f"EqQB{id_}"}
        return {
            "model": "claude-sonnet-5",
            "max_tokens": 32000,
            "metadata": {"user_id": f"user_{id_}_account__session_{id_}"},
            "stream": True,
            "system": [
                {"type": "text", "text": CODE.format(version, id_[:5])},
                {"type": "text", "text": "You code.", **cached},
            ],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": reminder}, {"type": "text", "text": "List."}]},
                {
                    "role": "assistant",
                    "content": [thought, {"type": "tool_use", "id": f"toolu_{id_}", "name": "ls", "input": {}}],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": f"toolu_{id_}",
                            "content": "a.py",
                            **(cached if mark else {}),
                        }
                    ],
                },
            ],
        }

    one = session("198.716", "2026-11-30", "01A09q90qw90lq917835lq9", 0)
    other = session("233.223", "2026-12-24", "01D7FLrfh4GYq7yT1ULFeyMV", 1)
    scenarios = load_cassette(tmp_path, one)
    assert choose_name(scenarios, other) == "t1"
    other["messages"][2]["content"][0]["content"] = "b.py"
    assert choose_name(scenarios, other) is None


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests that were made canonical."""
    made: list[Any] = []

    def count(asked: Any, *words: Any) -> Any:
        made.append(asked)
        return normalise(asked, *words)

    monkeypatch.setattr("mockserver.recordings.comparing.normalise", count)
    return made


def test_request_is_made_canonical_once_however_many_were_recorded(tmp_path: Path, counted: list[Any]) -> None:
    scenarios = load_cassette(tmp_path, *(say(f"Question {number}") for number in range(200)))
    with guard():
        assert choose_name(scenarios, say("Question 150")) == "t151"
    assert len(counted) == 200 + 1
    counted.clear()
    for number in (0, 77, 199):
        with guard():
            assert choose_name(scenarios, say(f"Question {number}")) == f"t{number + 1}"
    assert len(counted) == 3
    with guard():
        assert choose_name(scenarios, say("Something else")) is None
    # Once more without secrets.
    assert len(counted) == 5


def test_others_are_tried_in_their_order_beside_recorded_ones(tmp_path: Path) -> None:
    load_cassette(tmp_path, *(say(f"Question {number}") for number in range(5)))
    (tmp_path / "a.yaml").write_text(
        "scenarios:\n  - {name: any, priority: -1, reply: Any}\n  - {name: q, when: {user: question 3}, reply: Q}\n"
    )
    scenarios = load([tmp_path])
    assert [choose_name(scenarios, say(f"Question {number}")) for number in (2, 3, 7)] == ["t3", "q", "any"]


def test_nearest_is_that_whose_conversation_agrees_longest(tmp_path: Path) -> None:
    def talk(*texts: str) -> dict[str, Any]:
        roles = ("user", "assistant")
        return say("", messages=[{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)])

    scenarios = load_cassette(
        tmp_path,
        talk("Hello", "Hi", "How is the weather in Oslo?"),
        talk("Hello"),
        talk("Hello", "Hi", "Tell me a joke."),
        talk("Good day", "Hi", "How is the weather in Rome?"),
    )
    body = talk("Hello", "Hi", "How is the weather in Rome?")
    misses, _ = explain(scenarios, Prompt(body), {})
    ranked = sorted(misses, key=lambda miss: miss.distance)
    assert [miss.name for miss in ranked] == ["t1", "t3", "t2", "t4"]
    said = unmatched_message(scenarios, Prompt(body), {})
    assert "1. t1 (" in said
    assert "messages[2].content[0].text\n     - How is the weather in Oslo?\n     + How is the weather in Rome?" in said


@pytest.mark.parametrize("change", ["question", "result"])
def test_nearest_turn_of_an_agent_is_that_of_the_same_work(tmp_path: Path, change: str) -> None:
    """Its last message is the result of a tool; the first message may differ."""

    def work(question: str, tool: str, result: str) -> dict[str, Any]:
        used = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": {}}
        given = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": result}]}
        talk = [("user", question), ("assistant", [used]), ("user", [given])]
        return say("", messages=[{"role": role, "content": content} for role, content in talk])

    scenarios = load_cassette(
        tmp_path,
        work("Tell me a joke.", "get_joke", "A dog walks into a bar."),
        work("How is the weather in Oslo?", "get_weather", "It rains, at 4 °C."),
        work("How is the weather in Oslo?", "get_weather", "It snows, at -9 °C."),
    )
    changed = {
        "question": work("What about Rome?", "get_weather", "It rains, at 4 °C."),
        "result": work("How is the weather in Rome?", "get_weather", "It rains, at 5 °C."),
    }
    misses, _ = explain(scenarios, Prompt(changed[change]), {})
    assert [miss.name for miss in sorted(misses, key=lambda miss: miss.distance)] == ["t2", "t3", "t1"]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("7", "there is no exchange 7 in weather.exchanges.jsonl: its exchanges are 1 to 2, 4"),
        ("0", "recorded: expected the number of an exchange in the side file, got 0"),
        ("one", 'recorded: expected the number of an exchange in the side file, got "one"'),
        ("true", "recorded: expected the number of an exchange in the side file, got true"),
    ],
)
def test_number_that_is_none_is_a_mistake(tmp_path: Path, recorded: str, expected: str) -> None:
    exchanges = [record(respond(MESSAGE, JSON), say("a"), number=number) for number in (1, 2, 4)]
    line = f"  - name: a\n    when: {{recorded: {recorded}}}\n    reply: {{text: A}}\n"
    with pytest.raises(ScenarioError) as caught:
        load([save_cassette(tmp_path, exchanges, line, replay="content")])
    (problem,) = caught.value.problems
    assert (problem.place.line, problem.message) == (5, expected)


def test_it_works_in_cassettes_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("scenarios:\n  - {name: a, when: {recorded: 1}, reply: A}\n", "utf-8")
    expected = "recorded names an exchange of a cassette, and this is none: it works in files with the key cassette"
    for make in (
        lambda: load([path]),
        lambda: parse({"when": {"recorded": 1}, "reply": "A"}, "x"),
        lambda: condition({"recorded": 1}),
    ):
        with pytest.raises(ScenarioError, match=expected):
            make()


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("volatile: ['a(']", "this is no regular expression: missing ) at position 2"),
        ("volatile: [b, '[']", "this is no regular expression"),
        ("redact: ['a(']", "redact: /a(/ is no regular expression"),
        ("redact: ['$.[']", "redact: $.[ is no JSONPath"),
        ("ignore: [dats]", "expected betas or billing_header or cache_control"),
    ],
)
def test_mistakes_in_match_are_told(tmp_path: Path, match: str, expected: str) -> None:
    path = save_cassette(tmp_path, [record(respond(MESSAGE, JSON), say("a"))])
    path.write_text(f"match: {{{match}}}\n{path.read_text('utf-8')}", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load([path])
    (problem,) = caught.value.problems
    assert problem.place.line == 1
    assert expected in problem.message


@pytest.mark.parametrize("number", [1, 6])
def test_pattern_that_takes_too_long_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Whether the recorded request or the one that comes is slow to search, in a few scenarios and in an index."""
    monkeypatch.setattr(patterns, "seconds_left", lambda: 0.05)
    for slow, asked in (("a!", "a" * 5_000 + "?"), ("a" * 5_000 + "!", "a?")):
        load_cassette(tmp_path, *(say(f"{at}{slow}") for at in range(number)))
        path = tmp_path / "weather.yaml"
        path.write_text(f"match: {{volatile: ['(?:a|aa|aaa)*$']}}\n{path.read_text('utf-8')}", "utf-8")
        scenarios = load([path])
        with guard(), pytest.raises(ScenarioError, match="takes too long"):
            choose_name(scenarios, say(asked))
        with guard(), pytest.raises(ScenarioError, match="takes too long"):
            unmatched_message(scenarios, Prompt(say(asked)), {})
