"""Says why scenarios do not fit: for the 404 of an unmatched request, for the journal, and for whoever asks."""

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
    """A scenario that does not answer, and what differed. A lower ``distance`` is nearer to fitting."""

    name: str
    place: Place
    differences: tuple[str, ...]
    distance: float

    def __str__(self) -> str:
        return f"{self.name} ({self.place.file}:{self.place.line}): {'; '.join(self.differences)}"


def explain(
    scenarios: ScenarioSet,
    prompt: Prompt,
    used: Mapping[str, int],
    added: Sequence[Scenario] = (),
    *,
    until: Scenario | None = None,
) -> tuple[Miss, ...]:
    """Why each scenario that does not fit does not, in the order they are tried. Takes what ``choose`` takes.

    Args:
        scenarios: the loaded files.
        prompt: the conversation.
        used: how often each scenario has answered, by its ``counter``.
        added: the session's own scenarios.
        until: the scenario that answered: only those before it are told.
    """
    words = _words(prompt.user.casefold())
    tried = takewhile(lambda scenario: scenario is not until, (*added, *scenarios.scenarios))
    missed = (_Candidate(scenario, prompt, used, words) for scenario in tried)
    return tuple(each.describe(prompt) for each in missed if each.failed or each.has_run_out)


def unmatched_message(
    scenarios: ScenarioSet,
    prompt: Prompt,
    used: Mapping[str, int],
    added: Sequence[Scenario] = (),
    *,
    elsewhere: bool = False,
) -> str:
    """The text for a request that no scenario fits: the three nearest, with what differed.

    ``elsewhere`` says that other sessions have scenarios of their own: without any here, the key may be a wrong one.
    """
    words = _words(prompt.user.casefold())
    missed = [_Candidate(scenario, prompt, used, words) for scenario in (*added, *scenarios.scenarios)]
    astray = ASTRAY if elsewhere and not added else ""
    if not missed:
        hint = astray or "Load a fixture file, or add a scenario for this session."
        return f"No scenario fits this request: there are none. {hint}"
    nearest = nsmallest(NEAREST, missed, key=lambda each: each.distance)
    which = "the one there is" if len(missed) == 1 else f"the nearest of {len(missed)}"
    lines = [f"No scenario fits this request. What differs from {which}:"]
    lines += [f"  {number}. {each.describe(prompt)}" for number, each in enumerate(nearest, 1)]
    return "\n".join([*lines, astray] if astray else lines)


class _Candidate:
    """How far a scenario is from answering; why, is told of few."""

    def __init__(self, scenario: Scenario, prompt: Prompt, used: Mapping[str, int], words: frozenset[str]) -> None:
        checks = scenario.condition.checks
        self.scenario = scenario
        self.failed = [check for check in checks if not check.fits(prompt)]
        self.position = position_of(scenario, prompt, used)
        self.has_run_out = scenario.step_at(self.position) is None
        # One that fits in everything else is the nearest of all.
        self.distance = len(self.failed) / (len(checks) + 1) + (0.01 if self.has_run_out else 0)
        for check in self.failed:
            if check.predicate and check.predicate.literals:
                self.distance -= 0.5 * _alike(check.predicate.literals, words) / (len(checks) + 1)

    def describe(self, prompt: Prompt) -> Miss:
        """The same in words."""
        scenario = self.scenario
        differences = [check.difference(prompt) for check in self.failed]
        if self.has_run_out:
            differences.append(_run_out(scenario, self.position))
        return Miss(scenario.name, scenario.place, tuple(differences), self.distance)


def _run_out(scenario: Scenario, position: int) -> str:
    held = scenario.length or 0
    if scenario.script == "turns":
        return f"turns: the script holds {_counted(held, 'turn')}, this is turn {position} (counted from 0)"
    return f"{scenario.script}: the script has run out, after {_counted(held, 'answer')} in this session"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _alike(literals: Sequence[str], words: frozenset[str]) -> float:
    """The part of the wanted words that came."""
    wanted = [_words(literal) for literal in literals]
    return max((len(given & words) / len(given) for given in wanted if given), default=0.0)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))
