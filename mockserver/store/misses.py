"""The scenarios that did not answer a call, and why; secrets masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from msgspec import Struct

from mockserver.records.masks import Scrubber
from mockserver.records.prompt import Prompt
from mockserver.store.calls import CallRecord


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


# Gives the misses of a call, and how many are left out.
Explain = Callable[[CallRecord, Prompt], tuple[Iterable[Miss], int]]


def explain_nothing(_: CallRecord, __: Prompt) -> tuple[tuple[Miss, ...], int]:
    """Knows of no scenarios."""
    return (), 0


def show_misses(misses: Iterable[Mismatch], left_out: int) -> dict[str, Any]:
    """The misses of a call, and how many are left out, as JSON values."""
    return {"misses": [miss.as_dict() for miss in misses], "misses_left_out": left_out}


def find_misses(
    record: CallRecord, prompt: Prompt | None, explain: Explain, scrubber: Scrubber
) -> tuple[tuple[Mismatch, ...], int]:
    """The misses of a recorded call, and how many are left out; none when it has no prompt."""
    misses, left_out = ((), 0) if prompt is None else explain(record, prompt)
    return mask_misses(scrubber, misses), left_out


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
