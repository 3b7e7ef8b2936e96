"""The records of a loaded fixture: scenarios and their steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from mockserver.records.endpoints import MESSAGES, NAMING, resolve_names
from mockserver.records.errors import Place
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.functions import Function
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Fault
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.matching.conditions import Condition
from mockserver.scenarios.reading.source import KeyPath


def _reject_gateway(_: str) -> Failure:
    raise ValueError("errors of gateways are not known here")


def _reject_fault(_: Mapping[str, Any]) -> Fault:
    raise ValueError("faults are not known here")


# A place where an answer breaks the API's schema: the path in the message, and the mistake.
Breach = tuple[KeyPath, str]


_ONLY_MESSAGES = resolve_names(MESSAGES)


def find_endpoints(when: Mapping[str, Any]) -> frozenset[str] | None:
    """The endpoints at which a condition may hold; None where it may on any path, also on those that have none."""
    if "endpoint" in when:
        return resolve_names(when["endpoint"])
    return None if any(key in when for key in NAMING) else _ONLY_MESSAGES


class Extensions(Struct, frozen=True):
    """Functions of other parts of the server that reading scenarios needs.

    ``parse_fault`` makes a Fault of a mapping, and raises ValueError with a clear text for one that is none.
    ``find_gateway_error`` has the error of a gateway by its name, and raises ValueError for a name that is none.
    ``strikes_any`` says whether a fault strikes any whole answer, and not streams or messages alone.
    ``check_locale`` raises ValueError for a locale in which no text can be generated.
    ``check_answer``, which only lint uses, finds where an answer to a prompt breaks the API's response schema.
    ``check_recorded_request`` and ``check_recorded_response``, which only lint uses, say why a recorded request would
    be refused today, and where a recorded answer is none of today's.
    ``replay`` is how answers of cassettes are given, whatever their files say; "": as these say. ``match`` is what
    their key ``match`` holds, by key, where it is not what the files say.
    ``call`` calls a function of the user with a prompt, and raises OutOfTimeError when it takes more than the seconds.
    """

    parse_fault: Callable[[Mapping[str, Any]], Fault] = _reject_fault
    find_gateway_error: Callable[[str], Failure] = _reject_gateway
    strikes_any: Callable[[Fault], bool] = lambda _: True
    check_locale: Callable[[str], None] = lambda _: None
    check_answer: Callable[[Answer, Prompt], Iterable[Breach]] | None = None
    check_recorded_request: Callable[[RecordedExchange], Iterable[str]] = lambda _: ()
    check_recorded_response: Callable[[RecordedExchange], Iterable[str]] = lambda _: ()
    replay: str = ""
    match: Mapping[str, Any] = {}
    call: Callable[[Function, Prompt, float], Any] = lambda function, prompt, _: function.call(prompt)


class Step(Struct, frozen=True):
    """One answer of a script. ``times`` is how often it is given; None is always."""

    place: Place
    build: Callable[[Variables], Answer]
    times: int | None = 1
    # The answer itself, when no placeholder makes it differ from call to call.
    constant: Answer | None = None
    # Finds the place of the value at a path below the step, or the nearest known place.
    locate: Callable[[KeyPath], Place] | None = None
    # The files that were read into it.
    files: tuple[str, ...] = ()
    # Whether building it calls a function of the user, which may wait.
    is_function: bool = False
    # Whether it says a thought whose text the call may hide: one without a signature of its own.
    thinks: bool = False

    def answer(self, variables: Variables) -> Answer:
        """The answer for one call.

        Raises:
            ScenarioError: a placeholder failed; the error says in which file and line.
        """
        return self.constant or self.build(variables)


class Scenario(Struct, frozen=True, eq=False, dict=True):
    """A named rule: when it applies, and what it answers. ``script`` is ``reply``, ``turns`` or ``calls``.

    ``from_start``: whether its turns are counted from the start of the conversation, not from the user text.
    ``values`` is how many values it was made of, with those of its file's defaults: what it takes in memory.
    """

    name: str
    place: Place
    condition: Condition
    script: str
    steps: tuple[Step, ...]
    priority: int = 0
    values: int = 0
    from_start: bool = False

    @cached_property
    def endpoints(self) -> frozenset[str] | None:
        """The endpoints that it answers at; None: on any path, since its condition names a path or a method alone."""
        return find_endpoints(self.condition.source)

    def answers_at(self, endpoint: str) -> bool:
        """Whether it may answer a call of an endpoint; "": of a path that has none."""
        return self.endpoints is None or endpoint in self.endpoints

    @cached_property
    def has_functions(self) -> bool:
        """Whether functions of the user give some of its answers."""
        return any(step.is_function for step in self.steps)

    @cached_property
    def names_model(self) -> bool:
        """Whether its condition names models."""
        return "model" in self.condition.source

    @cached_property
    def counter(self) -> str:
        """The key under which a session counts the answers of this scenario."""
        return f"{self.place.file}#{self.name}"

    @cached_property
    def length(self) -> int | None:
        """How many answers the script holds; None when it never runs out."""
        times = [step.times for step in self.steps]
        return None if None in times else sum(time or 0 for time in times)

    @cached_property
    def moves_on(self) -> bool:
        """Whether a session's next answer depends on how many it has had."""
        return self.script != "turns" and (self.length is not None or len(self.steps) > 1)

    def turn_of(self, prompt: Prompt) -> int:
        """The turn of a prompt, as the turns of this scenario are counted: from 0."""
        return prompt.assistant_turns if self.from_start else prompt.turn

    def step_at(self, position: int) -> Step | None:
        """The step that answers at a position, counted from 0; None when the script has run out."""
        for step in self.steps:
            if step.times is None or position < step.times:
                return step
            position -= step.times
        return None
