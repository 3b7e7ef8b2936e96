"""Says why scenarios do not fit: for the 404 of an unmatched request, for the journal, and for whoever asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from itertools import takewhile
from typing import NamedTuple

from mockserver.call import Prompt
from mockserver.errors import Place
from mockserver.scenarios.choosing import ScenarioSet, position_of
from mockserver.scenarios.scripts import Scenario

NEAREST = 3


class Miss(NamedTuple):
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
    misses = (_miss(scenario, prompt, used, words) for scenario in tried)
    return tuple(miss for miss in misses if miss.differences)


def unmatched_message(misses: Sequence[Miss]) -> str:
    """The text for a request that no scenario fits: the three nearest, with what differed."""
    if not misses:
        return "No scenario fits this request: there are none. Load a fixture file, or add a scenario for this session."
    nearest = nsmallest(NEAREST, misses, key=lambda miss: miss.distance)
    which = "the one there is" if len(misses) == 1 else f"the nearest of {len(misses)}"
    lines = [f"No scenario fits this request. What differs from {which}:"]
    lines += [f"  {number}. {miss}" for number, miss in enumerate(nearest, 1)]
    return "\n".join(lines)


def _miss(scenario: Scenario, prompt: Prompt, used: Mapping[str, int], words: frozenset[str]) -> Miss:
    checks = scenario.condition.checks
    failed = [check for check in checks if not check.fits(prompt)]
    differences = [check.tell(prompt) for check in failed]
    distance = len(failed) / (len(checks) + 1)
    position = position_of(scenario, prompt, used)
    if scenario.entry(position) is None:
        differences.append(_run_out(scenario, position))
        # One that fits in everything else is the nearest of all.
        distance += 0.01
    for check in failed:
        if check.predicate and check.predicate.literals:
            distance -= 0.5 * _alike(check.predicate.literals, words) / (len(checks) + 1)
    return Miss(scenario.name, scenario.place, tuple(differences), distance)


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
