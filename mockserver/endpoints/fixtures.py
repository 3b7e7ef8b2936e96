"""The scenarios of the fixture files that a server was started with, replaced as a whole when they are loaded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from types import MappingProxyType

from msgspec import Struct

from mockserver.records.clock import Clock
from mockserver.records.days import RELEASE, TODAY, add_seconds, day_at
from mockserver.records.files import FileObject
from mockserver.reference import catalog, lifecycle
from mockserver.reference.catalog import Catalogue
from mockserver.scenarios import Look, ScenarioSet, Signature, models_in_use
from mockserver.store.clocks import ClockSetting

# Earlier revisions that the journal can still explain.
_REMEMBERED = 4
# Days for which the catalogue is kept.
_MOST_DAYS = 16


class Loaded(Struct, frozen=True):
    """The fixtures as they were loaded once. ``revision`` stands for what the files held: it is the same in another
    process, and after a restart, and another one for other files.
    """

    revision: int
    scenarios: ScenarioSet


class Fixtures:
    """The loaded fixtures, and why the newest version of the files could not be loaded, if it could not.

    Args:
        scenarios: those of the files.
        looked: what was looked at to load them, and its state then.
        clock: tells which day is today; without one it is 1970.
        stage: whose day decides which models are retired: ``release``, ``today`` or a day; "": the files say it.
        revision: the revision of the files.
        began: when the server began, in seconds since 1970, if not now: what files declare counts from there.
    """

    def __init__(
        self,
        scenarios: ScenarioSet,
        looked: Mapping[Look, Signature] = MappingProxyType({}),
        clock: Clock | None = None,
        stage: str = "",
        revision: int = 1,
        began: float | None = None,
    ) -> None:
        self._now, self._stage = clock.now if clock else lambda: 0.0, stage
        self.began = self._now() if began is None else began
        # The day of a clock that was moved.
        self._day = ""
        self._catalogue = catalog.standard().change(scenarios.models)
        self._declared = _make_files(scenarios, self.began)
        self._by_day: dict[str, Catalogue] = {}
        self._looked = looked
        self._current = Loaded(revision, scenarios)
        self._known = {revision: scenarios}
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
    def lifecycle(self) -> str:
        """Whose day decides which models are retired: ``release``, ``today`` or a day."""
        return self._stage or self.scenarios.lifecycle or RELEASE

    @property
    def today(self) -> str:
        """The day that counts as today: ``2026-11-30``."""
        return self._day or lifecycle.choose_day(self.lifecycle, self._now())

    @property
    def catalogue(self) -> Catalogue:
        """The models, with those of the files, as they are on the day that counts."""
        if self.lifecycle == RELEASE and not self._day:
            return self._catalogue
        by_day, day = self._by_day, self.today
        found = by_day.get(day)
        if found is None:
            found = lifecycle.on_day(self._catalogue, day)
            if len(by_day) >= _MOST_DAYS:
                by_day.clear()
            by_day[day] = found
        return found

    def by(self, clock: ClockSetting, at: float) -> Fixtures:
        """The same fixtures by a clock that was moved, and shows the time ``at``: its moves decide which day counts.

        Where the day does not come from the clock, it goes on from its beginning by as much as the clock was moved; a
        clock that was set decides it alone.
        """
        if clock.is_set or self.lifecycle == TODAY:
            day = day_at(at)
        elif clock.ahead:
            day = add_seconds(self._catalogue.released if self.lifecycle == RELEASE else self.lifecycle, clock.ahead)
        else:
            return self
        moved = copy(self)
        moved._day = day
        return moved

    @property
    def declared(self) -> Mapping[str, FileObject]:
        """The files that the fixtures declare, by id, made when the server began."""
        return self._declared

    def list_retirements(self, names: Iterable[str] | None = None) -> list[str]:
        """A line for each of these models that retires soon, or has retired since the catalogue was released.

        Without ``names`` it looks at the models that the files name.
        """
        used = [name for name, _ in models_in_use(self.scenarios.scenarios)] if names is None else names
        return lifecycle.list_notices(used, self._catalogue, self.today)

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

    def replace(self, scenarios: ScenarioSet, revision: int) -> None:
        """Use other scenarios from now on, those of the files of this revision."""
        earlier = [(each, known) for each, known in self._known.items() if each != revision]
        self._known = dict([*earlier, (revision, scenarios)][-_REMEMBERED:])
        self._catalogue = catalog.standard().change(scenarios.models)
        self._declared = _make_files(scenarios, self.began)
        self._by_day = {}
        self._current, self._error = Loaded(revision, scenarios), None

    def fail(self, error: str) -> None:
        """Note that the files hold mistakes; the earlier scenarios stay in use."""
        self._error = error

    def at(self, revision: int) -> ScenarioSet:
        """The scenarios of an earlier revision; none when that was too long ago."""
        return self._known.get(revision, _NONE)


def _make_files(scenarios: ScenarioSet, at: float) -> Mapping[str, FileObject]:
    return {name: declared.make(at) for name, declared in scenarios.declared.items()}


_NONE = ScenarioSet()
