"""Names about the config file, for those who look for it and those who pass it over."""

from __future__ import annotations

# The config file, and the file of a Python project that may hold this table instead.
CONFIG, PYPROJECT, TABLE = "mockserver.yaml", "pyproject.toml", "tool.mockserver"


def is_passed_over(name: str) -> bool:
    """Whether a file of a folder is none of the scenarios in it, whatever its suffix: a hidden one, or the config."""
    return name.startswith(".") or name == CONFIG
