"""Hot reload: loads the fixtures anew when loading them would find other files than before.

What counts is the state of the files, looked at again and again: no notice of the operating system is needed, which
network folders and containers often do not give.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ParamSpec, TypeVar

from mockserver.endpoints.parts import Parts
from mockserver.records.errors import Problem
from mockserver.records.masks import show_line, show_text
from mockserver.scenarios import Look, Signature, is_final, sign
from mockserver.serving import assembly

# Seconds between two looks; for many files so many times as long as a look takes.
LOOK, SHARE = 0.1, 10
# Seconds for which files must stay as they are before they are loaded: longer than the clock of a file system takes for
# a step, so that no later change can have the same time. Files that never rest are loaded after some rounds.
REST, ROUNDS = 0.05, 5
# Doublings of that time until files are loaded once more that could not be read, or changed while they were.
DOUBLINGS = 4

LOGGER = logging.getLogger("mockserver")
State = dict[Look, Signature]
P = ParamSpec("P")
T = TypeVar("T")


class FixtureWatcher:
    """Watches the fixtures of a server, and loads them again when they change.

    Args:
        mock: the parts of the server.
    """

    def __init__(self, mock: Parts) -> None:
        self.mock = mock
        # The files as they were when they were loaded; None when they are to be loaded once more, and how often so far.
        self.known: State | None = dict(mock.fixtures.looked)
        self.repeats = 0
        # What was told last at the console, and the seconds that the last look took.
        self.told: object = None
        self.cost = 0.0

    async def run(self) -> None:
        """Reloads after each change, until cancelled."""
        while self.mock.settings.fixtures:
            await self._look_or_report()
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """The seconds until the next look."""
        if self.known is not None:
            return max(LOOK, SHARE * self.cost)
        delay = REST * float(2 ** min(self.repeats, DOUBLINGS))
        return max(delay, SHARE * self.cost) if self.repeats > DOUBLINGS else delay

    async def _look_or_report(self) -> None:
        """The one place where bugs of ours in this task end: they are told, and watching goes on."""
        self.cost = 0.0
        try:
            await self._look()
        except Exception as error:
            reason = f"a bug of the mock server: {type(error).__name__}: {error}"
            self.mock.fixtures.fail(f"{reason}; the console has the traceback, the earlier scenarios stay in force")
            if self.told != reason:
                self.told = reason
                trace = show_text(traceback.format_exc())
                LOGGER.error("watching the fixtures failed inside the mock server\n%s", trace)

    async def _look(self) -> None:
        """Load the fixtures when they are no longer those that are known."""
        found = await self._sign()
        if found == self.known:
            return
        settled = await self._settle(found)
        if self.known is not None:
            self.told = None
        started, moment, problems = self.mock.clock.monotonic(), time.time_ns() - int(REST * 1e9), None
        try:
            problems = await asyncio.to_thread(assembly.reload, self.mock)
        finally:
            if problems is None:
                # It did not get to the end: what it had not looked at yet is watched on as it was before.
                self.mock.fixtures.note({**found, **settled, **self.mock.fixtures.looked})
            self._remember(settled, moment)
            if self.known is None:
                self.cost = self.mock.clock.monotonic() - started
        outcome = (problems, len(self.mock.fixtures.scenarios))
        if outcome != self.told:
            self.told = outcome
            _report(*outcome)

    def _remember(self, settled: State, moment: int) -> None:
        """Note what was loaded.

        What was not at rest before may have changed twice within one step of the clock, and what could not be read may
        be readable soon: both are loaded once more.
        """
        looked = dict(self.mock.fixtures.looked)
        is_sure = all(settled.get(look) == state or is_final(look, state, moment) for look, state in looked.items())
        self.known, self.repeats = (looked, 0) if is_sure else (None, self.repeats + 1)

    async def _settle(self, found: State) -> State:
        """The state of the files once they have come to rest."""
        for _ in range(ROUNDS):
            await asyncio.sleep(REST)
            earlier, found = found, await self._sign()
            if found == earlier:
                return found
        return {}

    async def _sign(self) -> State:
        return await self._in_thread(_sign_all, tuple(self.mock.fixtures.looked))

    async def _in_thread(self, look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Look in another thread, so that a slow disk holds up no request; the time it takes is noted."""
        started = self.mock.clock.monotonic()
        found = await asyncio.to_thread(look, *args, **kwargs)
        self.cost = max(self.cost, self.mock.clock.monotonic() - started)
        return found


def _sign_all(looks: Iterable[Look]) -> State:
    return {look: sign(look) for look in looks}


def _report(problems: tuple[Problem, ...], scenarios: int) -> None:
    """Says at the console how loading went."""
    loaded = f"loaded {scenarios} scenario{'s' * (scenarios != 1)}"
    outcome = "the fixtures hold mistakes, the earlier scenarios stay in force" if problems else loaded
    shown = [show_line(str(problem)) for problem in problems]
    lines = (*shown, f"mockserver: {outcome}")
    # A console that is gone, a closed pipe for instance, is no reason to stop: the health report tells the same.
    with suppress(OSError, ValueError):
        print("\n".join(lines), file=sys.stderr, flush=True)
