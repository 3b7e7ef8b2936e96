"""Tests of a text, a name or a number, compiled from the values below the keys of ``when``.

The form of these values was checked before; only regular expressions can still be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from typing import Any

from msgspec import Struct

from mockserver.records.budget import LIMITS, current_work
from mockserver.records.patterns import compile_search
from mockserver.scenarios.reading.node import Node, excerpt


class Predicate(Struct, frozen=True):
    """A test of one value, and its words, to be read after "expected".

    ``literals`` are texts (case folded) of which at least one is in every value that passes; None when there are
    none for sure. The index of scenarios is made of them.
    """

    words: str
    holds: Callable[[Any], bool]
    literals: tuple[str, ...] | None = None


NOTHING = Predicate("anything", lambda _: True)
# Characters that stand for others in a name.
WILD = frozenset("*?")
# Fewer tests of one value take no steps.
_MANY = 20
# Shorter texts are searched faster than counted; with a pattern, shorter ones than the second.
_LONG, _LONG_FOR_PATTERNS = 1_000, 100
# Characters of a longer one that are searched for a text, folded, or searched with a pattern in one step.
_SEARCHED, _FOLDED, _MATCHED = 300, 50, 30


def text(node: Node) -> Predicate:
    """A test of a text: a string (contains), ``/pattern/``, a list (any of these) or a mapping (all of these)."""
    value = node.value
    if isinstance(value, str):
        return _read_text_or_pattern(node)
    if isinstance(value, list):
        return any_of([text(item) for item in node])
    if isinstance(value, dict):
        return all_of([TEXT[key](below) for key, below in node.items()])
    return contains(str(value).lower() if isinstance(value, bool) else str(value))


def check_patterns(node: Node, *, are_patterns: bool = False) -> None:
    """Note the mistakes in the patterns of a text test that has mistakes elsewhere.

    ``are_patterns`` tells whether its texts are patterns without slashes around them.
    """
    if isinstance(node.value, str):
        _ = _matches_one(node) if are_patterns else _read_text_or_pattern(node)
    elif isinstance(node.value, list):
        for item in node:
            check_patterns(item, are_patterns=are_patterns)
    elif isinstance(node.value, dict):
        for key in ("any", "all", "not", "matches"):
            if key in node.value:
                check_patterns(node.at(key), are_patterns=key == "matches")


def glob(node: Node) -> Predicate:
    """A test of a name: a glob, or a list of globs of which one must fit. Upper and lower case differ."""
    patterns = [str(item.value) for item in node]
    if any(set(pattern) & WILD for pattern in patterns) and not is_compilable(sum(map(len, patterns)), node):
        return NOTHING
    return glob_of(patterns)


def glob_of(patterns: list[str]) -> Predicate:
    """The test that a name fits one of the globs."""
    words = "to be " + " or ".join(patterns)
    if not any(set(pattern) & WILD for pattern in patterns):
        return Predicate(words, frozenset(patterns).__contains__)
    # Of the wildcards of shells only * and ?: models have names such as claude-opus-4-8[1m].
    fits = re.compile("|".join(translate(pattern.replace("[", "[[]")) for pattern in patterns)).match
    return Predicate(words, lambda name: fits(_count_matched(name)) is not None)


def fold(value: str) -> str:
    """A text as tests compare it, whatever its case. Looking at a long one takes steps; folding it is done once.

    Raises:
        OverBudgetError: the request has no steps left.
    """
    if len(value) < _LONG:
        return value.casefold()
    work = current_work()
    work.budget.take_steps(len(value) // _SEARCHED)
    return work.recall(_fold_long, value)


def _fold_long(value: str) -> str:
    current_work().budget.take_steps(len(value) // _FOLDED)
    return value.casefold()


def _count_matched(value: str) -> str:
    """A text that is searched with a pattern, which takes steps when it is long."""
    if len(value) > _LONG_FOR_PATTERNS:
        current_work().budget.take_steps(len(value) // _MATCHED)
    return value


def contains(part: str) -> Predicate:
    """The test that a text holds ``part``, in upper or lower case."""
    folded = part.casefold()
    return Predicate(f"to contain {excerpt(part)}", lambda value: folded in fold(value), (folded,))


def any_of(tests: Iterable[Predicate]) -> Predicate:
    """The test that one of several holds."""
    tests = tuple(tests)
    if len(tests) == 1:
        return tests[0]
    literals = None
    if all(test.literals is not None for test in tests):
        literals = tuple(literal for test in tests for literal in test.literals or ())
    words = " or ".join(test.words for test in tests)
    return Predicate(words, lambda value: any(test.holds(value) for test in _count_tests(tests)), literals)


def _count_tests(tests: tuple[Predicate, ...]) -> tuple[Predicate, ...]:
    """The tests of one value; many of them take steps."""
    if len(tests) > _MANY:
        current_work().budget.take_steps(len(tests))
    return tests


def all_of(tests: Iterable[Predicate]) -> Predicate:
    """The test that each of several holds."""
    tests = tuple(tests)
    if len(tests) == 1:
        return tests[0]
    # The longer the shortest text of a group, the fewer texts hold one of the group.
    groups = [test.literals for test in tests if test.literals]
    literals = max(groups, key=lambda group: min(map(len, group)), default=None)
    words = " and ".join(test.words for test in tests)
    return Predicate(words, lambda value: all(test.holds(value) for test in _count_tests(tests)), literals)


def pattern_of(source: str, node: Node, flags: str = "") -> Predicate:
    """The test that a regular expression is found in a text. ``flags`` are the letters after ``/…/``."""
    source = f"(?{flags}){source}" if flags else source
    if not is_compilable(len(source), node):
        return NOTHING
    try:
        search = compile_search(source, node.document.place(node.path))
    except ValueError as error:
        node.complain(f"this is no regular expression: {error}")
        return NOTHING

    return Predicate(f"to match /{source}/", lambda value: search(_count_matched(value)))


def is_compilable(characters: int, node: Node, *, key: bool = False) -> bool:
    """Whether a pattern of so many characters may be compiled; one that is too long is noted."""
    if characters > LIMITS.pattern_characters:
        node.complain(f"a pattern has {LIMITS.pattern_characters:,} characters at most, not {characters:,}", key=key)
        return False
    node.document.charge(node.path, 2 + characters // 5)
    return True


def number(node: Node) -> Predicate:
    """A test of a number: the number, a list of numbers, or ``{at_least: N, at_most: N}``."""
    if isinstance(node.value, dict):
        return all_of([BOUNDS[key](below.value) for key, below in node.items()])
    numbers = [item.value for item in node]
    return Predicate("to be " + " or ".join(map(str, numbers)), lambda value: value in numbers)


def same(value: Any) -> Predicate:
    """The test that a value is exactly this one; 1 and 1.0 are one number."""
    return Predicate(f"to be {excerpt(value)}", lambda other: are_equal(other, value))


def are_equal(one: Any, other: Any) -> bool:
    """Equal as JSON has it: true is not 1, however deep."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(are_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(are_equal, one, other))
    return bool(one == other)


