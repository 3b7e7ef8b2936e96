"""Globs: finds the paths that fit a pattern, and gives up where a pattern would look through a whole disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

# Files and folders that one pattern may look at.
MAX_ENTRIES = 100_000
WILD = frozenset("*?[")


class EndlessSearchError(Exception):
    """A pattern would look at too many files."""


def search(folder: str, pattern: str) -> list[Path]:
    """The paths that fit a pattern, sorted. A relative pattern starts at ``folder``; ``**`` stands for any folders.

    Folders that cannot be read hold nothing. ``**`` does not follow symbolic links, so it ends.

    Raises:
        EndlessSearchError: more than ``MAX_ENTRIES`` files and folders would have to be looked at.
        ValueError: this is no path: it holds a NUL, for instance.
    """
    path = Path(pattern)
    return sorted(map(Path, _Search().find(path.anchor or folder, path.relative_to(path.anchor).parts)))


class _Search:
    """One search; counts the entries it looked at."""

    def __init__(self) -> None:
        self.entries = 0

    def find(self, start: str, parts: tuple[str, ...]) -> list[str]:
        found = [start]
        for number, part in enumerate(parts):
            only_folders = number < len(parts) - 1
            found = list(dict.fromkeys(path for each in found for path in self.step(each, part, only_folders)))
        return found

    def step(self, folder: str, part: str, only_folders: bool) -> Iterator[str]:
        """The paths that a part of the pattern leads to from a folder."""
        if part == "**":
            yield from self.descend(folder)
        elif set(part) & WILD:
            fits = [entry for entry in self.list(folder) if fnmatch(entry.name, part)]
            yield from (entry.path for entry in fits if not only_folders or entry.is_dir())
        elif os.path.lexists(path := Path(folder, part)):
            yield str(path)

    def descend(self, folder: str) -> Iterator[str]:
        """A folder and all folders below it."""
        waiting = [folder]
        while waiting:
            yield (here := waiting.pop())
            waiting += [entry.path for entry in self.list(here) if entry.is_dir(follow_symlinks=False)]

    def list(self, folder: str) -> list[os.DirEntry[str]]:
        with suppress(OSError), os.scandir(folder) as entries:
            listed = []
            for entry in entries:
                self.entries += 1
                if self.entries > MAX_ENTRIES:
                    raise EndlessSearchError(
                        f"more than {MAX_ENTRIES:,} files and folders would be looked at, use a narrower pattern"
                    )
                listed.append(entry)
            return listed
        return []
