"""The settings of a server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal, TypedDict

from msgspec import Struct
from msgspec.structs import asdict, force_setattr

from mockserver.records.days import LIFECYCLE, is_lifecycle
from mockserver.records.functions import TIMEOUT
from mockserver.records.masks import HIDDEN, mask, show_value
from mockserver.records.moments import is_lifetime

PROFILES = ("relay", "anthropic")
UNMATCHED = ("generate", "error")
VALIDATION = ("strict", "warn", "off")
# What a store keeps until there is no room.
ALWAYS = "always"
PACES = ("none", "realtime")
# Seconds that a function of the user may be given: a day.
MOST_PATIENT = 86_400
# Stands for the store in the memory of the process.
MEMORY = "memory"
# Which tools generated answers call: only the API's own that the text asks for, one or all once for a text, or none.
TOOL_USES = ("asked", "once", "all", "none")


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
    tool_use: str = "asked"
    # The day on which models are what they are: "release" (that of the catalogue), "today", or a day such as
    # 2026-12-24; "": what the fixtures say, else "release".
    lifecycle: str = ""
    seed: int = 0
    # Keys that are accepted; an empty tuple accepts any key.
    api_keys: tuple[str, ...] = ()
    # Values of ``anthropic-beta`` that profile ``anthropic`` accepts besides those that are known.
    accepted_betas: tuple[str, ...] = ()
    # Paths below which the API is found, such as "/anthropic", besides at the root. Without any, profile ``relay``
    # serves it below every prefix, and profile ``anthropic`` at the root alone, as the real API does.
    prefixes: tuple[str, ...] = ()
    reload: bool = False
    # Where the server keeps what changes while it runs: in memory, or in this folder, which outlives it. There what was
    # not used for ``keep`` goes: a span such as "7d", or "always".
    store: str = MEMORY
    keep: str = "7d"
    # Bounds of what a server keeps. A session that is idle for ``session_idle`` seconds is dropped; None: it
    # is kept until its room is needed.
    max_sessions: int = 100_000
    session_bytes: int = 64 * 1024 * 1024
    session_idle: float | None = None
    # Seconds that a function of the user has for an answer.
    function_timeout: float = TIMEOUT
    journal_entries: int = 1000
    journal_bytes: int = 64 * 1024 * 1024
    # Of the contents of files and batches, most of which are in files of the disk.
    blob_bytes: int = 4 * 1024 * 1024 * 1024
    # "The messages endpoint takes at most 32 MB" (source: the API's errors page).
    max_body: int = 32 * 1024 * 1024
    # Host names, besides loopback ones, under which the control interface may be reached.
    allowed_hosts: tuple[str, ...] = ()
    # Origins of pages, besides loopback ones, that may use the control interface; globs.
    allowed_origins: tuple[str, ...] = ()
    # The token that the control interface asks for. Without one, a server that other machines can reach makes one up.
    control_token: str = ""
    no_control_token: bool = False
    # PEM files by which a server on a socket speaks https; without a key file the key stands in the certificate's.
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    ssl_keyfile_password: str = ""

    def __repr__(self) -> str:
        hidden = {name: getattr(self, name) and HIDDEN for name in ("control_token", "ssl_keyfile_password")}
        shown = {**asdict(self), "api_keys": tuple(map(mask, self.api_keys)), **hidden}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """The server's control token and the keys it takes, which nothing it shows may repeat."""
        return tuple(filter(None, (self.control_token, *self.api_keys)))

    @property
    def any_prefix(self) -> bool:
        """Whether the API is found below every prefix."""
        return self.profile == "relay" and not self.prefixes

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            check_choice(name, allowed, getattr(self, name))
        for name in ("fixtures", "api_keys", "accepted_betas", "prefixes", "allowed_hosts", "allowed_origins"):
            force_setattr(self, name, _check_texts(name, getattr(self, name)))
        if self.lifecycle and not is_lifecycle(self.lifecycle):
            raise ValueError(f"lifecycle: expected {LIFECYCLE}, got {show_value(self.lifecycle)}")
        _check_keys(self.api_keys)
        force_setattr(self, "prefixes", tuple(map(_check_prefix, self.prefixes)))
        _check_origins(self.allowed_origins)
        _check_token(self.control_token, off=self.no_control_token)
        for name in ("ssl_certfile", "ssl_keyfile"):
            force_setattr(self, name, _check_path(name, getattr(self, name)))
        if not isinstance(self.ssl_keyfile_password, str):
            raise TypeError("ssl_keyfile_password: expected a text")
        force_setattr(self, "store", _check_store(self.store))
        _check_keep(self.keep)
        if self.ssl_keyfile and not self.ssl_certfile:
            raise ValueError("ssl_keyfile: expected ssl_certfile beside it, got none")
        for name in (
            "seed",
            "max_sessions",
            "session_bytes",
            "journal_entries",
            "journal_bytes",
            "blob_bytes",
            "max_body",
        ):
            _check_type(name, int, "a whole number", getattr(self, name))
        if self.session_idle is not None:
            _check_type("session_idle", (int, float), "seconds or None", self.session_idle)
        _check_type("function_timeout", (int, float), "a number of seconds", self.function_timeout)
        if not 0 < self.function_timeout <= MOST_PATIENT:
            raise ValueError(
                f"function_timeout: expected a number of seconds above 0, {MOST_PATIENT} at most, "
                f"got {show_value(self.function_timeout)}"
            )


