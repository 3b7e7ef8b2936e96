"""The operations of a store. Each is atomic, also against other threads (and processes, where a store serves
several), and takes and gives plain data: no store holds compiled forms, functions or open files.

A session is named by a string; operations that change one make it when it is new, those that read find an unknown
one empty. ``tests/store/conformance`` says the same in tests that every store must pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from mockserver.records.reply import Fault
from mockserver.store.blobs import BlobStore
from mockserver.store.claims import Claims
from mockserver.store.clocks import ClockStore
from mockserver.store.journals import JournalStore
from mockserver.store.objects import ObjectStore
from mockserver.store.overrides import ActiveSettings, FaultPlan, Overrides
from mockserver.store.script_stores import ScriptStore, ServerScriptStore
from mockserver.store.stats import StatsStore
from mockserver.store.threads import Thread, Turn
from mockserver.store.usage import Usage

T = TypeVar("T")


class Runner(Protocol):
    """Calls a function in the event loop, which does other things while the function waits for the store."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """What the function returns; raises what it raises."""


class SessionStore(Protocol):
    """Which sessions there are. The least recently used ones make room, and idle ones expire if the settings say so."""

    def touch(self, session: str) -> None:
        """Use the session: it counts as the latest one used."""

    def begin_call(self, session: str) -> int:
        """Use the session for a call; returns the number of the call in it, from 1."""

    def exists(self, session: str) -> bool:
        """Whether there is a session of that name."""

    def names(self) -> tuple[str, ...]:
        """The names of all sessions, least recently used first. A name may be a key: show its ``label`` instead.

        A store that keeps no keys gives a stand-in for one that it has not heard since it was opened; all operations
        take the stand-in as well as the name.
        """

    def label(self, session: str) -> str:
        """The name as it may be shown: masked unless someone chose it, since a key is a name too."""

    def is_lost(self, session: str) -> bool:
        """Whether the session had scenarios, changed settings or scripts that had moved on, and had to make room.

        It is remembered of the last 10,000 such sessions, until the session is reset or scenarios are added to it.
        Calls of such a session are counted and recorded, and make no session.
        """

    def reveal(self, session: str) -> None:
        """From now on the session is shown by its name, which someone chose."""


class CounterStore(Protocol):
    """How many answers each script of a session has given."""

    def take(self, session: str, counter: str, length: int | None, *, moves_on: bool = False) -> int | None:
        """Use up the next answer of a script that holds ``length`` of them (None: without end).

        ``moves_on`` says that the answer after it is another one: the session relies on its counters then.

        Returns:
            The answer's position from 0; None when the script has run out.
        """

    def era(self, session: str) -> int:
        """A number that is another one after each reset of the session, and after it was forgotten."""

    def put_back(self, session: str, counter: str, position: int, era: int) -> None:
        """Give back an answer that could not be made: it is the next to be taken.

        Args:
            session: whose script it is.
            counter: the counter of the script.
            position: the answer's position.
            era: the session's era before the answer was taken; when it has passed, nothing is given back.
        """

    def counts(self, session: str) -> Mapping[str, int]:
        """How many answers were used up, by counter."""


class ThreadStore(Protocol):
    """The turns of message threads, by the id of the message that ended each; bounded in number and bytes."""

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message, which continues the one that ended with ``previous``.

        Returns:
            Whether it is held: False when another turn continues the same one.
        """

    def finish(self, session: str, message_id: str) -> None:
        """The turn's answer has left."""

    def clear(self, session: str | None = None) -> None:
        """Forget the turns of a session, or of all."""


class PromptCacheStore(Protocol):
    """The prefixes of prompts that the API would have in its cache."""

    def consult(
        self, session: str, wanted: Sequence[bytes], written: Sequence[tuple[bytes, float]], at: float
    ) -> bytes | None:
        """Look for a prefix, then write prefixes.

        Args:
            session: whose cache it is.
            wanted: digests of prefixes, the most wanted first.
            written: digests of prefixes to be written, and for how many seconds each lives.
            at: the time, in seconds since 1970.

        Returns:
            The first of the wanted that is alive; its life begins anew. One that lives 300 seconds is gone at the 300th
            (inferred: the API's page says 5 minutes, and no more; all API versions).
        """


