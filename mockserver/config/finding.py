"""Finds the config file: the nearest one upwards, in the working directory first."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from mockserver.config.tables import has_table
from mockserver.records.config_names import CONFIG, PYPROJECT


def find_here() -> Path | None:
    """The config file for the working directory; None when that is gone."""
    try:
        return find(Path.cwd())
    except OSError:
        return None


def find(folder: Path) -> Path | None:
    """The config file for a folder: ``mockserver.yaml``, else a ``pyproject.toml`` with a table for us.

    Looked for in the folder and those above it, up to the root of the repository or the home folder, both included.
    Above the folder itself, those in which everybody may write are passed over: such a file may be anybody's.
    """
    for each in _climb(folder.absolute()):
        if _has_kind(each / CONFIG, stat.S_ISREG):
            return each / CONFIG
        if _has_kind(each / PYPROJECT, stat.S_ISREG) and has_table(each / PYPROJECT):
            return each / PYPROJECT
    return None


def _climb(folder: Path) -> Iterator[Path]:
    home = _find_home()
    for each in (folder, *folder.parents):
        if each == folder or not _is_everybodys(each):
            yield each
        if each == home or _has_kind(each / ".git", bool):
            return


def _find_home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one
        return None


def _is_everybodys(folder: Path) -> bool:
    return os.name != "nt" and _has_kind(folder, lambda mode: bool(mode & stat.S_IWOTH))


def _has_kind(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Whether what is at a path is of a kind, as far as can be seen."""
    try:
        return is_kind(path.stat().st_mode)
    except (OSError, ValueError):
        return False
