"""Regular expressions of fixtures: checked when loaded, and never slow without saying so.

A fixture's pattern may go back and forth on a text for longer than the universe is old. Such a search ends in an error
at the pattern's place: to take it for one that found nothing would let another scenario answer.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

from mockserver.records.budget import OverBudgetError, seconds_left, uncounted
from mockserver.records.errors import Place, Problem, ScenarioError

# Choices that multiply: with so few of them, and without repetitions, no pattern can be slow. Such ones do with re;
# others need regex, which has time limits and is imported only then, since that takes longer than loading all fixtures.
_CHOICES = 4
# Sets that may hold ranges of thousands of characters. To compile one that ignores case takes re 11 milliseconds.
_WIDE_SET = re.compile(r"\[[^][]*(?:[^\x00-\x7f]|\\[0uUNx])")


def compile_search(source: str, place: Place) -> Callable[[str], bool]:
    """The test that a pattern, which stands at ``place``, is found in a text.

    The test raises ScenarioError when the search takes longer than the request has time left.

    Raises:
        ValueError: this is no pattern.
    """
    if _WIDE_SET.search(source):
        return Pattern(source, place, problem="regex, which sets of such characters need, does not know it").is_in
    try:
        with warnings.catch_warnings():
            # re warns of sets that other engines, regex among them, read differently.
            warnings.simplefilter("error")
            compiled = re.compile(source)
    except (re.error, OverflowError, Warning) as error:
        return Pattern(source, place, problem=str(error)).is_in
    if _may_be_slow(source):
        return Pattern(source, place).is_in
    return lambda text: compiled.search(text) is not None


# Replaces all that a pattern finds in a text by another text.
Replace = Callable[[str, str], str]


def compile_replace(source: str) -> Replace:
    """What replaces all that a pattern finds in a text by a text.

    It raises OverBudgetError when that takes longer than the request has time left.

    Raises:
        ValueError: this is no pattern.
    """
    import regex  # type: ignore[import-untyped]  # its stubs are a package apart

    try:
        with uncounted():
            compiled = regex.compile(source)
    except regex.error as error:
        raise ValueError(str(error)) from error

    def replace(text: str, by: str) -> str:
        try:
            replaced: str = compiled.sub(lambda _: by, text, timeout=seconds_left(), concurrent=False)
        except TimeoutError as error:
            raise OverBudgetError(_describe(source, text)) from error
        return replaced

    return replace


def _may_be_slow(source: str) -> bool:
    body = re.sub(r"^\(\?[a-z]+\)", "", source)
    # The alternatives of one group add up; those of several multiply.
    bars = body.count("|") if body.count("(") > 1 else 0
    return bars + body.count("?") > _CHOICES or not {*"*+{"}.isdisjoint(body)


class Pattern:
    """A pattern for the regex package, compiled when first used; at once when re had a ``problem`` with it."""

    def __init__(self, source: str, place: Place, problem: str = "") -> None:
        self.source = source
        self.place = place
        self._search: Callable[..., Any] | None = None
        if problem:
            self._compile(problem)

    def is_in(self, text: str) -> bool:
        """Whether the pattern is found in ``text``.

        Raises:
            ScenarioError: the search takes longer than the request has time left.
        """
        search = self._search or self._compile("re knows this pattern, regex does not")
        try:
            # Its time limit is one of processor time.
            return search(text, timeout=seconds_left(), concurrent=False) is not None
        except (TimeoutError, OverBudgetError) as error:
            raise ScenarioError(Problem(self.place, _describe(self.source, text))) from error

    def _compile(self, problem: str) -> Callable[..., Any]:
        import regex

        try:
            # The first request that uses it is not to blame for what compiling takes.
            with uncounted():
                search: Callable[..., Any] = regex.compile(self.source).search
        except regex.error as error:
            raise ValueError(problem) from error
        self._search = search
        return search


def _describe(source: str, text: str) -> str:
    return (
        f"the search for /{source}/ in a text of {len(text):,} characters takes too long: write the pattern without a "
        "repetition inside a repetition, or choices that begin alike"
    )
