"""JSON files that ``make schemas`` builds in advance, because building them at each start would take too long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent / "data" / "prebuilt"


def locate_data(name: str) -> Path:
    """The folder ``schemas`` or ``fixtures``: in the checkout, or in an installed package with a leading ``_``."""
    package = Path(__file__).parent.parent
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name


def list_names() -> list[str]:
    """The names of all prebuilt files."""
    return [file.stem for file in FOLDER.iterdir()]


def read(name: str) -> Any:
    """The content of the prebuilt file with this name; None when there is none."""
    file = FOLDER / f"{name}.json"
    return orjson.loads(file.read_bytes()) if file.is_file() else None
