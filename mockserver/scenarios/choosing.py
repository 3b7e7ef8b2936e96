"""Chooses the scenario that answers a prompt: the first that fits, found through an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mockserver.call import Prompt
from mockserver.scenarios.scripts import Entry, Scenario

# Texts are looked up by pieces of this many characters.
_PIECE = 3


@dataclass(frozen=True)
class Choice:
    """Who answers: ``entry`` of ``scenario``, at ``position``; all None when no scenario fits.

    ``counter`` is the key the caller must count up in the session, or None when nothing is counted.
    """

    scenario: Scenario | None = None
    entry: Entry | None = None
    position: int = 0
    counter: str | None = None


NOTHING = Choice()


@dataclass(frozen=True)
class ScenarioSet:
    """Loaded scenarios, in the order they are tried, and the files they came from."""

    scenarios: tuple[Scenario, ...] = ()
    files: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.scenarios)

    @cached_property
    def index(self) -> Index:
        """The index of these scenarios, made when first needed."""
        return Index(self.scenarios)


def choose(scenarios: ScenarioSet, prompt: Prompt, used: Mapping[str, int], added: Sequence[Scenario] = ()) -> Choice:
    """The first scenario that fits: of those added to the session, then of the files. Changes nothing.

    Args:
        scenarios: the loaded files.
        prompt: the conversation to answer.
        used: how often each scenario has answered in this session, by its ``counter``.
        added: the session's own scenarios, tried before all others.
    """
    for scenario in added:
        if choice := _tried(scenario, prompt, used):
            return choice
    for scenario in scenarios.index.candidates(prompt):
        if choice := _tried(scenario, prompt, used):
            return choice
    return NOTHING


def position_of(scenario: Scenario, prompt: Prompt, used: Mapping[str, int]) -> int:
    """The position a scenario's script has reached, counted from 0."""
    if scenario.script == "turns":
        return prompt.turn
    return used.get(scenario.counter, 0)


def _tried(scenario: Scenario, prompt: Prompt, used: Mapping[str, int]) -> Choice | None:
    if not scenario.condition.matches(prompt):
        return None
    position = position_of(scenario, prompt, used)
    entry = scenario.entry(position)
    if entry is None:
        return None
    return Choice(scenario, entry, position, scenario.counter if scenario.script != "turns" else None)


class Index:
    """Scenarios by pieces of the user texts they ask for; those that ask for none are candidates always."""

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.scenarios = scenarios
        texts = {number: _literals(scenario) for number, scenario in enumerate(scenarios)}
        common = Counter(piece for literals in texts.values() for text in literals for piece in _pieces(text))
        self.always = [number for number, literals in texts.items() if not literals]
        self.pieces: dict[str, list[int]] = {}
        for number, literals in texts.items():
            for text in literals:
                # The rarest piece of a text finds it with the fewest others.
                rarest = min(_pieces(text), key=lambda piece: (common[piece], piece))
                self.pieces.setdefault(rarest, []).append(number)

    def candidates(self, prompt: Prompt) -> Iterator[Scenario]:
        """The scenarios that may fit, in their order."""
        numbers = set(self.always)
        if self.pieces:
            for piece in self.pieces.keys() & _pieces(prompt.user.casefold()):
                numbers.update(self.pieces[piece])
        return map(self.scenarios.__getitem__, sorted(numbers))


def _pieces(text: str) -> set[str]:
    return {text[start : start + _PIECE] for start in range(len(text) - _PIECE + 1)}


def _literals(scenario: Scenario) -> tuple[str, ...]:
    """Texts of which one is in every user text that fits; none when that is not known."""
    for check in scenario.condition.checks:
        if check.key == "user" and check.predicate and check.predicate.literals:
            literals = check.predicate.literals
            return literals if min(map(len, literals)) >= _PIECE else ()
    return ()
