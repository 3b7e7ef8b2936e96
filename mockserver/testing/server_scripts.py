"""Scripts for all sessions of a mock server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from mockserver.endpoints.parts import Parts
from mockserver.testing import scripts
from mockserver.testing.callers import raise_at_call
from mockserver.testing.scripting import Scripting

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from mockserver.testing.words import WhenWords


class ServerScripts(Scripting):
    """Scripts answers for every session of a server: ``server.scripts.reply("Hello.")``.

    They are tried after those of the session and before the scenarios of files, the newest first; those without
    ``when`` come after those with one. How far a script has come is counted in each session. They stay until they are
    cleared, or the whole server is reset.
    """

    def __init__(self, mock: Parts) -> None:
        super().__init__(self._add_script, {})
        self._mock = mock
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scripts, in the order they are tried."""
        return tuple(script.name for script in self._mock.store.server_scripts.current().scripts)

    @raise_at_call
    def when(self, **words: Unpack[WhenWords]) -> Scripting:
        """Script only requests that fit: ``server.scripts.when(user="weather").reply("Sunny.")``.

        Args:
            words: those of a scenario's ``when``: ``user``, ``model``, ``tools``, ``stream`` ...; all must hold.
        """
        return Scripting(self._add_script, words)

    @raise_at_call
    def load(self, *paths: str | Path) -> None:
        """Add the scenarios of fixture files or folders, in front of what was added before.

        Args:
            paths: relative ones start at the current directory.

        Raises:
            ScenarioError: a file is missing or holds mistakes.
        """
        self._mock.store.server_scripts.add(scripts.read_files(paths, (), self._mock.compiler))

    def clear(self) -> None:
        """Remove all of them."""
        self._mock.store.server_scripts.remove()
        self._mock.compiler.functions.forget(None)

    def _add_script(self, scenario: Mapping[str, Any]) -> None:
        store = self._mock.store.server_scripts
        with self._lock:
            number = store.additions() + 1
            script = scripts.read_words(
                {"name": f"server script {number}", **scenario}, number, self._mock.compiler, None
            )
            store.add([script], before_defaults=True)
