"""The limits of what a request or a fixture can make the server compute, and the budget that counts it.

Steps and characters decide, so that the same request gives the same bytes on a slow machine. Processor time only guards
what cannot be counted, such as one search with a pattern that goes back and forth: it ends in an error, never in
another answer. All numbers stand here; docs/scenarios.md tells them to users.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from msgspec import Struct

S = TypeVar("S")
T = TypeVar("T")


class Limits(Struct, frozen=True):
    """The most that may be computed. The comment above each limit says what it counts, and for what."""

    # Placeholders of one text: loop rounds and calls; characters that all parts of it make together.
    text_steps: int = 20_000
    text_characters: int = 100_000_000
    # Characters of all values that are filled into one answer.
    answer_characters: int = 20_000_000
    # Placeholders: characters of one value, and items with all that is in them.
    size: int = 1_000_000
    # Placeholders: the precision of ``round``, in digits.
    digits: int = 300
    # ``fake`` in the placeholders of one answer: numbers drawn; one name takes a handful.
    fake_draws: int = 50_000
    # A generated value: values made, schemas merged, names looked at; characters of its texts.
    generated_steps: int = 200_000
    generated_characters: int = 1_000_000
    # A schema that a caller sent: its bytes, the size of its compiled patterns.
    schema_bytes: int = 1_000_000
    schema_patterns: int = 2_000_000
    # Values that are checked with a schema: visits of its parts, and steps to count these.
    schema_visits: int = 2_000_000
    schema_steps: int = 100_000
    # Steps back of one search with a pattern in such a schema, where no linear search is possible.
    schema_backtracks: int = 10_000
    # Conditions of scenarios, in steps of about half a microsecond: of one JSONPath query in ``when.body``, of all
    # conditions that one request is tried with; of those tried again to tell which is near, and to word what differs.
    query_steps: int = 600_000
    request_steps: int = 800_000
    explaining_steps: int = 200_000
    # Placeholders of one text: words and signs in them, which are compiled.
    text_words: int = 10_000
    # Scenarios: characters of one regular expression, glob or JSONPath.
    pattern_characters: int = 10_000
    # Scenarios that are sent to a running server: values of one document, and steps to compile its placeholders and
    # patterns, of about 50 microseconds each.
    document_values: int = 60_000
    document_steps: int = 20_000
    # A body: objects and lists in it, each of which takes memory; values visited to say why it is refused.
    body_containers: int = 2_000_000
    explained_values: int = 500_000
    # Edits that clear something out of one conversation: each counts it again.
    context_edits: int = 16
    # Images of one body: parts that are followed to see whether they can be decoded, bytes unpacked to count pixels.
    image_parts: int = 100_000
    image_bytes: int = 8_000_000
    # Faults: those of one answer; comments, and bytes of comments, that one of them puts between events; characters of
    # a tool's input that is sent twice.
    faults: int = 10
    comments: int = 20_000
    comment_bytes: int = 10_000_000
    repeated_input: int = 4_000_000
    # Characters of an answer that are searched for stop sequences, for all of them together.
    searched_characters: int = 200_000_000
    # What changed since an earlier request: bytes of the requests that are read for it, and of the parts shown.
    compared_bytes: int = 100_000_000
    shown_bytes: int = 4_000_000
    # Bytes of an answer up to which its stream is cut as finely as the API does. A longer one has larger deltas.
    fine_bytes: int = 200_000
    # Pieces of one answer: of a longer one they are larger.
    pieces: int = 50_000
    # Seconds of processor time that one request may take in all for patterns and placeholders.
    seconds: float = 1.0


LIMITS = Limits()


class OverBudgetError(ValueError):
    """More was to be computed than the limits allow; the message says which of them was met."""


class Budget:
    """Counts steps and characters, and stops the work when these are too many.

    Args:
        steps: how many may be taken.
        characters: how many may be made.
        what: begins the message of the error, with a verb.
    """

    def __init__(self, steps: int, characters: int = 0, what: str = "it takes") -> None:
        self._most = (steps, characters)
        self._what = what
        self._steps = steps
        self._characters = characters

    def take_steps(self, number: int = 1) -> None:
        """Count steps.

        Raises:
            OverBudgetError: these are too many.
        """
        self._steps -= number
        if self._steps < 0:
            raise OverBudgetError(f"{self._what} more than {self._most[0]:,} steps")

    @property
    def is_spent(self) -> bool:
        """Whether more steps were to be taken than there were."""
        return self._steps < 0

    def spend(self, size: int) -> None:
        """Count characters.

        Raises:
            OverBudgetError: these are too many.
        """
        self._characters -= size
        if self._characters < 0:
            raise OverBudgetError(f"it makes more than {self._most[1]:,} characters in all")


class Work:
    """The work of finding a scenario for one request: steps are counted, and values that many conditions need are kept.

    Args:
        steps: how many all conditions may take.
        kept: what is kept already.
    """

    # So many values are kept: those of one conversation, not those of a whole journal.
    _MOST_KEPT = 8

    def __init__(self, steps: int, kept: dict[Any, Any] | None = None) -> None:
        self.budget = Budget(steps, what="all conditions that were tried take")
        # Counts the characters that the placeholders of its answer make.
        self.filled = Budget(0, LIMITS.answer_characters)
        self._kept: dict[Any, Any] = {} if kept is None else kept

    def recall(self, make: Callable[[S], T], source: S) -> T:
        """What ``make`` makes of ``source``; for the same object it is made once."""
        found = self._kept.get((make, id(source)))
        if found is None:
            if len(self._kept) >= self._MOST_KEPT:
                self._kept.clear()
            # The source is kept too, so that no other object can get its id.
            found = self._kept[make, id(source)] = (source, make(source))
        made: T = found[1]
        return made

    def share(self, steps: int) -> Work:
        """Work on the same request with steps of its own."""
        return Work(steps, self._kept)


# The processor time, in seconds of the thread, at which the request under way has used up its own. That clock is slow
# to read: it is first read when a pattern or a placeholder is worked on.
_UNREAD = math.inf
_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_work: ContextVar[Work | None] = ContextVar("work", default=None)


class guard:  # noqa: N801  used as a function; a generator would take several times as long, for each request
    """Within it, patterns and placeholders have ``LIMITS.seconds`` together: one request is handled in it."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = (_deadline.get(), _work.get())
        _deadline.set(_UNREAD)
        _work.set(None)

    def __exit__(self, *_: object) -> None:
        deadline, work = self._before
        _deadline.set(deadline)
        _work.set(work)


