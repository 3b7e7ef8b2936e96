"""What an option of the commands is."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from mockserver.records.specs import OneOrMany, Spec

PREFIX = "MOCKSERVER_"


class Option(Struct, frozen=True):
    """One option.

    Args:
        key: its name in the config file and in Python.
        spec: the values that the config file may give.
        help: what it means, for the help and the docs.
        default: its value when nobody says otherwise; ``for_run`` that of ``run`` where it differs.
        users: which commands take it: ``serve``, ``run``; ``pytest`` when the plugin takes it from the file.
        flag: its name on the command line and, in capitals, in the environment; by default the key with hyphens.
        short: a letter for the command line.
        argument: whether it stands on the command line without a name.
        off: whether ``--no-NAME`` switches it off.
        metavar: stands for the value in the help.
        shown: the default in words.
        secret: whether its value is masked.
        path: ``any`` a file or folder that must exist, ``file`` such a file, ``folder`` such a folder, ``out`` a file
            that is written, ``store`` a folder or the word ``memory``, ``record`` a folder that may be missing,
            ``gateway`` a file or the name of a preset; relative ones count from the folder of the config file.
    """

    key: str
    spec: Spec
    help: str
    default: Any = None
    users: tuple[str, ...] = ("serve", "run")
    for_run: Any = None
    flag: str = ""
    short: str = ""
    argument: bool = False
    off: bool = True
    metavar: str = ""
    shown: str = ""
    secret: bool = False
    path: str = ""

    @property
    def name(self) -> str:
        """The name on the command line, without dashes."""
        return self.flag or self.key.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.replace("-", "_").upper()

    @property
    def is_several(self) -> bool:
        """Whether it takes several values."""
        return isinstance(self.spec, OneOrMany)

    def default_for(self, user: str) -> Any:
        """The default for a command."""
        return self.for_run if user == "run" and self.for_run is not None else self.default
