"""Explains why scenarios do not fit: for the 404 of an unmatched request, the journal and the control interface."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from itertools import takewhile

from msgspec import Struct

from mockserver.records.errors import Place
from mockserver.records.prompt import Prompt
from mockserver.scenarios.choosing import ScenarioSet, position_of
from mockserver.scenarios.scripts import Scenario

NEAREST = 3
ASTRAY = (
    "None was added for its key (or x-mock-session), but another session has some: "
    "is the client made before the test begins, or with a key of its own?"
)


class Miss(Struct, frozen=True):
    """A scenario that does not answer, and why. The lower the ``distance``, the nearer it is to fitting."""

    name: str
    place: Place
    differences: tuple[str, ...]
    distance: float

    def __str__(self) -> str:
        return f"{self.name} ({self.place.file}:{self.place.line}): {'; '.join(self.differences)}"


def explain(
    scenarios: ScenarioSet,
    prompt: Prompt,
    counts: Mapping[str, int],
    added: Sequence[Scenario] = (),
    *,
    until: Scenario | None = None,
) -> tuple[Miss, ...]:
    """The scenarios that do not fit, in the order they are tried, each with the reasons.

    Args:
        scenarios: the loaded files.
        prompt: the conversation.
        counts: how often each scenario has answered, by its ``counter``.
        added: the session's own scenarios.
        until: the scenario that answered; only those before it are explained.
    """
    words = _split_words(prompt.user.casefold())
    scenarios_before = takewhile(lambda scenario: scenario is not until, (*added, *scenarios.scenarios))
    candidates = (_Candidate(scenario, prompt, counts, words) for scenario in scenarios_before)
    return tuple(each.describe(prompt) for each in candidates if each.failed or each.has_run_out)


def unmatched_message(
    scenarios: ScenarioSet,
    prompt: Prompt,
    counts: Mapping[str, int],
    added: Sequence[Scenario] = (),
    *,
    elsewhere: bool = False,
) -> str:
    """The text for a request that no scenario fits: the three nearest, with their differences.

    ``elsewhere`` says that other sessions have scenarios of their own: without any here, the key may be a wrong one.
    """
    words = _split_words(prompt.user.casefold())
    candidates = [_Candidate(scenario, prompt, counts, words) for scenario in (*added, *scenarios.scenarios)]
    astray = ASTRAY if elsewhere and not added else ""
    if not candidates:
        hint = astray or "Load a fixture file, or add a scenario for this session."
        return f"No scenario fits this request: there are none. {hint}"
    nearest = nsmallest(NEAREST, candidates, key=lambda each: each.distance)
    which = "the one there is" if len(candidates) == 1 else f"the nearest of {len(candidates)}"
    lines = [f"No scenario fits this request. What differs from {which}:"]
    lines += [f"  {number}. {each.describe(prompt)}" for number, each in enumerate(nearest, 1)]
    return "\n".join([*lines, astray] if astray else lines)


class _Candidate:
    """How far a scenario is from answering; ``describe`` puts it in words."""

    def __init__(self, scenario: Scenario, prompt: Prompt, counts: Mapping[str, int], words: frozenset[str]) -> None:
        checks = scenario.condition.checks
        self.scenario = scenario
        self.failed = [check for check in checks if not check.fits(prompt)]
        self.position = position_of(scenario, prompt, counts)
        self.has_run_out = scenario.step_at(self.position) is None
        # A scenario that has run out but fits in everything else is the nearest of all.
        self.distance = len(self.failed) / (len(checks) + 1) + (0.01 if self.has_run_out else 0)
        for check in self.failed:
            if check.predicate and check.predicate.literals:
                self.distance -= 0.5 * _rate_likeness(check.predicate.literals, words) / (len(checks) + 1)

    def describe(self, prompt: Prompt) -> Miss:
        """The scenario and its differences in words."""
        scenario = self.scenario
        differences = [check.difference(prompt) for check in self.failed]
        if self.has_run_out:
            differences.append(_describe_end(scenario, self.position))
        return Miss(scenario.name, scenario.place, tuple(differences), self.distance)


def _describe_end(scenario: Scenario, position: int) -> str:
    length = scenario.length or 0
    if scenario.script == "turns":
        return f"turns: the script holds {_write_count(length, 'turn')}, this is turn {position} (counted from 0)"
    return f"{scenario.script}: the script has run out, after {_write_count(length, 'answer')} in this session"


def _write_count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _rate_likeness(literals: Sequence[str], words: frozenset[str]) -> float:
    """The largest share of a literal's words that are among ``words``."""
    sets = [_split_words(literal) for literal in literals]
    return max(
        (len(literal_words & words) / len(literal_words) for literal_words in sets if literal_words), default=0.0
    )


def _split_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))