class FingerprintStore(Protocol):
    """The fingerprints of requests, by the id of their answer; the oldest of a session go first."""

    def exchange(
        self, session: str, message_id: str, fingerprint: bytes, previous: str | None, at: float
    ) -> bytes | None:
        """Hold the fingerprint of a request, and look for that of an earlier one.

        Args:
            session: whose requests they are.
            message_id: the id of the request's answer.
            fingerprint: what is held of the request, for an hour.
            previous: the id of the earlier answer; None when none is asked for.
            at: the time, in seconds since 1970.

        Returns:
            The fingerprint of the request that was answered with ``previous``; None when it is not there, or not any
            more.
        """


class FaultStore(Protocol):
    """The faults set for the next answers of a session, or (None) of all."""

    def set(self, session: str | None, plan: FaultPlan | None) -> None:
        """Plan faults instead of those planned before; None plans none."""

    def get(self, session: str | None) -> FaultPlan | None:
        """The faults that are planned."""

    def find(self, session: str) -> tuple[Fault, ...]:
        """The faults of the session's next answer: those planned for the session, else those planned for all."""

    def take(self, session: str, faults: tuple[Fault, ...]) -> bool:
        """Use up one answer of the plan that ``find`` finds; False when that has other faults by now, or none."""


class OverrideStore(Protocol):
    """The settings changed for a session, or (None) for all."""

    def get(self, session: str | None) -> Overrides:
        """The changes."""

    def change(self, session: str | None, changes: Mapping[str, Any]) -> Overrides:
        """Change some settings; None takes a change back. Returns all that is changed now."""

    def active(self, session: str | None) -> ActiveSettings:
        """The settings in force for a call of the session, or (None) of one that changed none."""


class Store(Protocol):
    """Everything that changes while a server runs."""

    @property
    def runner(self) -> Runner | None:
        """Calls what uses the store so that the event loop goes on while that waits for another machine; None where no
        operation does.
        """

    @property
    def sessions(self) -> SessionStore:
        """Which sessions there are."""

    @property
    def counters(self) -> CounterStore:
        """How many answers each script has given."""

    @property
    def scripts(self) -> ScriptStore:
        """Scenarios added to sessions."""

    @property
    def server_scripts(self) -> ServerScriptStore:
        """Scenarios added for all sessions."""

    @property
    def journal(self) -> JournalStore:
        """Calls and answers."""

    @property
    def stats(self) -> StatsStore:
        """Figures of the calls."""

    @property
    def threads(self) -> ThreadStore:
        """Message threads."""

    @property
    def prompt_cache(self) -> PromptCacheStore:
        """Prefixes of prompts."""

    @property
    def fingerprints(self) -> FingerprintStore:
        """Fingerprints of requests."""

    @property
    def faults(self) -> FaultStore:
        """Faults of the next answers."""

    @property
    def overrides(self) -> OverrideStore:
        """Settings changed."""

    @property
    def clocks(self) -> ClockStore:
        """Clocks moved."""

    @property
    def objects(self) -> ObjectStore:
        """Objects of the API: batches, files, skills."""

    @property
    def blobs(self) -> BlobStore:
        """The contents of objects."""

    @property
    def claims(self) -> Claims:
        """Work on objects that is taken over when the one who does it is gone."""

    def open(self) -> None:
        """Hold the data again after ``close``. Does nothing while they are held, as they are from the beginning.

        Raises:
            StoreError: they cannot be held any more; the error says what to do.
        """

    def close(self) -> None:
        """Write what is still to be written, and let go of the data, so that another server may hold them.

        A store in memory keeps them, and does nothing. Does nothing when it is closed already.
        """

    def expire(self, before: float) -> None:
        """Forget sessions, journal entries and objects that nobody has used since a time; it may take a while.

        A store in memory keeps them, and does nothing.

        Args:
            before: the time, in seconds since 1970.
        """

    def usage(self) -> Usage:
        """How much it holds."""

    def reset(self, session: str | None = None) -> None:
        """Put one session back to its beginning; without a name, forget all sessions and what was set for all.

        Numbers of journal entries and of additions go on.
        """

    def forget(self, session: str) -> None:
        """Drop a session with all it holds."""
