"""The operations of a store for the scripts of all sessions; see `mockserver.store.protocols`."""

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
