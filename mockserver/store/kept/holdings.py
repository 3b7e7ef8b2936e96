"""What a store that is kept elsewhere holds, for those who look at it from outside."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Holdings(Struct, frozen=True):
    """What a store holds: its version, how many sessions, journal entries, added scripts and objects of each kind, and
    its bytes. ``counts`` is None when they cannot be told: another version of the server made it, or it is broken.
    """

    version: int | None
    counts: Mapping[str, int] | None
    objects: Mapping[str, int]
    bytes: int
    is_in_use: bool
