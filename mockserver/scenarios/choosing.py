"""Chooses the scenario that answers a prompt: the first that fits, found through an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from types import MappingProxyType
from typing import Any, Protocol

from msgspec import Struct

from mockserver.recordings.cassette import Cassette
from mockserver.records.batches import BatchPlan
from mockserver.records.budget import OverBudgetError, seconds_left
from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.files import DeclaredFile
from mockserver.records.prompt import Prompt
from mockserver.reference.web_search import BUILT_IN, SearchLimits
from mockserver.scenarios.keeping import KeptFile
from mockserver.scenarios.matching.predicates import fold
from mockserver.scenarios.matching.recorded import RecordedIndex
from mockserver.scenarios.scripts import Scenario, Step

# Texts are looked up by pieces of this many characters.
_PIECE = 4
# Fewer scenarios than this are tried faster than looked up.
_FEW = 4
# More short texts than these are searched for at once.
_SEARCHED = 100
# After so many scenarios it is checked whether the request has time left.
_CHECKED = 100


class Choice(Struct, frozen=True):
    """The answer chosen: ``step`` of ``scenario``, at ``position``; None when no scenario fits.

    ``counter`` is the key under which the session counts the scenario's answers, ``count`` how many it gave before.
    """

    scenario: Scenario | None = None
    step: Step | None = None
    position: int = 0
    counter: str | None = None
    count: int = 0


NOTHING = Choice()


class Take(Protocol):
    """Uses up the next answer of a counter's script, and gives its position; None when none is left."""

    def __call__(self, counter: str, length: int | None, *, moves_on: bool = False) -> int | None:
        """``length`` is the number of answers in the script, None without end; ``moves_on`` that they differ."""


class ScenarioSet(Struct, frozen=True, eq=False, dict=True):
    """Loaded scenarios, in the order they are tried, the files they came from, and what is kept of these by path.

    ``search_limits`` are what web search refuses, built in and by the files.
    ``models`` are the facts that files state about models, ``lifecycle`` says whose day decides which are retired.
    ``declared`` are the files of the Files API that they declare, by id; ``batches`` says how message batches go on.
    ``cassettes`` are those among the files.
    """

    scenarios: tuple[Scenario, ...] = ()
    files: tuple[str, ...] = ()
    kept: Mapping[str, KeptFile] = MappingProxyType({})
    search_limits: SearchLimits = BUILT_IN
    models: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    lifecycle: str = ""
    declared: Mapping[str, DeclaredFile] = MappingProxyType({})
    batches: BatchPlan | None = None
    cassettes: tuple[Cassette, ...] = ()

    def __len__(self) -> int:
        return len(self.scenarios)

    @cached_property
    def has_recorded(self) -> bool:
        """Whether some of them want recorded requests."""
        return any(scenario.condition.recorded for scenario in self.scenarios)

    @cached_property
    def recorded(self) -> ScenarioSet:
        """Those that want recorded requests."""
        return self.only(scenario for scenario in self.scenarios if scenario.condition.recorded)

    def only(self, scenarios: Iterable[Scenario]) -> ScenarioSet:
        """Some of them."""
        return ScenarioSet(tuple(scenarios), self.files)

    def at(self, endpoint: str) -> ScenarioSet:
        """Those that may answer at an endpoint; "": on a path that has none."""
        known = self._by_endpoint.get(endpoint)
        if known is None:
            found = tuple(scenario for scenario in self.scenarios if scenario.answers_at(endpoint))
            known = self._by_endpoint[endpoint] = ScenarioSet(found, self.files)
        return known

    @cached_property
    def _by_endpoint(self) -> dict[str, ScenarioSet]:
        return {}

    @cached_property
    def named(self) -> ScenarioSet:
        """Those that name models: only they answer for a model that takes over from another."""
        return ScenarioSet(tuple(scenario for scenario in self.scenarios if scenario.names_model), self.files)

    @cached_property
    def index(self) -> Index:
        """The index of these scenarios, built when first needed."""
        return Index(self.scenarios)


def choose(scenarios: ScenarioSet, prompt: Prompt, counts: Mapping[str, int], added: Sequence[Scenario] = ()) -> Choice:
    """The first scenario that fits: of those added to the session, then of the files. Changes nothing.

    Args:
        scenarios: the loaded files.
        prompt: the conversation to answer.
        counts: how often each scenario has answered in this session, by its ``counter``.
        added: the session's own scenarios, tried before all others.
    """
    for scenario in _find_fitting(scenarios, prompt, added):
        position = position_of(scenario, prompt, counts)
        step = scenario.step_at(position)
        if step is not None:
            return _choice(scenario, step, position, counts.get(scenario.counter, 0))
    return NOTHING


def take(scenarios: ScenarioSet, prompt: Prompt, added: Sequence[Scenario], take_position: Take) -> Choice:
    """The same scenario as ``choose`` finds, whose answer is used up by ``take_position``.

    Of several callers at once each gets an answer of its own; a scenario that has run out meanwhile is passed over.
    """
    for scenario in _find_fitting(scenarios, prompt, added):
        if scenario.script == "turns":
            position = scenario.turn_of(prompt)
            step = scenario.step_at(position)
            # The conversation itself says which turn it is: the counter is for statistics only.
            count = None if step is None else take_position(scenario.counter, None)
        else:
            count = take_position(scenario.counter, scenario.length, moves_on=scenario.moves_on)
            step, position = (None, 0) if count is None else (scenario.step_at(count), count)
        if step is not None and count is not None:
            return _choice(scenario, step, position, count)
    return NOTHING


