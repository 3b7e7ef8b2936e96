"""JSONPath with filters and wildcards (RFC 9535), its steps counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonpath_rfc9535
from iregexp_check import check
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction

from mockserver.records.budget import LIMITS, Budget, OverBudgetError, query_budget, seconds_left
from mockserver.records.depth import DEEPEST
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.reference.schemas.callers import matches


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

    def find(body: Any) -> list[Any]:
        try:
            # A single search with a pattern counts as one step, however long its text is.
            seconds_left()
            return list(query.find(_count(body, _QueryBudget())).values())
        except (OverBudgetError, jsonpath_rfc9535.JSONPathError) as error:
            message = f"the search for {path} in this request failed: {str(error).splitlines()[0]}"
            raise ScenarioError(Problem(place, message)) from error

    return find


class _QueryBudget(Budget):
    """The budget of one query, which also counts for its request."""

    def __init__(self) -> None:
        super().__init__(LIMITS.query_steps)
        self.request = query_budget()

    def take_steps(self, number: int = 1) -> None:
        super().take_steps(number)
        self.request.take_steps(number)


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

    budget: Budget

    def items(self) -> Any:
        self.budget.take_steps(1 + len(self))
        return super().items()


class _List(list[Any]):
    """A list whose items are counted each time somebody goes through them."""

    budget: Budget

    def __iter__(self) -> Iterator[Any]:
        self.budget.take_steps(1 + len(self))
        return super().__iter__()


def _count(value: Any, budget: _QueryBudget) -> Any:
    """The value with lists and objects that count. Making them takes time too, which the request counts."""
    if isinstance(value, dict | list):
        budget.request.take_steps(1 + len(value))
    if isinstance(value, dict):
        mapping = _Mapping({key: _count(below, budget) for key, below in value.items()})
        mapping.budget = budget
        return mapping
    if isinstance(value, list):
        items = _List(_count(item, budget) for item in value)
        items.budget = budget
        return items
    return value
