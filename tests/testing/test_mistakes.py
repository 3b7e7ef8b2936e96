"""Mistakes in a script are told at once, with the place of the call."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver import MockSession, ScenarioError
from mockserver.records.endpoints import NAMES
from tests.testing.asking import Ask


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (lambda api: api.reply(txet="Hi"), r'"txet" is no key of .*did you mean "text"\?'),
        (lambda api: api.when(usr="x").reply("Hi"), r'"usr" is no key of when: did you mean "user"\?'),
        (lambda api: api.error("overloaded"), "error"),
        (lambda api: api.reply("Hi", pace={"first": "soon"}), "first"),
        (lambda api: api.calls([]), "calls: expected a list of answers"),
        (lambda api: api.when(user="x").fault("disconect"), "did you mean 'disconnect'"),
        (lambda api: api.configure(pace={"frist": 1}), "frist"),
        (lambda api: api.load("nowhere.yaml"), "nowhere.yaml:1:1: "),
        (
            lambda api: api.calls("At last."),
            r'calls: expected a list of answers, such as \["At last."\], got "At last."',
        ),
        (lambda api: api.turns({"text": "Hi"}), "turns: expected a list of answers, got {"),
        (lambda api: api.turns(7), "turns: expected a list of answers, got 7"),
        (lambda api: api.error("529"), 'expected a type, or a status without quotes, got "529"'),
        (lambda api: api.error(), "error: expected an error type, a status or a mapping, got nothing"),
        (lambda api: api.assert_called(when={"usr": "x"}), '"usr" is no key of when'),
    ],
)
def test_misspelled_word_is_told(api: MockSession, script: Callable[[MockSession], None], told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        script(api)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda api: api.fault("disconect"), "did you mean 'disconnect'"),
        (lambda api: api.fault("disconnect", calls=0), "calls: expected a whole number from 1"),
        (lambda api: api.fault("disconnect", calls=1.5), "calls: expected a whole number from 1, got 1.5"),
        (lambda api: api.calls(len), r"expected a list of answers, such as \[len\], got a function"),
        (lambda api: api.turns(len, from_start=True), r"such as \[len\], got a function"),
        (lambda api: api.configure(unmatched="maybe"), "unmatched: expected auto or error or generate, got 'maybe'"),
        (lambda api: api.configure(validation="lax"), "validation: expected strict or warn or off"),
        (lambda api: api.configure(pace="slow"), "pace: expected none, realtime or a mapping"),
        (
            lambda api: api.check_at_end("al"),
            "there is no check 'al'; there are unmatched, valid, used, answers, called",
        ),
        (
            lambda api: api.assert_called(0, endpoint="tokens"),
            f"endpoint: expected {' or '.join(NAMES)} or any path, got 'tokens'",
        ),
        (
            lambda api: api.assert_called(1, at_least=2),
            "expected either times, or at_least and at_most, got times=1, at_least=2",
        ),
        (
            lambda api: api.assert_called(at_least=3, at_most=1),
            "expected at_least to be no more than at_most, got at_least=3, at_most=1",
        ),
        (lambda api: api.assert_called("2"), "times: expected a whole number from 0, got '2'"),
    ],
)
def test_wrong_value_is_told(api: MockSession, change: Callable[[MockSession], None], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        change(api)


@pytest.mark.parametrize(
    "script",
    [
        lambda api: api.reply(txet="Hi"),
        lambda api: api.configure(pace={"frist": 1}),
        lambda api: api.assert_called(when={"usr": "x"}),
    ],
)
def test_mistake_is_placed_where_it_was_made(api: MockSession, script: Callable[[MockSession], None]) -> None:
    """And the trace leads through none of our lines but one, which is hidden."""
    line = f"{Path(__file__).name}:{script.__code__.co_firstlineno}:1: "
    with pytest.raises(ScenarioError) as caught:
        script(api)
    assert str(caught.value).startswith(line) or f"/{line}" in str(caught.value)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].filename.endswith("callers.py")


def test_mistake_at_run_time_is_placed_where_it_was_made(api: MockSession, ask: Ask) -> None:
    api.reply("{{ prompt.nothing.at_all }}")
    ask()
    line = test_mistake_at_run_time_is_placed_where_it_was_made.__code__.co_firstlineno + 1
    assert f"{Path(__file__).name}:{line}:1: " in api.last_request.answer["error"]["message"]  # type: ignore[index]


def test_mistake_is_told_once(api: MockSession) -> None:
    with pytest.raises(ScenarioError) as caught:
        api.error({"type": 529})  # type: ignore[arg-type]
    assert len(caught.value.problems) == 1
