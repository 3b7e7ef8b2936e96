"""Skills and their versions as they are kept, and as the API shows them: in two shapes.

The header ``skills-2025-10-02`` selects that of the beta (source: release notes, 2026-08-19; its keys: the SDK's types
until 2026-08), otherwise it is that of 2026-08-19 (source: SDK types, 2.14.0). Both hold for both API versions.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

OLD = "skills-2025-10-02"
# What ids of versions begin with, now and in the beta.
_VERSION, _OLD_VERSION = "skver_", "skillver_"
# The latest moment that a time can show.
_LATEST = 253_402_300_799.0


class Skill(Struct, frozen=True):
    """A skill. ``title`` is the name for people that was given with it, None when there was none.

    ``latest`` is the id of its newest version, ``latest_number`` the number of that; None when all were deleted. Times
    are seconds since 1970.
    """

    id: str
    name: str
    title: str | None
    created_at: float
    updated_at: float
    latest: str | None = None
    latest_number: str | None = None
    source: str = "custom"


class Version(Struct, frozen=True):
    """A version of a skill: ``number`` is its name in the beta, ``blob`` the archive of its files ("": none)."""

    id: str
    skill_id: str
    number: str
    name: str
    description: str
    created_at: float
    blob: str = ""


def is_old(betas: Collection[str]) -> bool:
    """Whether the answers have the shape of the beta."""
    return OLD in betas


def show_skill(skill: Skill, *, old: bool) -> dict[str, Any]:
    """A skill as the API shows it."""
    times = {"created_at": show_time(skill.created_at), "updated_at": show_time(skill.updated_at)}
    if old:
        return {
            "id": skill.id,
            "created_at": times["created_at"],
            "display_title": skill.title,
            "latest_version": skill.latest_number,
            "source": skill.source,
            "type": "skill",
            "updated_at": times["updated_at"],
        }
    return {
        "id": skill.id,
        "created_at": times["created_at"],
        "display_name": skill.name if skill.title is None else skill.title,
        "latest_version_id": skill.latest,
        "source": {"type": skill.source},
        "type": "skill",
        "updated_at": times["updated_at"],
    }


def show_version(version: Version, *, old: bool) -> dict[str, Any]:
    """A version as the API shows it."""
    shown = {
        "id": name_version(version) if old else version.id,
        "created_at": show_time(version.created_at),
        "description": version.description,
        **({"directory": version.name} if old else {}),
        "name": version.name,
        "skill_id": version.skill_id,
        "type": "skill_version",
    }
    return {**shown, "version": version.number} if old else shown


def name_version(version: Version) -> str:
    """The id of a version in the beta: ``skillver_`` with the rest of its present id."""
    return f"{_OLD_VERSION}{version.id.removeprefix(_VERSION)}"


def rename_version(name: str) -> str:
    """The present id of a version that is named by its id in either shape."""
    return f"{_VERSION}{name.removeprefix(_OLD_VERSION)}" if name.startswith(_OLD_VERSION) else name


def show_time(seconds: float) -> str:
    """A time as the API's examples have it: ``2024-10-30T23:58:27.427722Z``."""
    return f"{datetime.fromtimestamp(min(max(seconds, 0.0), _LATEST), timezone.utc):%Y-%m-%dT%H:%M:%S.%fZ}"
