"""A check: one key of ``when``, compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from mockserver.records.budget import current_work
from mockserver.records.prompt import Prompt
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import excerpt

if TYPE_CHECKING:
    from mockserver.recordings.comparing import RecordedRequestTest


class Check(Struct, frozen=True):
    """One key of ``when``. ``difference`` describes the expected value and that of a prompt that does not fit.

    ``words`` are those of the expected value; ``show`` gives the value of a prompt, where it can be said.
    """

    key: str
    fits: Callable[[Prompt], bool]
    difference: Callable[[Prompt], str]
    words: str = ""
    show: Callable[[Prompt], str] | None = None
    predicate: Predicate | None = None
    # That of ``recorded``.
    recorded: RecordedRequestTest | None = None


# A value that no message may show.
ANOTHER = "another"
# The most characters of a name in a message.
LONGEST = 100
# So many names are listed in a message.
LISTED = 20
# A request that has fewer parts of a kind takes no steps for them.
_MANY = 20
T = TypeVar("T")


def count_items(items: Sequence[T]) -> Sequence[T]:
    """The parts of a request that a check goes through; many of them take steps.

    Raises:
        OverBudgetError: the request has no steps left.
    """
    if len(items) > _MANY:
        current_work().budget.take_steps(2 * len(items))
    return items


def write_list(items: Sequence[str], separator: str = ", ", number: int | None = None) -> str:
    """The first items in a message, each cut, and how many there are besides. ``number`` tells how many there are."""
    more = (len(items) if number is None else number) - LISTED
    shown = [item if len(item) <= LONGEST else item[: LONGEST - 1] + "…" for item in items[:LISTED]]
    return separator.join([*shown, f"and {more:,} more"] if more > 0 else shown)


def compare(key: str, of: Callable[[Prompt], Any], test: Predicate, show: Callable[[Any], str] = excerpt) -> Check:
    """The check that a test holds of the value that ``of`` takes from a prompt; ``show`` writes it in messages."""
    holds = test.holds
    return state(key, lambda prompt: holds(of(prompt)), test.words, lambda prompt: show(of(prompt)), test)


def state(
    key: str,
    fits: Callable[[Prompt], bool],
    words: str,
    show: Callable[[Prompt], str],
    test: Predicate | None = None,
    *,
    got: str = "got",
) -> Check:
    """The check of what ``show`` writes in messages; ``words`` are read after "expected"."""
    return Check(key, fits, lambda prompt: f"{key}: expected {words}, {got} {show(prompt)}", words, show, test)
