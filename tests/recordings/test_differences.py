"""The first difference between a recorded request and one that comes, as a diff."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.recordings.cassette import Match
from mockserver.recordings.differences import Difference, find_first

from .comparisons import ask, compare

TOOL = {"name": "a", "description": "b", "input_schema": {"type": "object"}}
LONG = "word " * 200
# Two values, and what is told of them: path, what was recorded, what came.
DIFFERENCES: list[tuple[Any, Any, tuple[str, str, str]]] = [
    ({"a": 1}, {"a": 2}, ("a", "1", "2")),
    ({"a": 1}, {"a": True}, ("a", "1", "true")),
    ({"a": 1}, {}, ("a", "1", "(nothing)")),
    ({}, {"a": {"b": None}}, ("a", "(nothing)", '{"b":null}')),
    ({"a": "1"}, {"a": 1}, ("a", '"1"', "1")),
    ({"a": [1, 2]}, {"a": [1, 3]}, ("a[1]", "2", "3")),
    ({"a": [1]}, {"a": [1, 2]}, ("a", "1 item", "2 items, [1] is 2")),
    ({"a": [1, 2]}, {"a": []}, ("a", "2 items, [0] is 1", "0 items")),
    ({"a": [{"name": "x"}]}, {"a": [{"name": "y"}]}, ("a", "x: missing", "y: not recorded")),
    ({"a": [{"name": "x"}, {"name": "y"}]}, {"a": [{"name": "y"}]}, ("a", "x: missing", "none besides")),
    ({"a": [{"name": "x"}]}, {"a": [{"name": "x"}, {"name": "y"}]}, ("a", "none is missing", "y: not recorded")),
    ({"a": [{"name": "x", "b": 1}]}, {"a": [{"name": "x", "b": 2}]}, ("a[0].b", "1", "2")),
    ({"a": 1, "messages": 1}, {"a": 2, "messages": 2}, ("messages", "1", "2")),
    ({"a": "x"}, {"a": ""}, ("a", "x", "")),
    ({"a": "x\ny"}, {"a": "x"}, ("a", "y", "(nothing)")),
    ({"a": f"{LONG}x{LONG}"}, {"a": f"{LONG}y{LONG}"}, ("a", "\u2026word word", "\u2026word word")),
]


@pytest.mark.parametrize(("recorded", "came", "told"), DIFFERENCES)
def test_first_difference_is_told(recorded: Any, came: Any, told: tuple[str, str, str]) -> None:
    found = find_first(recorded, came)
    assert found is not None
    assert (found.path, found.recorded[: len(told[1])], found.came[: len(told[2])]) == told
    assert max(map(len, str(found).splitlines())) < 170
    assert find_first(recorded, recorded) is None


def test_text_is_cut_around_what_differs() -> None:
    found = find_first(f"{LONG}one{LONG}", f"{LONG}two{LONG}")
    assert found is not None
    assert "one" in found.recorded
    assert "two" in found.came
    assert [text[0] + text[-1] for text in (found.recorded, found.came)] == ["\u2026\u2026"] * 2


def test_lines_before_are_shown() -> None:
    found = find_first("a\nb\nc\nd", "a\nb\nc\ne")
    assert str(Difference("p", "d", "e", ("b", "c"))) == "not as recorded at p\n  b\n  c\n- d\n+ e"
    assert str(found).splitlines()[1:] == ["  b", "  c", "- d", "+ e"]


@pytest.mark.parametrize(
    ("other", "path"),
    [
        (ask("a", tools=[TOOL], system="b", stop_sequences=["x"]), "stop_sequences"),
        (ask("a", tools=[TOOL], system="c"), "system[0].text"),
        (ask("a", tools=[{**TOOL, "name": "c"}], system="b"), "tools"),
        (ask("a", tools=[{**TOOL, "input_schema": {}}], system="b"), "tools[0].input_schema.type"),
        (ask("a ", tools=[TOOL], system="b"), "messages[0].content[0].text"),
        (ask([{"type": "image"}], tools=[TOOL], system="b"), "messages[0].content[0].type"),
        (ask("a", tools=[TOOL], system="b", thinking={"type": "adaptive"}), "thinking"),
    ],
)
def test_place_is_told_as_in_the_request(other: dict[str, Any], path: str) -> None:
    found = compare(ask("a", tools=[TOOL], system="b"), other)
    assert found is not None
    assert found.path == path


def test_what_may_differ_is_no_difference() -> None:
    """The day and the ids of both differ as well: only the question is shown."""
    one = ask("Today is 2026-11-30.\nSee msg_01XFDUDYJgAACzvnptvVoYEL. How is Oslo?")
    other = ask("Today is 2031-01-05.\nSee msg_013Zva2CMHLNnXjNJJKqJ2EF. How is Rome?")
    found = compare(one, other)
    assert found is not None
    assert found.context == ("Today is 2026-11-30.",)
    assert found.recorded.replace("Oslo", "Rome") == found.came == "See \u2039id 1\u203a. How is Rome?"


def test_secrets_do_not_show() -> None:
    one = ask("mail redacted@example.com about Oslo")
    assert compare(one, ask("mail b@example.net about Oslo")) is None
    found = compare(one, ask("mail b@example.net about Rome"))
    assert found is not None
    assert found.came == "mail redacted@example.com about Rome"
    rule = Match(redact=("token-[0-9]+",))
    assert compare(ask("token-1 of Oslo"), ask("token-2 of Oslo"), rule) is None
    assert compare(ask("token-1 of Oslo"), ask("token-2 of Rome"), rule) is not None


@pytest.mark.parametrize(
    ("volatile", "may_differ"),
    [((r"run-\d+",), False), ((r"\d+ items",), False), ((r"run-\d+", r"\d+(?= items)"), True), ((r"\d+",), True)],
)
def test_volatile_texts_may_differ(volatile: tuple[str, ...], may_differ: bool) -> None:
    match = Match(volatile=volatile)
    found = compare(ask("In run-6 there were 12 items"), ask("In run-7 there were 3 items"), match)
    assert (found is None) == may_differ
    assert compare(ask("In run-6 there were 12 items"), ask("In jog-7 there were 12 boxes"), match) is not None
