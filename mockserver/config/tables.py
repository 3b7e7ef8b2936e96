"""Whether a ``pyproject.toml`` holds a table for us.

The standard library reads TOML since Python 3.11; before, this needs ``tomli``, which pytest brings along there.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_NAME = b"mockserver"
HEADER = re.compile(r"\s*\[\s*tool\s*\.\s*[\"']?mockserver[\"']?\s*(?:\.\s*[\"']?(\w+)[\"']?\s*)?\]")
# Bytes of a config file.
MOST = 1024 * 1024


def has_table(path: Path) -> bool:
    """Whether there is such a file with a table for us, or with something that was meant to be one."""
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST)
    except (OSError, ValueError):
        return False
    if _NAME not in content:
        return False
    text = content.decode("utf-8-sig", "replace")
    if any(map(HEADER.match, text.splitlines())):
        return True
    try:
        return find_table(text) is not None
    except (ValueError, ModuleNotFoundError):
        return False


def find_table(text: str) -> Any:
    """The table in a text; None when there is none.

    Raises:
        ValueError: the text is no TOML.
        ModuleNotFoundError: this Python reads no TOML.
    """
    try:
        document = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli").loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    tool = document.get("tool")
    return tool.get("mockserver") if isinstance(tool, dict) else None
