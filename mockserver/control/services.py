"""The functions of other parts that the control interface uses. They are passed in, since stages import no stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from mockserver.records.batches import BatchPlan
from mockserver.records.call import Call
from mockserver.records.errors import Finding, Problem
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.store import CallRecord, Document, Miss, Script
from mockserver.wires import Wire


class Expectation(Protocol):
    """A compiled ``when``; ``source`` are its words."""

    @property
    def source(self) -> Mapping[str, Any]:
        """The keys, and the test of each."""

    def matches(self, prompt: Prompt) -> bool:
        """Whether it holds."""

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        """The parts that do not hold."""


class Scenario(Protocol):
    """A compiled script, or a scenario of a file."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def place(self) -> object:
        """Its file and line."""

    @property
    def condition(self) -> Expectation:
        """When it applies."""

    @property
    def length(self) -> int | None:
        """How many answers it holds; None: without end."""

    @property
    def counter(self) -> str:
        """The key under which a session counts its answers."""


class ScenarioSource(Struct, frozen=True):
    """A scenario in words, in the form of a file with nothing else in it. ``path`` is the file they stand in, if that
    could be written.
    """

    yaml: str
    path: str = ""


# Masks a text, and these secrets in it.
Mask = Callable[[str, Sequence[str]], str]


class FixtureFiles(Protocol):
    """The scenario files that may be written. All of this raises ``RefusalError``."""

    @property
    def folder(self) -> str:
        """Their folder; "": no file may be written."""

    def list(self) -> Sequence[str]:
        """Their paths in the folder."""

    def find(self, path: str) -> str | None:
        """The path in the folder of any file, if that may be written."""

    def find_tag(self, name: str) -> str:
        """The entity tag of one."""

    def read(self, name: str, mask: Mask) -> tuple[str, str]:
        """The text of one, masked, and its entity tag."""

    def write(self, name: str, sent: str, expected: Mapping[str, str], mask: Mask) -> tuple[dict[str, Any], str]:
        """Put scenarios into one; returns what was done, and the new entity tag."""


class Explanation(Struct, frozen=True):
    """How a call would be answered.

    ``answered_by`` is ``scenario``, ``generated``, ``computed``, ``forwarded`` or ``error``.
    ``finding`` says why the call would be refused; ``misses`` are the scenarios that would not answer,
    ``left_out`` is the number of those that are not among them.
    """

    answered_by: str
    scenario: str | None = None
    position: str | None = None
    place: object = None
    finding: Finding | None = None
    misses: Sequence[Miss] = ()
    left_out: int = 0


# Of these sessions, at most so many, for a call.
ListObjects = Callable[[Sequence[str], int, Call], Sequence[tuple[str | None, Mapping[str, Any]]]]


class Services(Struct, frozen=True):
    """The functions of other parts that the control interface calls.

    ``fixtures`` gives the scenarios of files. ``read_scripts`` makes scripts of a document, ``compile`` scenarios of
    scripts; ``condition`` compiles a ``when``, ``answer`` reads the words of a scenario's answer; all four raise
    ``ScenarioError``. ``explain`` finds how a call would be answered, changes nothing, and may raise
    ``ApiError`` for a call that would be refused. ``batch_plan`` reads how batches go on, and raises ``ScenarioError``;
    ``finish_batch`` ends the batch of a session and an id, for a call: it returns the batch as the API shows it, or
    None. ``write_scenario`` makes the YAML of a scenario of an entry of the journal as it is shown, and raises
    ``ValueError`` where it cannot; ``sketch_scenario`` makes one to be edited of any entry, with ``is_once`` one
    that answers once. ``check`` compiles scenarios sent as text, finds what lint would say of them, and
    raises ``ScenarioError``; ``word`` gives the words of a scenario, added as a script or of a file. ``files`` gives
    those that may be written. ``list_batches`` and ``list_files`` are the newest objects of sessions, at most so many,
    as the API shows them to a call, each with the session's name (None: of all). ``wire_of`` gives the wire format of a
    recorded call, as it was spoken. ``health`` adds to the health report, ``is_ready`` says whether further requests
    are taken.
    """

    version: str
    fixtures: Callable[[], Sequence[Scenario]]
    read_scripts: Callable[[Document], Sequence[Script]]
    compile: Callable[[Sequence[Script]], Sequence[Scenario]]
    condition: Callable[[Mapping[str, Any]], Expectation]
    answer: Callable[[Mapping[str, Any]], Answer]
    explain: Callable[[Call], Explanation]
    batch_plan: Callable[[Mapping[str, Any]], BatchPlan]
    finish_batch: Callable[[str, str, Call], Mapping[str, Any] | None]
    write_scenario: Callable[[Mapping[str, Any]], str]
    sketch_scenario: Callable[..., str]
    check: Callable[[str], tuple[Sequence[Scenario], Sequence[Problem]]]
    word: Callable[[Scenario, Script | None], ScenarioSource]
    files: Callable[[], FixtureFiles]
    list_batches: ListObjects
    list_files: ListObjects
    wire_of: Callable[[CallRecord], Wire]
    health: Callable[[], Mapping[str, Any]] = dict
    is_ready: Callable[[], bool] = lambda: True
