"""JSON files that ``make schemas`` builds in advance, because building them at each start would take too long."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent / "data" / "prebuilt"


def locate_data(name: str) -> Path:
    """The folder ``schemas`` or ``fixtures``: in the checkout, or in an installed package with a leading ``_``."""
    package = Path(__file__).parent.parent
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name


@cache
def list_names() -> tuple[str, ...]:
    """The names of all prebuilt files."""
    return tuple(file.stem for file in FOLDER.iterdir())


def read(name: str) -> Any:
    """The content of the prebuilt file with this name; None when there is none."""
    content = _read_bytes(name)
    return None if content is None else orjson.loads(content)


def keep_files() -> None:
    """Read all files now, so that none need be opened later."""
    for name in list_names():
        _read_bytes(name)


def forget_files() -> None:
    """Read the files again when they are next needed."""
    list_names.cache_clear()
    _read_bytes.cache_clear()


@cache
def _read_bytes(name: str) -> bytes | None:
    file = FOLDER / f"{name}.json"
    return file.read_bytes() if file.is_file() else None
