"""Cassettes: scenario files with a side file, what is wrong with them, and how their answers are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Pace
from mockserver.scenarios import Extensions, FileReader, Variables, load, parse
from mockserver.wires import parse_fault
from tests.recordings.making import JSON, MESSAGE, ask, record, respond, save_cassette

EXCHANGES = [
    record(respond(MESSAGE, JSON, first=0.5), ask(f"Question {number}"), number=number) for number in (1, 2, 3)
]
WORDS = "reply: {text: It rains., pace: {first: 800ms}, headers: {x-a: b}, recorded: 1}"


def load_answer(path: Path, replay: str = "") -> Answer:
    (scenario,) = load([path], Extensions(parse_fault=parse_fault, replay=replay)).scenarios
    return scenario.steps[0].answer(Variables(Prompt(ask())))


def save(folder: Path, scenario: str, replay: str = "content", head: str = "") -> Path:
    path = save_cassette(folder, EXCHANGES, f"  - {{name: a, {scenario}}}\n", replay=replay)
    path.write_text(head + path.read_text("utf-8"), "utf-8")
    return path


def problems_of(*paths: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load(paths, Extensions(parse_fault=parse_fault))
    return [f"{each.place.line} {each.message}".replace(f"{paths[0].parent}/", "") for each in caught.value.problems]


@pytest.mark.parametrize(
    ("replay", "kind", "pace", "is_timed"),
    [
        ("content", "message", None, False),
        ("paced", "message", Pace(first=0.8), False),
        ("exact", "recorded", Pace(first=0.8), True),
    ],
)
@pytest.mark.parametrize("by_option", [False, True])
def test_words_are_given_unless_replay_is_exact(
    tmp_path: Path, replay: str, kind: str, pace: Pace | None, is_timed: bool, by_option: bool
) -> None:
    """The option stands above what the file says."""
    path = save(tmp_path, WORDS, "content" if by_option and replay != "content" else replay)
    answer = load_answer(path, replay if by_option else "")
    assert (answer.kind, answer.pace, answer.is_timed) == (kind, pace, is_timed)
    assert answer.headers == {"x-a": "b"}
    assert answer.recorded is not None, "words have the form of the recording"


@pytest.mark.parametrize(
    ("replay", "words", "pace", "is_timed"),
    [
        ("content", "", None, False),
        ("content", ", pace: {first: 1s}", None, False),
        ("paced", "", None, True),
        ("paced", ", pace: {first: 1s}", Pace(first=1.0), False),
        ("paced", ", pace: none", Pace(), False),
        ("exact", "", None, True),
    ],
)
def test_recorded_alone_is_the_recording(
    tmp_path: Path, replay: str, words: str, pace: Pace | None, is_timed: bool
) -> None:
    answer = load_answer(save(tmp_path, f"reply: {{recorded: 2, fault: html_page, times: 3{words}}}", replay))
    assert answer.kind == "recorded"
    assert answer.recorded is not None
    assert answer.recorded.id == 2
    assert [fault.then for fault in answer.faults] == ["html_page"]
    assert (answer.pace, answer.is_timed) == (pace, is_timed)


def test_without_times_there_is_no_pace_of_the_recording(tmp_path: Path) -> None:
    path = save_cassette(tmp_path, [record(respond(MESSAGE, JSON), ask())], replay="paced")
    assert not load_answer(path).is_timed


def test_defaults_hold_for_recorded_answers(tmp_path: Path) -> None:
    """Those of a file are its author's own words: its pace and headers; what shapes a message says nothing."""
    head = "defaults: {answer: {pace: {first: 2s}, headers: {x-b: c}, model: other}}\n"
    answer = load_answer(save(tmp_path, "reply: {recorded: 1, headers: {x-a: b}}", head=head))
    assert (answer.kind, answer.pace, answer.model) == ("recorded", Pace(first=2.0), None)
    assert answer.headers == {"x-a": "b", "x-b": "c"}


@pytest.mark.parametrize(
    ("scenario", "problem"),
    [
        ("reply: {recorded: 9}", "4 there is no exchange 9 in weather.exchanges.jsonl: its exchanges are 1 to 3"),
        (
            "reply: {text: Hi, recorded: 9}",
            "4 there is no exchange 9 in weather.exchanges.jsonl: its exchanges are 1 to 3",
        ),
        ("calls: [{recorded: 1}, {recorded: 9}]", "4 there is no exchange 9 in weather.exchanges.jsonl: its"),
        ("reply: {recorded: 0}", "4 recorded: expected the number of an exchange in the side file, got 0"),
        ("reply: {recorded: one}", '4 recorded: expected the number of an exchange in the side file, got "one"'),
        (
            "reply: {recorded: '{{ 1 }}'}",
            '4 recorded: expected the number of an exchange in the side file, got "{{ 1 }}"',
        ),
        ("reply: {recorded: 1, usage: {output_tokens: 2}}", '4 "usage" says nothing beside recorded, where no content'),
        ("reply: {recorded: 1, model: a}", '4 "model" says nothing beside recorded, where no content is said'),
    ],
)
def test_mistake_in_recorded_is_told(tmp_path: Path, scenario: str, problem: str) -> None:
    assert problems_of(save(tmp_path, scenario))[0].startswith(problem)


