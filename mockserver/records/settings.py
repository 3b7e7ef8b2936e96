"""The settings of a server."""

from __future__ import annotations

from os import PathLike
from typing import Any, Literal, TypedDict

from msgspec import Struct
from msgspec.structs import asdict, force_setattr

PROFILES = ("relay", "anthropic")
UNMATCHED = ("generate", "error")
VALIDATION = ("strict", "warn", "off")
PACES = ("none", "realtime")


class Settings(Struct, frozen=True):
    """The settings of one server, as given by the command line, the environment or the arguments of ``MockServer``.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is not one of the allowed ones.
    """

    fixtures: tuple[str, ...] = ()
    profile: str = "relay"
    unmatched: str = "generate"
    validation: str = "strict"
    pace: str = "none"
    seed: int = 0
    # Keys that are accepted; an empty tuple accepts any key.
    api_keys: tuple[str, ...] = ()
    reload: bool = False
    # Bounds of what a server keeps in memory.
    max_sessions: int = 1000
    session_idle: float = 3600.0
    journal_entries: int = 1000
    journal_bytes: int = 64 * 1024 * 1024
    # "The messages endpoint takes at most 32 MB" (source: the API's errors page).
    max_body: int = 32 * 1024 * 1024
    # Host names, besides loopback ones, under which the control endpoints may be reached.
    allowed_hosts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        from mockserver.records.masks import mask  # for the few who print it

        shown = {**asdict(self), "api_keys": tuple(map(mask, self.api_keys))}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            check_choice(name, allowed, getattr(self, name))
        for name in ("fixtures", "api_keys", "allowed_hosts"):
            force_setattr(self, name, _check_texts(name, getattr(self, name)))
        for name in ("seed", "max_sessions", "journal_entries", "journal_bytes", "max_body"):
            _check_type(name, int, "a whole number", getattr(self, name))
        _check_type("session_idle", (int, float), "seconds", self.session_idle)


class SettingWords(TypedDict, total=False):
    """The fields of ``Settings`` besides ``fixtures``, as keyword arguments; a test compares both."""

    profile: Literal["relay", "anthropic"]
    unmatched: Literal["generate", "error"]
    validation: Literal["strict", "warn", "off"]
    pace: Literal["none", "realtime"]
    seed: int
    api_keys: tuple[str, ...]
    reload: bool
    max_sessions: int
    session_idle: float
    journal_entries: int
    journal_bytes: int
    max_body: int
    allowed_hosts: tuple[str, ...]


CHOICES = {"profile": PROFILES, "unmatched": UNMATCHED, "validation": VALIDATION, "pace": PACES}


def check_choice(name: str, allowed: tuple[str, ...], value: object) -> None:
    """Check the value of a setting.

    Raises:
        ValueError: the value is none of ``allowed``.
    """
    if value not in allowed:
        raise ValueError(f"{name}: expected {' or '.join(allowed)}, got {value!r}")


def _check_type(name: str, kind: type | tuple[type, ...], wanted: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{name}: expected {wanted}, got {value!r}")


def _check_texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (tuple, list)) or not all(isinstance(each, (str, PathLike)) for each in value):
        # A key that was given without its list is not repeated.
        got = type(value).__name__ if name == "api_keys" else repr(value)
        raise TypeError(f"{name}: expected a tuple or list of texts, got {got}")
    return tuple(map(str, value))
