"""The files that may be written: scenario files in one folder and in those below it, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mockserver.control.requests import RefusalError
from mockserver.records.config_names import is_passed_over

SUFFIXES = (".yaml", ".yml")
# So many files are listed, in folders so far below, of so many entries.
MOST_FILES, DEEPEST, MOST_ENTRIES = 1000, 8, 20_000
# Characters of a path.
_LONGEST = 400
_EXPECTED = (
    "a path in the folder of --allow-edit, such as weather.yaml: .yaml or .yml, none that is hidden or leads out"
)


def list_names(folder: str) -> list[str]:
    """The paths of the scenario files in a folder and below it, in order; at most 1,000."""
    root = Path(os.path.realpath(folder))
    found = [name for name in _walk(root) if _leads_inside(root, root / name)]
    return sorted(found)[:MOST_FILES]


def locate(folder: str, name: str) -> Path:
    """The file of a path below a folder, with no symbolic link in it; there need be none yet.

    Raises:
        RefusalError: 400, it is no path of a scenario file in there; 404, its folder is missing.
    """
    if not _is_sound(name):
        raise RefusalError(400, f"{name[:100]!r} is no file that can be written.", _EXPECTED)
    root = Path(os.path.realpath(folder))
    path = root / name
    if not _leads_inside(root, path):
        raise RefusalError(400, f"{name[:100]!r} leads out of the folder.", _EXPECTED)
    real = Path(os.path.realpath(path))
    if not real.parent.is_dir():
        raise RefusalError(404, f"{name[:100]!r} stands in a folder that is missing.", "a folder that is there")
    return real


def find_name(folder: str, path: str) -> str | None:
    """The path below the folder by which a file may be written, if it may."""
    if not folder or not path:
        return None
    root, real = Path(os.path.realpath(folder)), Path(os.path.realpath(path))
    name = real.relative_to(root).as_posix() if real.is_relative_to(root) else ""
    return name if _is_sound(name) else None


def _is_sound(name: str) -> bool:
    parts = name.split("/")
    return (
        len(name) <= _LONGEST
        and name.isprintable()
        and not set(name) & set('\\:*?"<>|')
        and not any(part.startswith(".") or not part.strip() for part in parts)
        and not is_passed_over(parts[-1])
        and PurePosixPath(name).suffix in SUFFIXES
    )


def _leads_inside(root: Path, path: Path) -> bool:
    """Whether a path, symbolic links followed, is still one of a scenario file below the root."""
    real = Path(os.path.realpath(path))
    return real.is_relative_to(root) and _is_sound(real.relative_to(root).as_posix())


def _walk(root: Path) -> Iterator[str]:
    waiting, seen = [("", 0)], 0
    while waiting:
        below, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(root / below), key=lambda entry: entry.name)
        except OSError:  # it is gone, or closed to the server
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_ENTRIES:
                return
            name = f"{below}{entry.name}"
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False) and depth < DEEPEST:
                waiting.append((f"{name}/", depth + 1))
            elif _is_sound(name) and entry.is_file():
                yield name
