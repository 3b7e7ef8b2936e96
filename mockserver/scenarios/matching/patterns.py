"""Regular expressions of fixtures: checked when loaded, and never slow."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

# Seconds a search may take: a fixture's careless pattern must not stop the server.
TIMEOUT = 0.1
# Choices that multiply: with so few of them, and without repetitions, no pattern can be slow. Such ones do with re;
# others need regex, which has time limits and is imported only then, since that takes longer than loading all fixtures.
_CHOICES = 4


def compile_search(source: str) -> Callable[[str], bool]:
    """The test that a pattern is found in a text; one that takes longer than ``TIMEOUT`` counts as not found.

    Raises:
        ValueError: this is no pattern.
    """
    try:
        with warnings.catch_warnings():
            # re warns of sets that other engines, regex among them, read differently.
            warnings.simplefilter("error")
            compiled = re.compile(source)
    except (re.error, OverflowError, Warning) as error:
        return Pattern(source, problem=str(error)).is_in
    if _may_be_slow(source):
        return Pattern(source).is_in
    return lambda text: compiled.search(text) is not None


def _may_be_slow(source: str) -> bool:
    body = re.sub(r"^\(\?[a-z]+\)", "", source)
    # The alternatives of one group add up; those of several multiply.
    bars = body.count("|") if body.count("(") > 1 else 0
    return bars + body.count("?") > _CHOICES or not {*"*+{"}.isdisjoint(body)


class Pattern:
    """A pattern for the regex package, compiled when first used; at once when re had a ``problem`` with it."""

    def __init__(self, source: str, problem: str = "") -> None:
        self.source = source
        self._search: Callable[..., Any] | None = None
        if problem:
            self._compile(problem)

    def is_in(self, text: str) -> bool:
        """Whether the pattern is found in ``text``, in time."""
        search = self._search or self._compile("re knows this pattern, regex does not")
        try:
            return search(text, timeout=TIMEOUT, concurrent=False) is not None
        except TimeoutError:
            return False

    def _compile(self, problem: str) -> Callable[..., Any]:
        import regex  # type: ignore[import-untyped]  # its stubs are a package apart

        try:
            search: Callable[..., Any] = regex.compile(self.source).search
        except regex.error as error:
            raise ValueError(problem) from error
        self._search = search
        return search
