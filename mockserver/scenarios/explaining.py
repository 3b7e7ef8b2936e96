"""Explains why scenarios do not fit: for the 404 of an unmatched request, the journal and the control interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest
from itertools import takewhile
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from mockserver.blocks.thinking import HIDDEN, REDACTING, choose_display
from mockserver.records.budget import LIMITS, Budget, OverBudgetError, apart
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.settings import TOOL_USES
from mockserver.reference.catalog import Model
from mockserver.scenarios.choosing import ScenarioSet, position_of
from mockserver.scenarios.matching.conditions import Met
from mockserver.scenarios.scripts import Scenario, Step

if TYPE_CHECKING:
    from mockserver.recordings.comparing import RecordedRequestTest

NEAREST = 3
# So many misses are listed.
_MOST = 100
# The most characters of a name, and of a line of the 404.
_LONGEST_NAME, _LONGEST = 200, 2_000
# So many characters of the user text are compared with what scenarios ask for.
_COMPARED = 100_000
# Steps to rate a scenario; and so many characters of a text it asks for are split into words in one step.
_RATING, _SPLIT = 10, 10
# Steps to rate how like a request is to a recorded one, and the distance of one that is not like it at all.
_COMPARING, _MOST_ALIKE = 20, 0.6
# What a text that has all the words wanted is taken for, in part of one that fits.
_ALIKE = 0.9
S = TypeVar("S")
T = TypeVar("T")
ASTRAY = (
    "None was added for its key (or x-mock-session), but another session has some: "
    "is the client made before the test begins, or with a key of its own?"
)


UNRECORDED = (
    "Record it with --record-mode new_episodes, or say what may differ in the key match of the cassette: "
    "ignore, volatile or redact."
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
    most: int = _MOST,
) -> tuple[tuple[Miss, ...], int]:
    """The scenarios that do not fit, the nearest first, each with the reasons; and how many are left out.

    Those that are as near as each other stand in the order they are tried. When the prompt is too long for so many
    scenarios, only the first are rated.

    Args:
        scenarios: the loaded files.
        prompt: the conversation.
        counts: how often each scenario has answered, by its ``counter``.
        added: the session's own scenarios.
        until: the scenario that answered; only those before it are explained.
        most: how many to explain; the others are left out.
    """
    tried = list(takewhile(lambda scenario: scenario is not until, _list_tried(scenarios, prompt, added)))
    rated = _rate(tried, prompt, counts)
    misses = [each for each in rated if each.failed or each.has_run_out]
    described = _describe(nsmallest(most, misses, key=lambda each: each.distance), prompt)
    return described, len(misses) - len(described) + len(tried) - len(rated)


def list_met(scenario: Scenario, prompt: Prompt) -> tuple[Met, ...]:
    """What each key of the condition of a scenario expects, and what a prompt has there that it answers.

    Raises:
        ScenarioError: telling it takes too many steps.
    """
    with apart(LIMITS.explaining_steps):
        return scenario.condition.list_met(prompt)


def explain_wish(scenario: Scenario, position: int, prompt: Prompt, model: Model) -> tuple[Miss, ...]:
    """What the answer at a position could not do for a prompt to a model: call a tool, or show a thought."""
    step = scenario.step_at(position)
    texts = () if step is None else tuple(filter(None, (_miss_tool(step, prompt), _miss_thought(step, prompt, model))))
    return (Miss(_cut(scenario.name, _LONGEST_NAME), scenario.place, texts, 0.0),) if texts else ()


def _miss_tool(step: Step, prompt: Prompt) -> str:
    """Why ``generate: {tool_use: NAME}`` comes without a call, if it does; one that has placeholders is not judged."""
    name = step.constant.generate.get("tool_use") if step.constant else None
    if not isinstance(name, str) or name in (*prompt.tools, *TOOL_USES) or prompt.tool_results:
        return ""
    offered = _cut(", ".join(prompt.tools), _LONGEST) or "none"
    return f"generate: tool_use names {name!r}, which the request does not offer (it offers: {offered})"


def _miss_thought(step: Step, prompt: Prompt, model: Model) -> str:
    """Why the text of a thought does not show, if the script has one."""
    display = choose_display(prompt.body, prompt.betas, model) if step.thinks else ""
    if display not in HIDDEN:
        return ""
    given = prompt.body.get("thinking")
    is_asked = isinstance(given, Mapping) and given.get("display")
    cause = "as the request asks" if is_asked else REDACTING if REDACTING in prompt.betas else f"as {model.id} does"
    return f"thinking: the text of this script was hidden: display is {display} ({cause}), not summarized"


def _list_tried(scenarios: ScenarioSet, prompt: Prompt, added: Sequence[Scenario]) -> list[Scenario]:
    """The scenarios that may answer at the endpoint asked."""
    return [scenario for scenario in (*added, *scenarios.scenarios) if scenario.answers_at(prompt.endpoint)]


def unmatched_message(
    scenarios: ScenarioSet,
    prompt: Prompt,
    counts: Mapping[str, int],
    added: Sequence[Scenario] = (),
    *,
    elsewhere: bool = False,
    advice: str = "",
) -> str:
    """The text for a request that no scenario fits: the three nearest, with their differences.

    ``elsewhere`` says that other sessions have scenarios of their own: without any here, the key may be a wrong one.
    ``advice`` is said in place of that.
    """
    tried = _list_tried(scenarios, prompt, added)
    astray = advice or (ASTRAY if elsewhere and not added else "")
    if not tried:
        hint = astray or "Load a fixture file, or add a scenario for this session."
        return f"No scenario fits this request: there are none. {hint}"
    rated = _rate(tried, prompt, counts)
    nearest = _describe(nsmallest(NEAREST, rated, key=lambda each: each.distance), prompt)
    if not nearest:
        return f"No scenario fits this request. It is too large to say what differs from the {len(tried):,} there are."
    which = "the one there is" if len(tried) == 1 else f"the nearest of {_write_first(len(rated), len(tried))}"
    lines = [f"No scenario fits this request. What differs from {which}:"]
    lines += [f"  {number}. {_indent(_cut(str(miss), _LONGEST))}" for number, miss in enumerate(nearest, 1)]
    if not astray and scenarios.has_recorded:
        astray = UNRECORDED
    return "\n".join([*lines, astray] if astray else lines)


def _indent(text: str) -> str:
    return text.replace("\n", "\n     ")


def _rate(scenarios: Sequence[Scenario], prompt: Prompt, counts: Mapping[str, int]) -> tuple[_Candidate, ...]:
    """How far the scenarios are from answering: of all, or of as many as there are steps for."""
    words = _split_words(prompt.user[:_COMPARED].casefold())
    return _work_through(lambda scenario, budget: _Candidate(scenario, prompt, counts, words, budget), scenarios)


def _describe(candidates: Sequence[_Candidate], prompt: Prompt) -> tuple[Miss, ...]:
    return _work_through(lambda each, _: each.describe(prompt), candidates)


def _work_through(make: Callable[[S, Budget], T], sources: Sequence[S]) -> tuple[T, ...]:
    """What is made of the sources, of as many as there are steps for; these are none of those for choosing."""
    made: list[T] = []
    with apart(LIMITS.explaining_steps) as work:
        try:
            for source in sources:
                made.append(make(source, work.budget))  # noqa: PERF401  those made before an error are kept
        except (OverBudgetError, ScenarioError):
            if not work.budget.is_spent:
                raise
    return tuple(made)


def _write_first(number: int, of: int) -> str:
    return str(of) if number == of else f"the first {number} of {of}"


class _Candidate:
    """How far a scenario is from answering; ``describe`` puts it in words."""

    def __init__(
        self, scenario: Scenario, prompt: Prompt, counts: Mapping[str, int], words: frozenset[str], budget: Budget
    ) -> None:
        checks = scenario.condition.checks
        budget.take_steps(_RATING)
        self.scenario = scenario
        self.failed = scenario.condition.failing(prompt)
        self.position = position_of(scenario, prompt, counts)
        self.has_run_out = scenario.step_at(self.position) is None
        # A scenario that has run out but fits in everything else is the nearest of all.
        self.distance = len(self.failed) / (len(checks) + 1) + (0.01 if self.has_run_out else 0)
        recorded = scenario.condition.recorded
        if recorded is not None and self.failed:
            budget.take_steps(_COMPARING)
            self.distance = 0.1 * (len(self.failed) - 1) + _MOST_ALIKE - 0.5 * self._rate(recorded, prompt)
        for check in self.failed:
            if check.predicate and check.predicate.literals:
                budget.take_steps(sum(map(len, check.predicate.literals)) // _SPLIT)
                self.distance -= _ALIKE * _rate_likeness(check.predicate.literals, words) / (len(checks) + 1)

    def _rate(self, recorded: RecordedRequestTest, prompt: Prompt) -> float:
        try:
            return recorded.rate(prompt)
        except OverBudgetError as error:
            raise ScenarioError(Problem(self.scenario.place, str(error))) from error

    def describe(self, prompt: Prompt) -> Miss:
        """The scenario and its differences in words."""
        scenario = self.scenario
        differences = list(scenario.condition.differences(prompt, self.failed)) if self.failed else []
        if self.has_run_out:
            differences.append(_describe_end(scenario, self.position))
        return Miss(_cut(scenario.name, _LONGEST_NAME), scenario.place, tuple(differences), self.distance)


def _describe_end(scenario: Scenario, position: int) -> str:
    length = scenario.length or 0
    if scenario.script == "turns":
        since = " since the conversation's start" if scenario.from_start else ""
        held = _write_count(length, "turn")
        return f"turns: the script holds {held}, this is turn {position}{since} (counted from 0)"
    answers = _write_count(length, "answer")
    if scenario.condition.recorded:
        return f"{scenario.script}: this request was recorded with {answers}, and all were given in this session"
    return f"{scenario.script}: the script has run out, after {answers} in this session"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


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
