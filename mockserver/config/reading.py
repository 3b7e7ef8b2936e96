"""Reads a config file: every mistake is told with file, line and column."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.config.pyproject import read_table
from mockserver.config.tables import MOST
from mockserver.gateways.presets import list_presets
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.option import Option
from mockserver.records.options import CONFIG_FILE, OPTIONS, RIVALS, USERS, options_of
from mockserver.records.setting_checks import MEMORY, is_engine
from mockserver.records.settings import SettingWords, make_settings
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.reading.file_reader import is_folder, is_missing
from mockserver.scenarios.reading.lone_file import read_lone
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.soundness import list_sound
from mockserver.scenarios.reading.source import Document, read

# Values of a config file.
_MOST_VALUES = 10_000
# Checked when the certificate is read, with what belongs to it.
_TOGETHER = ("fixtures", "ssl_certfile", "ssl_keyfile", "ssl_keyfile_password")


_WRONG_PATHS = {
    "any": "there is no file or folder",
    "file": "there is no file",
    "folder": "there is no folder",
    "out": "there is a folder",
    "store": "expected memory or a folder, there is a file",
    "record": "expected a folder, there is a file",
    "gateway": "there is no preset and no file",
}
# Words that stand for no path.
_NO_PATHS = {"out": "-", "store": MEMORY}


class Config(Struct, frozen=True):
    """What a config file says.

    ``values`` are the options for all, ``apart`` those below the key of each user. Paths are absolute, and several
    values are tuples.
    """

    file: str
    values: Mapping[str, Any]
    apart: Mapping[str, Mapping[str, Any]]
    document: Document

    def options(self, user: str) -> dict[str, Any]:
        """The options for a command or the plugin: its own win over those for all."""
        known = options_of(user)
        own = self.apart.get(user, {})
        return {**{key: value for key, value in merge(self.values, own).items() if key in known}, **own}

    def place(self, user: str, key: str) -> Place:
        """Where such an option stands."""
        return self.document.place((user, key) if key in self.apart.get(user, {}) else (key,), key=True)


def load(path: Path) -> Config:
    """The config of a file: YAML or JSON, or the table of a ``.toml`` file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    document = _read(path)
    problems: list[Problem] = []
    node = Node(document, {} if document.value is None else document.value, (), problems)
    if isinstance(node.value, dict) and {"scenarios", "include"} & node.value.keys():
        node.complain(
            "this is the file of the server's options, and it holds scenarios: give scenario files another name"
        )
    elif check(CONFIG_FILE, node) or isinstance(node.value, dict):
        folder, users = path.absolute().parent, [user for user in USERS if isinstance(node.value.get(user), dict)]
        values = _read_options(node, OPTIONS, folder)
        apart = {user: _read_options(node.at(user), options_of(user), folder) for user in users}
    if problems:
        raise ScenarioError(*sorted(problems))
    return Config(str(path), values, apart, document)


def merge(values: Mapping[str, Any], nearer: Mapping[str, Any]) -> dict[str, Any]:
    """Options and those that win over them."""
    rivals = set(RIVALS) if any(nearer.get(key) for key in RIVALS) else set()
    return {**{key: value for key, value in values.items() if key not in rivals}, **nearer}


def _read(path: Path) -> Document:
    text = read_lone(path, MOST, "config file")
    return read_table(text, str(path)) if path.suffix == ".toml" else read(text, str(path), _MOST_VALUES)


def _read_options(node: Node, options: Mapping[str, Option], folder: Path) -> dict[str, Any]:
    given = [(key, (*node.path, key)) for key in options if key in node.value]
    sound = list_sound(node.document, given, node.problems)
    found = {key: _read_value(options[key], node.at(key), folder) for key in sound}
    for key, value in found.items():
        if key in SettingWords.__annotations__ and key not in _TOGETHER:
            try:
                make_settings((), {key: value})
            except ValueError as error:
                node.at(key).complain(str(error))
    return found


def _read_value(option: Option, node: Node, folder: Path) -> Any:
    """The value as the command line would have it."""
    if option.is_several:
        return tuple(each.value if not option.path else _find_path(option, each, folder) for each in node)
    return _find_path(option, node, folder) if option.path else node.value


def _find_path(option: Option, node: Node, folder: Path) -> str:
    if option.path == "gateway" and (not node.value or node.value in list_presets()):
        return str(node.value)
    if node.value == _NO_PATHS.get(option.path) or (option.path in ("store", "record", "folder") and not node.value):
        return str(node.value)  # the settings say what an empty one means, as that of the command line
    if option.path == "store" and is_engine(str(node.value)):
        return str(node.value)
    try:
        path = folder / Path(node.value).expanduser()
        if option.path == "out":
            is_right = not is_folder(path)
        elif option.path in ("store", "record"):
            is_right = is_missing(path) or is_folder(path)
        elif option.path == "folder":
            is_right = is_folder(path)
        else:
            is_right = not is_missing(path) and (option.path == "any" or not is_folder(path))
        if not is_right:
            node.complain(f"{_WRONG_PATHS[option.path]} {node.show()}; relative paths count from {folder}")
    except (ValueError, RuntimeError) as error:
        node.complain(f"{node.show()} is no path: {error}")
        return ""
    return str(path)
