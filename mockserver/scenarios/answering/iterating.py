"""The filters of Jinja that go through lists, texts and other lists of items: each item counts before it is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import Context
from jinja2.utils import _PassArg, pass_context

from mockserver.records.budget import seconds_left
from mockserver.scenarios.answering.budget import TextBudget, length_of

# Filters that take one item after the other.
_ITERATING = (
    *("groupby", "list", "map", "max", "min", "reject", "rejectattr"),
    *("select", "selectattr", "sort", "unique"),
)
# Filters that look at all items, but need them whole.
_WHOLE = ("dictsort", "reverse")
# Characters that an item counts as: calling a function for it takes as long as copying so many at least.
_TAKEN = 200
# So many items are taken without a look at the time.
_UNSEEN = 16
# Filters of texts that take much longer than copying them, and how many times as long.
_DEAR = {"striptags": 50, "title": 50, "urlencode": 10, "wordcount": 10}


def budget_of(context: Context) -> TextBudget:
    """The budget of the text that is being rendered."""
    budget: TextBudget = context.parent["_budget"]
    return budget


def count_filters(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Those of the filters that are slow on a long list or text, with what they are given counted first."""
    costs = {**dict.fromkeys(_WHOLE, _TAKEN), **_DEAR}
    whole = {name: _wrap(filters[name], partial(_weigh, cost)) for name, cost in costs.items()}
    return whole | {name: _wrap(filters[name], _take) for name in _ITERATING}


def _weigh(cost: int, budget: TextBudget, value: Any) -> Any:
    """The value, each of whose items or characters counts so many times."""
    budget.spend(length_of(value) * cost)
    return value


def _wrap(function: Callable[..., Any], prepare: Callable[[TextBudget, Any], Any]) -> Callable[..., Any]:
    wanted = _PassArg.from_obj(function)

    @pass_context
    def call(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        first = {
            _PassArg.context: (context,),
            _PassArg.eval_context: (context.eval_ctx,),
            _PassArg.environment: (context.environment,),
            None: (),
        }[wanted]
        return function(*first, prepare(budget_of(context), value), *args, **kwargs)

    return call


def _take(budget: TextBudget, value: Any) -> Any:
    """The items of a value, counted when they are taken. What is empty or has none stays, for the filter to judge."""
    if isinstance(value, Undefined) or not isinstance(value, Iterable) or not value:
        return value
    return _count(budget, value)


def _count(budget: TextBudget, items: Iterable[Any]) -> Iterator[Any]:
    for number, item in enumerate(items):
        budget.spend(_TAKEN + length_of(item))
        # What is done with one item may be a search in a long text.
        if number % _UNSEEN == 0:
            seconds_left()
        yield item
