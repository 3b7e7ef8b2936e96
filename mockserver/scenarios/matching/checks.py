"""A check: one key of ``when``, compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from mockserver.records.prompt import Prompt
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import excerpt


class Check(Struct, frozen=True):
    """One key of ``when``. ``difference`` describes the expected value and that of a prompt that does not fit."""

    key: str
    fits: Callable[[Prompt], bool]
    difference: Callable[[Prompt], str]
    predicate: Predicate | None = None


def compare(key: str, of: Callable[[Prompt], Any], test: Predicate, show: Callable[[Any], str] = excerpt) -> Check:
    """The check that a test holds of the value that ``of`` takes from a prompt; ``show`` writes it in messages."""
    holds = test.holds
    return Check(
        key,
        lambda prompt: holds(of(prompt)),
        lambda prompt: f"{key}: expected {test.words}, got {show(of(prompt))}",
        test,
    )
