"""The settings of a server."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal, TypedDict

from msgspec import Struct
from msgspec.structs import asdict, force_setattr

from mockserver.records.days import LIFECYCLE, is_lifecycle
from mockserver.records.functions import TIMEOUT
from mockserver.records.masks import HIDDEN, mask, show_value
from mockserver.records.setting_checks import (
    MEMORY,
    check_folder,
    check_gateway,
    check_keep,
    check_keys,
    check_origins,
    check_path,
    check_prefix,
    check_record,
    check_store,
    check_texts,
    check_token,
    check_type,
)

PROFILES = ("relay", "anthropic")
# What answers where no scenario fits; "auto": a generated reply, but an error where there are cassettes.
UNMATCHED = ("auto", "error", "generate")
VALIDATION = ("strict", "warn", "off")
PACES = ("none", "realtime")
# Seconds that a function of the user may be given: a day.
MOST_PATIENT = 86_400
# Which tools generated answers call: only the API's own that the text asks for, one or all once for a text, or none.
TOOL_USES = ("asked", "once", "all", "none")
# The fields that are whole numbers.
_WHOLE = ("seed", "max_sessions", "session_bytes", "journal_entries", "journal_bytes", "blob_bytes", "max_body")
# How answers of cassettes are given: as their files say, or in one way.
AS_FILES_SAY = "file"
REPLAYS = (AS_FILES_SAY, "content", "paced", "exact")
# What of vcrpy is meant by the same words: record when there is no cassette yet; record what is new; record all anew;
# record nothing. And "auto": new_episodes, but none where CI is set.
RECORD_MODES = ("auto", "once", "new_episodes", "all", "none")


class Settings(Struct, frozen=True):
    """The settings of one server, as given by the command line, the environment or the arguments of ``MockServer``.

    Raises:
        TypeError: a value has the wrong type.
        ValueError: a value is not one of the allowed ones.
    """

    fixtures: tuple[str, ...] = ()
    profile: str = "relay"
    # The gateway that the server is like: the name of a preset, or a YAML file; "": none.
    gateway: str = ""
    unmatched: str = "auto"
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
    # The folder whose scenario files the control interface may write; "": none.
    allow_edit: str = ""
    # PEM files by which a server on a socket speaks https; without a key file the key stands in the certificate's.
    ssl_certfile: str = ""
    ssl_keyfile: str = ""
    ssl_keyfile_password: str = ""
    # How answers of cassettes are given: as their "file" says, "content", "paced" or "exact".
    replay: str = AS_FILES_SAY
    # What no scenario answers is forwarded to the server ``upstream`` and recorded in the folder ``record``, in a mode
    # of vcrpy's; "": nothing is. Without an upstream: ANTHROPIC_BASE_URL, else https://api.anthropic.com.
    record: str = ""
    record_mode: str = "auto"
    record_errors: bool = False
    upstream: str = ""
    # The client's own key is sent there, not that of the environment.
    forward_auth: bool = False
    # What is taken out of what is recorded besides secrets: regular expressions, or JSONPaths that begin with "$".
    redact: tuple[str, ...] = ()

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
        for name in (
            "fixtures",
            "api_keys",
            "accepted_betas",
            "prefixes",
            "allowed_hosts",
            "allowed_origins",
            "redact",
        ):
            force_setattr(self, name, check_texts(name, getattr(self, name)))
        if self.lifecycle and not is_lifecycle(self.lifecycle):
            raise ValueError(f"lifecycle: expected {LIFECYCLE}, got {show_value(self.lifecycle)}")
        check_keys(self.api_keys)
        force_setattr(self, "prefixes", tuple(map(check_prefix, self.prefixes)))
        check_origins(self.allowed_origins)
        check_token(self.control_token, off=self.no_control_token)
        for name in ("ssl_certfile", "ssl_keyfile"):
            force_setattr(self, name, check_path(name, getattr(self, name)))
        force_setattr(self, "gateway", check_gateway(self.gateway, self.profile))
        if not isinstance(self.ssl_keyfile_password, str):
            raise TypeError("ssl_keyfile_password: expected a text")
        force_setattr(self, "record", check_record(self.record, self.record_mode, reload=self.reload))
        force_setattr(self, "store", check_store(self.store))
        force_setattr(self, "allow_edit", check_folder("allow_edit", self.allow_edit))
        check_keep(self.keep)
        if self.ssl_keyfile and not self.ssl_certfile:
            raise ValueError("ssl_keyfile: expected ssl_certfile beside it, got none")
        for name in _WHOLE:
            check_type(name, int, "a whole number", getattr(self, name))
        if self.session_idle is not None:
            check_type("session_idle", (int, float), "seconds or None", self.session_idle)
        check_type("function_timeout", (int, float), "a number of seconds", self.function_timeout)
        if not 0 < self.function_timeout <= MOST_PATIENT:
            raise ValueError(
                f"function_timeout: expected a number of seconds above 0, {MOST_PATIENT} at most, "
                f"got {show_value(self.function_timeout)}"
            )


class SettingWords(TypedDict, total=False):
    """The fields of ``Settings`` besides ``fixtures``, as keyword arguments; a test compares both."""

    profile: Literal["relay", "anthropic"]
    gateway: str | PathLike[str]
    unmatched: Literal["auto", "error", "generate"]
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
    allow_edit: str | PathLike[str]
    ssl_certfile: str | PathLike[str]
    ssl_keyfile: str | PathLike[str]
    ssl_keyfile_password: str
    replay: Literal["file", "content", "paced", "exact"]
    record: str | PathLike[str]
    record_mode: Literal["auto", "once", "new_episodes", "all", "none"]
    record_errors: bool
    upstream: str
    forward_auth: bool
    redact: tuple[str, ...]


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


CHOICES = {
    "profile": PROFILES,
    "unmatched": UNMATCHED,
    "validation": VALIDATION,
    "pace": PACES,
    "tool_use": TOOL_USES,
    "replay": REPLAYS,
    "record_mode": RECORD_MODES,
}


def check_choice(name: str, allowed: tuple[str, ...], value: object) -> None:
    """Check the value of a setting.

    Raises:
        ValueError: the value is none of ``allowed``.
    """
    if value not in allowed:
        raise ValueError(f"{name}: expected {' or '.join(allowed)}, got {show_value(value)}")
