"""What the control interface needs of other parts; handed in, since stages are strangers to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer


class Condition(Protocol):
    """A compiled ``when``."""

    def matches(self, prompt: Prompt) -> bool:
        """Whether it holds."""

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        """What does not hold."""


class Explanation(Struct, frozen=True):
    """What would answer a call. ``answered_by`` is ``scenario``, ``generated`` or ``error``.

    ``finding`` says why the call would be refused; ``misses`` are objects with name, place and differences.
    """

    answered_by: str
    scenario: str | None = None
    position: str | None = None
    place: object = None
    finding: Finding | None = None
    misses: Sequence[Any] = ()


class Hooks(Struct, frozen=True):
    """The other parts, as callables; ``endpoints`` are the names that the journal has for what answers calls.

    ``parse`` makes scenarios (objects with name and place) of a YAML or JSON text, ``condition`` compiles a ``when``,
    ``answer`` reads the words of a scenario's answer; all three raise ``ScenarioError``. ``explain`` says what would
    answer a call, consumes nothing, and may raise ``ApiError`` for a call that would be refused. ``health`` adds to the
    health report.
    """

    version: str
    endpoints: tuple[str, ...]
    scenarios: Callable[[], Sequence[Any]]
    parse: Callable[[str, str], tuple[Any, ...]]
    condition: Callable[[Mapping[str, Any]], Condition]
    answer: Callable[[Mapping[str, Any]], Answer]
    explain: Callable[[Call], Explanation]
    health: Callable[[], Mapping[str, Any]] = dict
