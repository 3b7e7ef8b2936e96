"""The scenarios that did not answer a call, and why; secrets masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from msgspec import Struct

from mockserver.records.call import Call
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


Explain = Callable[[CallRecord, Prompt], Iterable[Miss]]


def explain_nothing(_: CallRecord, __: Prompt) -> tuple[Miss, ...]:
    """Knows of no scenarios."""
    return ()


def mask_misses(call: Call, misses: Iterable[Miss]) -> tuple[Mismatch, ...]:
    """The misses of a call with its secrets masked."""
    scrubber = Scrubber(call)
    return tuple(
        Mismatch(
            scrubber.content(str(miss.name)),
            "" if miss.place is None else str(miss.place),
            tuple(map(scrubber.text, miss.differences)),
        )
        for miss in misses
    )