@pytest.mark.parametrize("words", [{"recorded": 1}, {"text": "Hi", "recorded": 1}])
@pytest.mark.parametrize("script", ["reply", "calls"])
def test_recorded_needs_a_cassette(words: dict[str, Any], script: str) -> None:
    with pytest.raises(ScenarioError, match="recorded works in cassettes alone: files of scenarios that have the key"):
        parse({"name": "a", script: words if script == "reply" else [words]}, "test.py")


def test_scenarios_sent_to_a_server_are_no_cassettes() -> None:
    text = "cassette: {exchanges: a.exchanges.jsonl}\nscenarios: [{reply: {recorded: 1}}]\n"
    with pytest.raises(ScenarioError) as caught:
        parse(text, "sent")
    assert [each.message for each in caught.value.problems] == ["cassette works in fixture files only"]


def test_defaults_have_no_recorded_answer(tmp_path: Path) -> None:
    path = save(tmp_path, "reply: Hi", head="defaults: {answer: {recorded: 1}}\n")
    assert problems_of(path)[0].startswith('1 "recorded" is no key of defaults.answer')


def test_missing_side_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = save(tmp_path, "reply: {recorded: 1}")
    (tmp_path / "weather.exchanges.jsonl").unlink()
    assert problems_of(path) == [
        "1 there is no file weather.exchanges.jsonl beside this one: a cassette is both files. Bring it from where it "
        "was recorded, or delete this one and record it again"
    ]


def test_broken_side_file_is_told_with_both_lines(tmp_path: Path) -> None:
    path = save(tmp_path, "reply: {recorded: 1}", head="# A remark\n")
    side = tmp_path / "weather.exchanges.jsonl"
    side.write_bytes(side.read_bytes() + b"{}\n")
    (problem,) = problems_of(path)
    assert problem.startswith(
        "2 weather.exchanges.jsonl: line 4 is no recorded exchange: Object missing required field"
    )


def test_missing_body_is_told(tmp_path: Path) -> None:
    content = tmp_path / "now"
    content.write_bytes(b"answer")
    exchange = record(respond((), content=content), method="GET", path="/v1/files/file_1/content")
    path = save_cassette(tmp_path, [exchange])
    (tmp_path / "weather.exchanges/1.body").unlink()
    assert problems_of(path) == [
        "1 weather.exchanges.jsonl: line 1 is no recorded exchange: its body weather.exchanges/1.body cannot be read: "
        "No such file or directory"
    ]


def test_side_file_is_no_fixture(tmp_path: Path) -> None:
    save(tmp_path, "reply: {recorded: 1}")
    assert problems_of(tmp_path / "weather.exchanges.jsonl") == [
        "1 this is the side file of a cassette, and holds no scenarios: give weather.yaml, which names it"
    ]


def test_copied_cassette_is_told_once(tmp_path: Path) -> None:
    path = save_cassette(tmp_path, EXCHANGES)
    copy = tmp_path / "weather-copy.yaml"
    copy.write_bytes(path.read_bytes())
    assert problems_of(path, copy) == [
        '4 there is another scenario "weather-1" at weather.yaml:4:5: if this cassette is a copy, delete one of the '
        "two, or give its scenarios other names"
    ]


def test_cassettes_are_included_and_found_in_folders(tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    save_cassette(folder, EXCHANGES)
    (tmp_path / "all.yaml").write_text("include: [recorded/*.yaml]\n", "utf-8")
    assert len(load([tmp_path / "all.yaml"]).scenarios) == len(EXCHANGES)
    loaded = load([folder])
    assert [cassette.exchanges.keys() for cassette in loaded.cassettes] == [{1, 2, 3}]
    assert str(folder / "weather.exchanges.jsonl") in loaded.files


def test_all_files_of_a_cassette_are_watched(tmp_path: Path) -> None:
    """A change of any of them calls for a reload, and makes another revision."""
    content = tmp_path / "now"
    content.write_bytes(b"answer")
    path = save_cassette(tmp_path, [record(respond((), content=content), method="GET", path="/v1/files/a/content")])
    revisions = []
    for change in (b"", b"!", b"!!"):
        (tmp_path / "weather.exchanges/1.body").write_bytes(b"answer" + change)
        reader = FileReader()
        loaded = load([path], reader=reader)
        revisions.append(reader.revision)
    looked = {look.path for look in reader.looked}
    assert looked >= {str(path), *loaded.files}
    assert len(loaded.files) == 3
    assert len({*revisions}) == 3