def _read_text_or_pattern(node: Node) -> Predicate:
    parts = _split_pattern(node)
    return pattern_of(parts[1], node, parts[2]) if parts else contains(node.value)


def _split_pattern(node: Node) -> re.Match[str] | None:
    """The parts of ``/pattern/flags``, or None. Flags of other languages are refused; other letters make it a path."""
    parts = re.fullmatch(r"/(.+)/([gimsux]*)", node.value, re.DOTALL)
    if parts is None or len(set(parts[2])) < len(parts[2]):
        return None
    if set(parts[2]) & set("gu"):
        node.complain(
            f"only i, m, s and x may follow a /pattern/, got {parts[2]}: leave out what is none of these, "
            f"or write {{contains: {node.show()}}} if this is a text"
        )
        return None
    return parts


def _or_list(make: Callable[[str], Predicate]) -> Callable[[Node], Predicate]:
    return lambda node: any_of([make(item.value) for item in node])


def _equals(text: str) -> Predicate:
    return Predicate(f"to be {excerpt(text)}", lambda value: bool(value == text), (text.casefold(),))


def _starts_with(part: str) -> Predicate:
    folded = part.casefold()
    return Predicate(f"to start with {excerpt(part)}", lambda value: fold(value).startswith(folded), (folded,))


def _ends_with(part: str) -> Predicate:
    folded = part.casefold()
    return Predicate(f"to end with {excerpt(part)}", lambda value: fold(value).endswith(folded), (folded,))


def _matches(node: Node) -> Predicate:
    return any_of([_matches_one(item) for item in node])


def _matches_one(node: Node) -> Predicate:
    parts = _split_pattern(node)
    return pattern_of(parts[1], node, parts[2]) if parts else pattern_of(node.value, node)


def _several(join: Callable[[Iterable[Predicate]], Predicate]) -> Callable[[Node], Predicate]:
    return lambda node: join([text(item) for item in node])


def _not(node: Node) -> Predicate:
    test = text(node)
    return Predicate(f"not {test.words}", lambda value: not test.holds(value))


# The keys of a text test.
TEXT: dict[str, Callable[[Node], Predicate]] = {
    "contains": _or_list(contains),
    "equals": _or_list(_equals),
    "starts_with": _or_list(_starts_with),
    "ends_with": _or_list(_ends_with),
    "matches": _matches,
    "any": _several(any_of),
    "all": _several(all_of),
    "not": _not,
}

BOUNDS: dict[str, Callable[[float], Predicate]] = {
    "at_least": lambda bound: Predicate(f"to be at least {bound}", lambda value: bool(value >= bound)),
    "at_most": lambda bound: Predicate(f"to be at most {bound}", lambda value: bool(value <= bound)),
}
