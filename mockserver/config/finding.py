"""Finds the config file: the nearest one upwards, in the working directory first."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from mockserver.config.tables import has_table
from mockserver.records.config_names import CONFIG, PYPROJECT


def find(folder: Path) -> Path | None:
    """The config file for a folder: ``mockserver.yaml``, else a ``pyproject.toml`` with a table for us.

    Looked for in the folder and those above it, up to the root of the repository or the home folder, both included.
    Above the folder itself, those in which everybody may write are passed over: such a file may be anybody's.
    """
    for each in _climb(folder.absolute()):
        if (each / CONFIG).is_file():
            return each / CONFIG
        if has_table(each / PYPROJECT):
            return each / PYPROJECT
    return None


def _climb(folder: Path) -> Iterator[Path]:
    home = _find_home()
    for each in (folder, *folder.parents):
        if each == folder or not _is_everybodys(each):
            yield each
        if each == home or (each / ".git").exists():
            return


def _find_home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one
        return None


def _is_everybodys(folder: Path) -> bool:
    try:
        return os.name != "nt" and bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return True
