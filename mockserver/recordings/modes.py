"""Modes of recording: vcrpy's, and ``auto``."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.records.settings import RECORD_MODES

AUTO, ONCE, NEW_EPISODES, ALL, NONE = RECORD_MODES


def resolve_mode(mode: str, environ: Mapping[str, str], default: str = NEW_EPISODES) -> str:
    """The mode that is meant: ``auto`` is ``default``, and ``none`` in continuous integration."""
    if mode != AUTO:
        return mode
    return NONE if is_ci(environ) else default


def is_ci(environ: Mapping[str, str]) -> bool:
    """Whether ``CI`` is set, as services of continuous integration do, and not to ``false`` or ``0``."""
    return environ.get("CI", "").strip().lower() not in ("", "0", "false")


def can_record(mode: str, *, has_cassette: bool) -> bool:
    """Whether something may be recorded, given whether there is a cassette already."""
    return mode in (ALL, NEW_EPISODES) or (mode == ONCE and not has_cassette)
