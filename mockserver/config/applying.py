"""The options of a config file beside the arguments of a server in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.config.finding import find_here
from mockserver.config.reading import load, merge
from mockserver.records.settings import SettingWords
from mockserver.reference.prebuilt import locate_data


def apply(
    config: str | Path | bool, fixtures: tuple[str, ...], words: Mapping[str, Any]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The fixtures and settings of a server: those given, and what a config file says of those that are not.

    Args:
        config: the file; True for the nearest one, of which there need be none.
        fixtures: the fixtures that were given.
        words: the settings that were given.

    Raises:
        ScenarioError: the file holds mistakes.
    """
    path = find_here() if config is True else Path(str(config))
    if path is None:
        return fixtures, dict(words)
    found = load(path).values
    settings = {key: value for key, value in found.items() if key in SettingWords.__annotations__}
    examples = (str(locate_data("fixtures")),) if found.get("examples") else ()
    return fixtures or (*found.get("fixtures", ()), *examples), merge(settings, words)
