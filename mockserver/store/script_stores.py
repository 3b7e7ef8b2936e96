"""The operations of a store for scripts, of one session and of all; see `mockserver.store.protocols`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mockserver.store.scripts import Script, ScriptList


class ServerScriptStore(Protocol):
    """The scenarios added for all sessions, as text. A reset of one session leaves them.

    A document without a file is named ``server-added-N``.
    """

    def add(
        self, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the others, see ``ScriptStore.add``.

        Raises:
            TooManyScriptsError: there would be more than ``most``, or too many bytes; nothing was added.
        """

    def additions(self) -> int:
        """How often scripts were added."""

    def current(self) -> ScriptList:
        """The scripts, in the order they are tried."""

    def remove(self, name: str | None = None) -> tuple[str, ...]:
        """Remove all scripts or those of one name; returns the names."""


class ScriptStore(Protocol):
    """The scenarios added to sessions, as text."""

    def add(
        self, session: str, scripts: Sequence[Script], *, before_defaults: bool = False, most: int | None = None
    ) -> tuple[Script, ...]:
        """Put scripts in front of the session's others; one of the same name is replaced.

        Args:
            session: whose they are.
            scripts: in the order they are to be tried. A document without a file gets a name of its own,
                ``added-N``, so that a script which is added again starts anew.
            before_defaults: scripts that fit every request go only in front of the first other that does.
            most: how many the session may hold, of at most ``session_bytes`` bytes; None means any, of any size.

        Returns:
            The scripts as they are stored.

        Raises:
            TooManyScriptsError: there would be more; nothing was added.
        """

    def append(self, session: str, answers: Script, name: str | None = None, *, most: int | None = None) -> Script:
        """Put answers behind those of a script, whose counter goes on: one that has run out fits again.

        Args:
            session: whose script it is.
            answers: a script of the same kind; what it holds besides its answers does not count.
            name: the script's name; None: the one of that kind that was added last.
            most: see ``add``; what is appended counts as a script.

        Returns:
            The script as it is stored, in its place, under a new id; the old one is still found by its own.

        Raises:
            NotAppendableError: there is no such script, or nothing can come behind its last answer.
            TooManyScriptsError: there would be more; nothing was appended.
        """

    def additions(self, session: str) -> int:
        """How often scripts were added, or answers appended."""

    def current(self, session: str) -> ScriptList:
        """The session's scripts, in the order they are tried."""

    def active(self, session: str) -> ScriptList:
        """The scripts tried for a call of the session: its own, then the server's."""

    def find(self, session: str, ids: Sequence[int]) -> tuple[Script, ...]:
        """The scripts with these ids, in this order, the session's or the server's; those forgotten are missing."""

    def remove(self, session: str | None, name: str | None = None) -> tuple[str, ...]:
        """Remove scripts of a session or of all, all of them or those of one name; returns the names."""

    def owners(self) -> tuple[str, ...]:
        """The sessions that have scripts."""