def position_of(scenario: Scenario, prompt: Prompt, counts: Mapping[str, int]) -> int:
    """The position a scenario's script has reached, counted from 0."""
    if scenario.script == "turns":
        return scenario.turn_of(prompt)
    return counts.get(scenario.counter, 0)


def _find_fitting(scenarios: ScenarioSet, prompt: Prompt, added: Sequence[Scenario]) -> Iterator[Scenario]:
    """The scenarios whose condition holds, in the order they are tried."""
    return chain(_filter_fitting(added, prompt), _filter_fitting(scenarios.index.candidates(prompt), prompt))


def _filter_fitting(scenarios: Sequence[Scenario], prompt: Prompt) -> Iterator[Scenario]:
    """Those whose condition holds; before one that was recorded with other dates the one whose dates are nearer."""
    for number, scenario in enumerate(scenarios, 1):
        if number % _CHECKED == 0:
            _check_time(scenario, number)
        if scenario.condition.matches(prompt):
            shifts = scenario.condition.count_shifts(prompt)
            if shifts:
                further = [each for each in scenarios[number:] if each.condition.recorded]
                fitting = [each for each in further if each.condition.matches(prompt)]
                nearest = min([scenario, *fitting], key=lambda each: each.condition.count_shifts(prompt))
                yield from (nearest,) if nearest is not scenario else ()
            yield scenario


def _check_time(scenario: Scenario, number: int) -> None:
    try:
        seconds_left()
    except OverBudgetError as error:
        message = f"{error}: {number} scenarios were tried, on a prompt that is too long for so many"
        raise ScenarioError(Problem(scenario.place, message)) from error


def _choice(scenario: Scenario, step: Step, position: int, count: int) -> Choice:
    # A reply has one answer only, however often it was given.
    return Choice(scenario, step, 0 if scenario.script == "reply" else position, scenario.counter, count)


NO_SCENARIOS = ScenarioSet()


class Index:
    """Scenarios by pieces of the user texts they ask for; those that ask for none are always candidates. Those that
    want a recorded request are found by its canonical form.

    A user text is cut into the pieces that start at its even characters. A text that a scenario asks for is filed under
    one piece for each of the two ways it can lie in a user text: from an even character on, or from an odd one.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self.scenarios = scenarios
        self.recorded = RecordedIndex(
            (number, each.condition.recorded) for number, each in enumerate(scenarios) if each.condition.recorded
        )
        literals = [_find_literals(scenario) for scenario in scenarios]
        common = Counter(text[at : at + _PIECE] for texts in literals for text in texts for at in range(len(text)))
        self.always = [
            number for number, texts in enumerate(literals) if not texts and number not in self.recorded.numbers
        ]
        self.texts = [(text, number) for number, texts in enumerate(literals) for text in texts]
        self.short: dict[int, dict[str, list[int]]] = {}
        for text, number in self.texts:
            if len(text) <= _PIECE:
                self.short.setdefault(len(text), {}).setdefault(text, []).append(number)
        self.pieces: dict[str, list[int]] = {}
        for text, number in self.texts:
            for start in (0, 1) if len(text) > _PIECE else ():
                # The rarest piece finds the fewest other scenarios.
                rarest = min(_cut_pieces(text, start), key=lambda piece: (common[piece], piece))
                self.pieces.setdefault(rarest, []).append(number)

    def candidates(self, prompt: Prompt) -> Sequence[Scenario]:
        """The scenarios that may fit, in their order."""
        if len(self.scenarios) < _FEW or not (self.texts or self.recorded.numbers):
            return self.scenarios
        found = [
            *(self._find_numbers(fold(prompt.user)) if self.texts else ()),
            *(self._find_recorded(prompt) if self.recorded.numbers else ()),
        ]
        return [self.scenarios[number] for number in sorted({*self.always, *found})]

    def _find_recorded(self, prompt: Prompt) -> list[int]:
        try:
            return self.recorded.find(prompt)
        except OverBudgetError as error:
            place = self.scenarios[min(self.recorded.numbers)].place
            raise ScenarioError(Problem(place, str(error))) from error

    def _find_numbers(self, text: str) -> list[int]:
        # With few texts, looking for each costs less than cutting up the user text (nanoseconds / 250, measured).
        if len(self.texts) * (180 + len(text)) < 160 * len(text):
            return [number for literals, number in self.texts if literals in text]
        found = [number for texts in self.short.values() for each in _find_short(texts, text) for number in texts[each]]
        # Each piece once: a text may repeat one for which thousands of scenarios are filed.
        for piece in self.pieces.keys() & _cut_pieces(text, 0):
            found += self.pieces[piece]
        return found


def _find_short(texts: Mapping[str, list[int]], text: str) -> Iterable[str]:
    """Those of some short texts, all of one length, that are in a text."""
    if len(texts) <= _SEARCHED:
        return [each for each in texts if each in text]
    length = len(next(iter(texts)))
    return texts.keys() & {text[at : at + length] for at in range(len(text) - length + 1)}


def _cut_pieces(text: str, start: int) -> set[str]:
    return {text[at : at + _PIECE] for at in range(start, len(text) - _PIECE + 1, 2)}


def _find_literals(scenario: Scenario) -> tuple[str, ...]:
    """Texts of which one is in every user text that fits; empty when there are none for sure."""
    if scenario.condition.recorded:
        return ()
    for check in scenario.condition.checks:
        if check.key == "user" and check.predicate and check.predicate.literals:
            return check.predicate.literals
    return ()