def current_work() -> Work:
    """The work of the request under way; outside of one, that of a single test."""
    found = _work.get()
    if found is None:
        found = Work(LIMITS.request_steps)
        if _deadline.get() is not None:
            _work.set(found)
    return found


@contextmanager
def apart(steps: int) -> Iterator[Work]:
    """Within it, conditions take their steps from other ones than those of the request."""
    work = current_work().share(steps)
    before = _work.set(work)
    try:
        yield work
    finally:
        _work.reset(before)


def is_timed() -> bool:
    """Whether the seconds of the request under way are counted by now."""
    return _deadline.get() not in (None, _UNREAD)


@contextmanager
def uncounted() -> Iterator[None]:
    """Within it, work takes nothing of the seconds of the request under way: it is done for all requests, or others."""
    start = time.thread_time()
    try:
        yield
    finally:
        if (deadline := _deadline.get()) is not None:
            _deadline.set(deadline + time.thread_time() - start)


def seconds_left() -> float:
    """Seconds of processor time left to the request under way; those of a whole request outside of one.

    Raises:
        OverBudgetError: none are left.
    """
    deadline = _deadline.get()
    if deadline is None:
        return LIMITS.seconds
    if deadline == _UNREAD:
        _deadline.set(time.thread_time() + LIMITS.seconds)
        return LIMITS.seconds
    left = deadline - time.thread_time()
    if left <= 0:
        raise OverBudgetError(f"the request takes more than {LIMITS.seconds:g} seconds")
    return left
