"""What the user asked for: the settings of one server."""

from __future__ import annotations

from dataclasses import dataclass

PROFILES = ("relay", "anthropic")
UNMATCHED = ("generate", "error")
VALIDATION = ("strict", "warn", "off")
PACES = ("none", "realtime")


@dataclass(frozen=True)
class Settings:
    """The settings of one server; the command line, the environment and ``MockServer`` all end here."""

    fixtures: tuple[str, ...] = ()
    profile: str = "relay"
    unmatched: str = "generate"
    validation: str = "strict"
    pace: str = "none"
    seed: int = 0
    # Keys that are accepted; none given: any key is.
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
