"""What would take long to work out at each start: worked out beforehand by ``make schemas``, kept as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent / "data" / "ready"


def shipped(name: str) -> Path:
    """Where ``schemas`` or ``fixtures`` are: in the checkout, or in an installed package under ``_`` and that name."""
    package = Path(__file__).parent.parent
    installed = package / f"_{name}"
    return installed if installed.is_dir() else package.parent / name


def names() -> list[str]:
    """The names of all that is kept."""
    return [file.stem for file in FOLDER.iterdir()]


def read(name: str) -> Any:
    """What is kept under that name; None when nothing is."""
    file = FOLDER / f"{name}.json"
    return orjson.loads(file.read_bytes()) if file.is_file() else None
