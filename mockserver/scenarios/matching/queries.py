"""JSONPath with filters and wildcards (RFC 9535), its steps counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonpath_rfc9535
from iregexp_check import check
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction

from mockserver.records.budget import LIMITS, Budget, OverBudgetError, current_work, seconds_left
from mockserver.records.depth import DEEPEST
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.reference.schemas.callers import matches
from mockserver.reference.schemas.searches import count_positions

# Steps: for each value that a query looks at, for each part of its filters then, for a search with a pattern, and for
# the query itself.
_VALUE, _PART, _SEARCH, _QUERY = 4, 3, 100, 40
# So many characters are searched with a pattern in one step.
_SEARCHED = 400


def compile_query(path: str, place: Place) -> Callable[[Any], list[Any]]:
    """The search for a path, which stands at ``place``: it gives the values found in a body.

    The search raises ScenarioError when it takes too many steps.

    Raises:
        ValueError: this is no JSONPath.
    """
    try:
        query = _Environment().compile(path)
    except jsonpath_rfc9535.JSONPathError as error:
        raise ValueError(str(error).splitlines()[0]) from error

    weight = _weigh(path)

    def find(body: Any) -> list[Any]:
        try:
            seconds_left()
            searched = current_work().recall(_SearchedBody, body)
            if path not in searched.found:
                searched.counter.begin(weight, len(path))
                searched.found[path] = [getattr(value, "plain", value) for value in query.find(searched.value).values()]
            return searched.found[path]
        except (OverBudgetError, jsonpath_rfc9535.JSONPathError) as error:
            message = f"the search for {path} in this request failed: {str(error).splitlines()[0]}"
            raise ScenarioError(Problem(place, message)) from error

    return find


def _weigh(path: str) -> int:
    """The steps for each value that a query looks at: with a filter, its expression is worked out for each."""
    _, mark, filters = path.partition("?")
    if not mark:
        return _VALUE
    parts = sum(map(filters.count, "@$.[")) + 2 * filters.count("(")
    weight = _VALUE + _PART * (1 + parts)
    # Of these, half are only passed through.
    return weight // 2 if ".." in path else weight


class _Counter(Budget):
    """Counts the steps of the query under way, which also count for its request."""

    def __init__(self) -> None:
        super().__init__(LIMITS.query_steps)
        self._weight = _VALUE

    def begin(self, weight: int, length: int) -> None:
        """Begin with another query, whose path has this length."""
        self._steps, self._weight = LIMITS.query_steps, weight
        current_work().budget.take_steps(_QUERY + length)

    def take_steps(self, number: int = 1) -> None:
        super().take_steps(number * self._weight)
        current_work().budget.take_steps(number * self._weight)


class _SearchedBody:
    """A body with lists and objects that count, made once for all queries of its request; and what these found."""

    def __init__(self, body: Any) -> None:
        self.counter = _Counter()
        self.found: dict[str, list[Any]] = {}
        self.value = _count(body, self.counter, current_work().budget)


class _Pattern(FilterFunction):
    """``match`` and ``search``, in linear time. False for what is no text, and for what is no pattern of RFC 9485."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012  the name and type of the base class
    return_type = ExpressionType.LOGICAL

    def __init__(self, frame: str, end: str) -> None:
        self._frame = frame
        self._end = end

    def __call__(self, text: object, pattern: object) -> bool:
        """Whether the pattern fits the text."""
        if not isinstance(text, str) or not isinstance(pattern, str) or not check(pattern):
            return False
        seconds_left()
        positions = count_positions(pattern)
        current_work().budget.take_steps(_SEARCH + len(text) * (1 + positions // 50) // _SEARCHED)
        return matches(self._frame % self._translate(pattern), text)

    def _translate(self, pattern: str) -> str:
        """The pattern for the engine of schemas, to which "." and "$" mean a little less."""
        parts, inside = [], False
        for part in re.findall(r"(?s)\\.|.", pattern):
            inside = part != "]" and (inside or part == "[")
            parts.append(part if inside else {".": r"[^\n\r]", "$": self._end}.get(part, part))
        return "".join(parts)


class _Environment(jsonpath_rfc9535.JSONPathEnvironment):
    # The root of a body is the first level.
    max_recursion_depth = DEEPEST + 1

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions |= {
            "match": _Pattern("^(?:%s)$", "$"),
            # It is enough that the pattern ends before the last line end.
            "search": _Pattern("(?:%s)", r"(?:\n?$)"),
        }


class _Mapping(dict[str, Any]):
    """An object whose members are counted each time somebody goes through them."""

    plain: dict[str, Any]
    counter: _Counter

    def items(self) -> Any:
        self.counter.take_steps(1 + len(self))
        return super().items()


class _List(list[Any]):
    """A list whose items are counted each time somebody goes through them."""

    plain: list[Any]
    counter: _Counter

    def __iter__(self) -> Iterator[Any]:
        self.counter.take_steps(1 + len(self))
        return super().__iter__()

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            self.counter.take_steps(len(range(*at.indices(len(self)))))
        return super().__getitem__(at)


def _count(value: Any, counter: _Counter, request: Budget) -> Any:
    if isinstance(value, dict):
        request.take_steps(2 + 2 * len(value))
        mapping = _Mapping({key: _count(below, counter, request) for key, below in value.items()})
        mapping.plain, mapping.counter = value, counter
        return mapping
    if isinstance(value, list):
        request.take_steps(2 + 2 * len(value))
        items = _List([_count(item, counter, request) for item in value])
        items.plain, items.counter = value, counter
        return items
    return value
