"""Hot reload: loads the fixtures anew when one of them is saved. Alone in knowing watchfiles."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from mockserver.endpoints.parts import Parts
from mockserver.records.errors import Problem
from mockserver.serving import assembly

SUFFIXES = (".yaml", ".yml", ".json")
# Milliseconds: how long changes are gathered, how often they are looked for, and when we look once without being told:
# what is saved while the watching is set up is told to nobody.
DEBOUNCE, STEP, LOOK = 100, 50, 400


class FixtureWatcher:
    """Watches the fixtures of a server, and loads them again when they change.

    Folders are watched, not files: editors save by putting another file in the place of the old one.
    """

    def __init__(self, mock: Parts) -> None:
        self.mock = mock
        self.unloadable: set[Path] = set()
        self.known = self._state()

    async def run(self) -> None:
        """Reloads after each change, until cancelled."""
        from watchfiles import awatch

        while folders := self._folders():
            # Something may have been saved while nobody looked.
            await self._reload()
            changes = awatch(
                *folders,
                debounce=DEBOUNCE,
                step=STEP,
                rust_timeout=LOOK,
                yield_on_timeout=True,
                recursive=False,
                watch_filter=None,
            )
            is_first = True
            async for changed in changes:
                if changed or is_first:
                    await self._reload()
                    is_first = False
                    if folders != self._folders():
                        break

    async def _reload(self) -> None:
        problems = None
        # Once more when the loaded files include further ones: these may have been saved again since they were read.
        while (state := self._state()) != self.known:
            problems = await asyncio.to_thread(assembly.reload, self.mock)
            self.unloadable = {Path(problem.place.file) for problem in problems}
            self.known = state
        if problems is not None:
            _report(problems, len(self.mock.fixtures.scenarios))

    def _files(self) -> set[Path]:
        """The files and folders to load, the files loaded, and those that could not be."""
        loaded = self.mock.fixtures.scenarios.files
        return {*map(Path, self.mock.settings.fixtures), *map(Path, loaded), *self.unloadable}

    def _folders(self) -> set[Path]:
        """The folders in which something may change; of one that is gone, what is left above it."""
        folders = {file if file.is_dir() else file.parent for file in self._files()}
        return {next(each for each in (folder, *folder.absolute().parents) if each.is_dir()) for folder in folders}

    def _state(self) -> set[tuple[Path, int, int]]:
        """Every file that may matter, with its time and size."""
        files = self._files()
        inside = {path for folder in self._folders() for path in folder.iterdir() if path.suffix in SUFFIXES}
        return {found for path in files | inside if (found := _status(path))}


def _status(path: Path) -> tuple[Path, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (path, found.st_mtime_ns, found.st_size) if path.is_file() else None


def _report(problems: Sequence[Problem], scenarios: int) -> None:
    """Says at the console how loading went."""
    for problem in problems:
        print(problem, file=sys.stderr)
    broken = "the fixtures hold mistakes, the earlier scenarios stay in force"
    print(f"mockserver: {broken if problems else f'loaded {scenarios} scenarios'}", file=sys.stderr, flush=True)
