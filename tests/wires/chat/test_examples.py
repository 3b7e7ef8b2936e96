"""Every answer of every example fixture, on the chat wire: what it says is what the scenario says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from msgspec.structs import replace

from mockserver.records.endpoints import MESSAGES
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.wires.chat.folding import fold
from tests.composing import outcome
from tests.scenarios.test_fixtures import EXAMPLES, answers, first_prompt, fixtures
from tests.wires.chat.cases import FORM, OPENAI, WIRES, chunks, lose, read_back, whole

# Examples whose answers are composed by functions, or are no messages.
NAMES = [
    scenario.name for scenario in fixtures().scenarios if EXAMPLES[scenario.name].get("endpoint", MESSAGES) == MESSAGES
]


@cache
def replies(name: str) -> tuple[Reply, ...]:
    """The messages that an example gets, as they are composed."""
    prompt = first_prompt(EXAMPLES[name])
    return tuple(composed(answers(name), prompt))


def composed(told: Iterator[Answer], prompt: Prompt) -> Iterator[Reply]:
    for answer in told:
        found = outcome(answer, dict(prompt.body))
        if isinstance(found, Reply):
            yield replace(found, form=FORM)


@pytest.mark.parametrize("name", NAMES)
def test_examples_say_the_same_on_both_wires(name: str) -> None:
    for given in replies(name):
        assert read_back(whole(given)) == lose(given.message)
        assert read_back(fold(chunks(given))) == lose(given.message)


@pytest.mark.parametrize("form", WIRES)
def test_examples_are_streamed_in_every_form(form: str) -> None:
    for name in NAMES:
        for given in replies(name):
            events = WIRES[form].unfold(given)
            assert WIRES[form].stream(given) == (b"".join([event.encode() for event in events]), len(events))


def test_most_examples_are_messages() -> None:
    assert sum(bool(replies(name)) for name in NAMES) > 0.8 * len(NAMES)
    assert OPENAI.translate is not None
