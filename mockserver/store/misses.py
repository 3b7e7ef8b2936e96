"""The scenarios that did not answer a call, and why; secrets masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from msgspec import Struct

from mockserver.records.masks import Scrubber
from mockserver.records.prompt import Prompt
from mockserver.store.calls import CallRecord
from mockserver.store.readable import read_prompt


class Mismatch(Struct, frozen=True):
    """A scenario that did not answer a call, and the differences; secrets masked."""

    name: str
    place: str
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The mismatch as JSON values."""
        return {"scenario": self.name, "place": self.place, "differences": list(self.differences)}


class Miss(Protocol):
    """A scenario that does not answer, as the stage of scenarios has it."""

    @property
    def name(self) -> str:
        """The scenario's name."""

    @property
    def place(self) -> object:
        """Where it stands."""

    @property
    def differences(self) -> tuple[str, ...]:
        """The differences between its condition and the prompt."""


class Met(Protocol):
    """A key of the condition of the scenario that answered, as the stage of scenarios has it."""

    @property
    def key(self) -> str:
        """The key of ``when``."""

    @property
    def expected(self) -> str:
        """What it expects, in words."""

    @property
    def got(self) -> str | None:
        """What came, in words; None: it cannot be said."""


class Reasons(Struct, frozen=True):
    """Why a call was answered as it was: the scenarios that did not answer, how many are left out, and the condition
    of the one that did, key by key.
    """

    misses: Iterable[Miss] = ()
    left_out: int = 0
    met: Iterable[Met] = ()


# How many misses of a call are told, the nearest first.
MOST_MISSES = 100
# Gives the reasons of a call, with so many misses.
Explain = Callable[[CallRecord, Prompt, int], Reasons]


def explain_nothing(_: CallRecord, __: Prompt, ___: int) -> Reasons:
    """Knows of no scenarios."""
    return Reasons()


def show_misses(misses: Iterable[Mismatch], left_out: int) -> dict[str, Any]:
    """The misses of a call, and how many are left out, as JSON values."""
    return {"misses": [miss.as_dict() for miss in misses], "misses_left_out": left_out}


def show_reasons(record: CallRecord, explain: Explain, scrubber: Scrubber, most: int) -> dict[str, Any]:
    """Why a recorded call was answered as it was, as JSON values; nothing when it has no prompt, or of 0 misses."""
    prompt = read_prompt(record)
    reasons = explain(record, prompt, most) if prompt is not None and most else Reasons()
    met = [
        {"key": each.key, "expected": scrubber.text(each.expected), "got": each.got and scrubber.text(each.got)}
        for each in reasons.met
    ]
    return {"met": met, **show_misses(mask_misses(scrubber, reasons.misses), reasons.left_out)}


def find_misses(record: CallRecord, explain: Explain, scrubber: Scrubber) -> tuple[Mismatch, ...]:
    """The misses of a recorded call; none when it has no prompt."""
    prompt = read_prompt(record)
    return () if prompt is None else mask_misses(scrubber, explain(record, prompt, MOST_MISSES).misses)


def mask_misses(scrubber: Scrubber, misses: Iterable[Miss]) -> tuple[Mismatch, ...]:
    """The misses of a call with its secrets masked."""
    return tuple(
        Mismatch(
            scrubber.content(str(miss.name)),
            "" if miss.place is None else str(miss.place),
            tuple(map(scrubber.text, miss.differences)),
        )
        for miss in misses
    )