class SettingWords(TypedDict, total=False):
    """The fields of ``Settings`` besides ``fixtures``, as keyword arguments; a test compares both."""

    profile: Literal["relay", "anthropic"]
    unmatched: Literal["generate", "error"]
    validation: Literal["strict", "warn", "off"]
    pace: Literal["none", "realtime"]
    tool_use: Literal["asked", "once", "all", "none"]
    lifecycle: str
    seed: int
    api_keys: tuple[str, ...]
    accepted_betas: tuple[str, ...]
    prefixes: tuple[str, ...]
    reload: bool
    store: str | PathLike[str]
    keep: str
    max_sessions: int
    session_bytes: int
    session_idle: float | None
    function_timeout: float
    journal_entries: int
    journal_bytes: int
    blob_bytes: int
    max_body: int
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    control_token: str
    no_control_token: bool
    ssl_certfile: str | PathLike[str]
    ssl_keyfile: str | PathLike[str]
    ssl_keyfile_password: str


def make_settings(fixtures: tuple[str, ...], words: Mapping[str, Any]) -> Settings:
    """The settings that somebody gives as keyword arguments.

    Raises:
        TypeError: there is no such setting, or a value has the wrong type.
        ValueError: a value is not one of the allowed ones.
    """
    for word in words:
        if word not in SettingWords.__annotations__:
            known = ", ".join(sorted(SettingWords.__annotations__))
            raise TypeError(f"There is no setting {show_value(word)}. Use one of {known}.")
    return Settings(fixtures=fixtures, **words)


CHOICES = {"profile": PROFILES, "unmatched": UNMATCHED, "validation": VALIDATION, "pace": PACES, "tool_use": TOOL_USES}


def check_choice(name: str, allowed: tuple[str, ...], value: object) -> None:
    """Check the value of a setting.

    Raises:
        ValueError: the value is none of ``allowed``.
    """
    if value not in allowed:
        raise ValueError(f"{name}: expected {' or '.join(allowed)}, got {show_value(value)}")


def _check_keys(keys: tuple[str, ...]) -> None:
    """An empty key, as a variable of a shell that is not set gives, would let nobody in."""
    if not all(map(str.strip, keys)):
        raise ValueError("api_keys: expected keys, got an empty text")


def _check_prefix(prefix: str) -> str:
    """A prefix as paths begin with it, without a slash at its end."""
    path = prefix.rstrip("/")
    if not re.fullmatch(r"(/[^/\s?#%]+)+", path) or path == "/v1" or f"{path}/".startswith(("/_mock/", "/_session/")):
        raise ValueError(
            "prefixes: expected a path such as /anthropic, other than /v1, /_mock and /_session, "
            f"got {show_value(prefix)}"
        )
    return path


def _check_origins(origins: tuple[str, ...]) -> None:
    """Origins as browsers send them: scheme, host, perhaps a port, and nothing behind."""
    for origin in origins:
        if origin not in ("*", "null") and not re.fullmatch(r"[^:/]+://[^/]+", origin):
            raise ValueError(
                f"allowed_origins: expected an origin such as https://app.example, got {show_value(origin)}"
            )


def _check_token(token: object, *, off: object) -> None:
    """A token that fits into a header and a query. A wrong one is not repeated: messages are logged."""
    if not isinstance(token, str) or not re.fullmatch("[!-~]*", token):
        raise ValueError("control_token: expected letters, digits and signs of ASCII without spaces")
    if not isinstance(off, bool):
        raise TypeError(f"no_control_token: expected True or False, got {show_value(off)}")
    if token and off:
        raise ValueError("no_control_token: expected no control_token beside it, got both; leave one out")


def _check_store(value: object) -> str:
    store = _check_path("store", value)
    if not store or "\0" in store:
        raise ValueError(f"store: expected {MEMORY} or a folder, got {show_value(store)}")
    return store


def _check_keep(keep: object) -> None:
    if keep != ALWAYS and not is_lifetime(keep):
        raise ValueError(f"keep: expected a time such as 30s, 12h or 7d, or {ALWAYS}, got {show_value(keep)}")


def _check_path(name: str, value: object) -> str:
    if not isinstance(value, (str, PathLike)):
        raise TypeError(f"{name}: expected a path, got {show_value(value)}")
    return str(value)


def _check_type(name: str, kind: type | tuple[type, ...], wanted: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{name}: expected {wanted}, got {show_value(value)}")


def _check_texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, (tuple, list)) or not all(isinstance(each, (str, PathLike)) for each in value):
        # A key that was given without its list is not repeated.
        got = type(value).__name__ if name == "api_keys" else show_value(value)
        raise TypeError(f"{name}: expected a tuple or list of texts, got {got}")
    return tuple(map(str, value))
