"""The scenarios of the fixture files that a server was started with, replaced as a whole when they are loaded again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from mockserver.scenarios import Look, ScenarioSet, Signature

# Earlier revisions that the journal can still explain.
_REMEMBERED = 4


class Loaded(Struct, frozen=True):
    """The fixtures as they were loaded once; ``revision`` counts from 1."""

    revision: int
    scenarios: ScenarioSet


class Fixtures:
    """The loaded fixtures, and why the newest version of the files could not be loaded, if it could not.

    Args:
        scenarios: those of the files.
        looked: what was looked at to load them, and its state then.
    """

    def __init__(self, scenarios: ScenarioSet, looked: Mapping[Look, Signature] = MappingProxyType({})) -> None:
        self._looked = looked
        self._current = Loaded(1, scenarios)
        self._known = {1: scenarios}
        self._error: str | None = None

    @property
    def current(self) -> Loaded:
        """The fixtures in use."""
        return self._current

    @property
    def scenarios(self) -> ScenarioSet:
        """The scenarios in use."""
        return self._current.scenarios

    @property
    def error(self) -> str | None:
        """The mistakes in files that were not loaded for them."""
        return self._error

    @property
    def looked(self) -> Mapping[Look, Signature]:
        """The files and folders that the latest attempt to load the fixtures read, each with its state at that time."""
        return self._looked

    def note(self, looked: Mapping[Look, Signature]) -> None:
        """Remember the files and folders that an attempt to load the fixtures read, whether it succeeded or not."""
        self._looked = looked

    def replace(self, scenarios: ScenarioSet) -> None:
        """Use other scenarios from now on."""
        revision = self._current.revision + 1
        newest = [*self._known.items(), (revision, scenarios)][-_REMEMBERED:]
        self._known = dict(newest)
        self._current, self._error = Loaded(revision, scenarios), None

    def fail(self, error: str) -> None:
        """Note that the files hold mistakes; the earlier scenarios stay in use."""
        self._error = error

    def at(self, revision: int) -> ScenarioSet:
        """The scenarios of an earlier revision; none when that was too long ago."""
        return self._known.get(revision, _NONE)


_NONE = ScenarioSet()
