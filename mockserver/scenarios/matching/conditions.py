"""Conditions: the ``when`` of a scenario, compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING
from mockserver.scenarios.format import checking
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.kinds import find_misspelt
from mockserver.scenarios.matching.checks import ANOTHER, Check
from mockserver.scenarios.matching.matchers import MATCHERS, PATTERN_CHECKS
from mockserver.scenarios.matching.recorded import stand_beside
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.sizes import check_number, count_values
from mockserver.scenarios.reading.source import Document, plain

if TYPE_CHECKING:
    from mockserver.recordings.comparing import RecordedRequestTest

HERE = Place("when")
# The most characters of a difference: it repeats what fixtures want and requests hold.
_LONGEST = 1_000


class Met(Struct, frozen=True):
    """A key of a condition that holds: what it expects, and what came, in words; None: it cannot be said."""

    key: str
    expected: str
    got: str | None


class Condition(Struct, frozen=True):
    """Checks of a prompt, all of which must hold; a condition without checks always holds."""

    checks: tuple[Check, ...] = ()
    # The ``when`` that it was compiled from.
    source: Mapping[str, Any] = NOTHING
    place: Place = HERE
    # The recorded request that it wants, if it wants one.
    recorded: RecordedRequestTest | None = None

    def matches(self, prompt: Prompt) -> bool:
        """Whether everything holds.

        Raises:
            ScenarioError: telling it takes too many steps, or too long.
        """
        try:
            for check in self.checks:
                if not check.fits(prompt):
                    return False
        except OverBudgetError as error:
            raise self._fail(error) from error
        return True

    def count_shifts(self, prompt: Prompt) -> int:
        """By how many times the dates of a prompt that matches differ from the recorded ones. Raises as ``matches``."""
        try:
            return 0 if self.recorded is None else self.recorded.count_shifts(prompt)
        except OverBudgetError as error:
            raise self._fail(error) from error

    def failing(self, prompt: Prompt) -> tuple[Check, ...]:
        """The checks that fail; none when the prompt matches. Raises as ``matches`` does."""
        try:
            return tuple(check for check in self.checks if not check.fits(prompt))
        except OverBudgetError as error:
            raise self._fail(error) from error

    def differences(self, prompt: Prompt, checks: Iterable[Check] | None = None) -> tuple[str, ...]:
        """Each check that fails, with the expected value and the one that came; empty when the prompt matches.

        ``checks`` are the failing ones, where they are known. Raises as ``matches`` does.
        """
        try:
            return tuple(_shorten(check.difference(prompt)) for check in checks or self.failing(prompt))
        except OverBudgetError as error:
            raise self._fail(error) from error

    def list_met(self, prompt: Prompt) -> tuple[Met, ...]:
        """What each key expects, and what a prompt has there, which fits. Raises as ``matches`` does."""
        try:
            return tuple(_meet(check, prompt) for check in self.checks)
        except OverBudgetError as error:
            raise self._fail(error) from error

    def _fail(self, error: OverBudgetError) -> ScenarioError:
        message = f"{error}: the request is too large for so many conditions, or these look at too much of it"
        return ScenarioError(Problem(self.place, message))


def _meet(check: Check, prompt: Prompt) -> Met:
    shown = None if check.show is None else check.show(prompt)
    return Met(check.key, _shorten(check.words), None if shown is None or shown == ANOTHER else _shorten(shown))


def _shorten(difference: str) -> str:
    return difference if len(difference) <= _LONGEST else difference[: _LONGEST - 1] + "…"


def condition(when: Mapping[str, Any], place: Place = HERE) -> Condition:
    """The condition of a ``when`` value in Python at ``place``, in the same words as in YAML.

    Raises:
        ScenarioError: a key does not exist, its value cannot be used, or there are too many values.
    """
    check_number(count_values(when), place.file, LIMITS.document_values)
    value = plain(when)
    node = Node(Document(place.file, value, line=place.line, budget=Budget(LIMITS.document_steps)), value)
    compiled = read_condition(node)
    if node.problems:
        raise ScenarioError(*node.problems)
    return compiled


def read_condition(node: Node) -> Condition:
    """The condition at a node; mistakes are noted there."""
    if not isinstance(node.value, dict):
        checking.check(WHEN, node)
        return Condition()
    node.is_mapping(WHEN.fields, WHEN.name)
    # A mistake in a name hides none below it.
    misspelt = {name: key for key, name in find_misspelt(node, WHEN.fields).items()}
    checks = []
    for key, matcher in MATCHERS.items():
        if key not in node.value and key not in misspelt:
            continue
        below = node.at(misspelt.get(key, key))
        if checking.check(WHEN.fields[key].spec, below):
            checks.append(matcher(key, below))
        elif key in PATTERN_CHECKS:
            PATTERN_CHECKS[key](below)
    recorded = next((check.recorded for check in checks if check.recorded), None)
    if recorded is not None:
        checks = stand_beside(recorded, checks)
    return Condition(tuple(checks), node.value, node.document.place(node.path), recorded)
