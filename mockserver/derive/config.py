"""The JSON Schema of the config file, for editors, and the table of options in docs/config.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.derive.scenarios import Writer, write_schema
from mockserver.records.option import Option
from mockserver.records.options import CONFIG_FILE, OPTIONS, USERS

NAME = "mock/config.json"
HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://messages-mockserver.invalid/schemas/mock/config.json",
    "title": "Config file of messages-mockserver (mockserver.yaml)",
}


def schema() -> dict[str, Any]:
    """The whole schema."""
    return {**HEAD, **Writer().kind(CONFIG_FILE, False)}


def write(folder: Path) -> list[str]:
    """Writes the file into ``folder`` and returns its name if that changed it."""
    return write_schema(folder, NAME, schema())


HEADS = ("key", "option, variable", "of", "default", "means")


def cells() -> list[tuple[str, ...]]:
    """The rows of the table of options, below ``HEADS``."""
    return [
        (f"`{option.key}`", _name(option), _write_users(option), _write_default(option), option.help)
        for option in OPTIONS.values()
    ]


def _name(option: Option) -> str:
    name = "the arguments" if option.argument else f"`--{option.name}`"
    return f"{name}, `{option.variable}`"


def _write_default(option: Option) -> str:
    if option.shown:
        return option.shown
    if isinstance(option.default, bool):
        return "on" if option.default else "off"
    default = "none" if option.default in (None, "", ()) else f"`{option.default}`"
    return f"{default}; of `run` `{option.for_run}`" if option.for_run is not None else default


def _write_users(option: Option) -> str:
    return ", ".join(f"`{user}`" for user in USERS if user in option.users)
