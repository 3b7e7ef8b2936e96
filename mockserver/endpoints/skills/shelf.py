"""Where skills are: those of a session in the store, and those that Anthropic publishes for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.skills.shapes import Skill, Version, name_version
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.reference.ids import make_timed
from mockserver.store.objects import StoredObject

if TYPE_CHECKING:
    from mockserver.endpoints.skills.uploads import Upload

SKILL, VERSION = "skill", "skill_version"
_PAGE = 1000
# The day of the version that the API's pages name; the texts are ours.
_NUMBER, _DAY = "20251013", 1_760_313_600.0
_WORDS = {"xlsx": "spreadsheets", "pptx": "presentations", "docx": "documents", "pdf": "PDF documents"}
# The skills that Anthropic publishes (source: the API's pages on skills, 2025-10 to 2026-08), newest first.
PUBLISHED = tuple(
    (
        Skill(name, name, name, _DAY, _DAY, _NUMBER, _NUMBER, "anthropic"),
        Version(_NUMBER, name, _NUMBER, name, f"Create, read and edit {words}.", _DAY),
    )
    for name, words in _WORDS.items()
)


def find_skill(parts: Parts, session: str, skill_id: str) -> Skill:
    """The skill of that id.

    Raises:
        ApiError: 404, there is none.
    """
    found = parts.store.objects.get(session, SKILL, skill_id)
    if found is not None:
        return decode_skill(found)
    for skill, _ in PUBLISHED:
        if skill.id == skill_id:
            return skill
    raise _unknown("Skill", skill_id)


def find_own(parts: Parts, session: str, skill_id: str) -> Skill:
    """The skill of that id, which the caller may change.

    Raises:
        ApiError: 404, there is none; 403, it is published by Anthropic, "shared and read-only" (source: SDK types,
            2.14.0; status and text inferred).
    """
    skill = find_skill(parts, session, skill_id)
    if skill.source != "custom":
        told = f"Skill `{skill.id}` is published by Anthropic and read-only."
        raise ApiError(Finding(told, "skills.read_only", "SDK types; text inferred", status=403))
    return skill


def list_skills(parts: Parts, session: str, source: str, below: int | None, limit: int) -> list[tuple[int, Skill]]:
    """Skills with their numbers, which fall: the session's own, latest first, then those published by Anthropic.

    Args:
        parts: the parts of the server.
        session: whose they are.
        source: only those from there: ``custom``, ``anthropic``; "": all.
        below: only those with lower numbers; None: all.
        limit: how many at most.
    """
    rows: list[tuple[int, Skill]] = []
    if source in ("", "custom") and (below is None or below > 0):
        page = parts.store.objects.page(session, SKILL, limit, below=below)
        rows = [(found.number, decode_skill(found)) for found in page.objects]
    if source in ("", "anthropic"):
        first = 0 if below is None else min(below, 0)
        rows += [(-1 - index, skill) for index, (skill, _) in enumerate(PUBLISHED) if -1 - index < first]
    return rows[:limit]


def list_versions(
    parts: Parts, session: str, skill: Skill, below: int | None = None, limit: int = _PAGE
) -> list[tuple[int, Version]]:
    """The versions of a skill with their numbers, newest first; ``below`` and ``limit`` as for ``list_skills``."""
    if skill.source != "custom":
        return [(-1, version) for _, version in PUBLISHED if version.skill_id == skill.id and below is None]
    page = parts.store.objects.page(session, VERSION, limit, parent=skill.id, below=below)
    return [(found.number, decode_version(found)) for found in page.objects]


def find_version(parts: Parts, session: str, skill: Skill, name: str) -> Version:
    """The version that a path names: by its id, or as the beta did, by its number.

    Raises:
        ApiError: 404, there is none.
    """
    below: int | None = None
    while rows := list_versions(parts, session, skill, below):
        below = rows[-1][0]
        for _, each in rows:
            if name in (each.id, each.number, name_version(each)):
                return each
    raise _unknown("Skill version", name)


def add_skill(arrival: Arrival, parts: Parts, upload: Upload) -> Skill:
    """Keep a new skill, with its first version.

    Raises:
        StoreFullError: there is no room for its files.
    """
    at, blob, objects = arrival.call.at, _write(parts, upload.archive), parts.store.objects
    skill_id = upload.skill_id or make_timed("skill", arrival.tick, arrival.seed)
    # Another one to which a script gave the same id goes with its versions.
    objects.remove(arrival.session, SKILL, skill_id)
    version = _add_version(arrival, parts, skill_id, upload, blob)
    # Added last: nobody finds a skill without its version.
    skill = Skill(skill_id, upload.name, upload.title, at, at, version.id, version.number)
    objects.add(arrival.session, SKILL, skill.id, msgspec.json.encode(skill))
    return skill


def add_version(arrival: Arrival, parts: Parts, skill: Skill, upload: Upload) -> Version:
    """Keep a further version of a skill.

    Raises:
        ApiError: 404, the skill was deleted meanwhile.
        StoreFullError: there is no room for its files.
    """
    version = _add_version(arrival, parts, skill.id, upload, _write(parts, upload.archive))
    _note_latest(parts, arrival.session, skill.id, arrival.call.at)
    return version


def _add_version(arrival: Arrival, parts: Parts, skill_id: str, upload: Upload, blob: str) -> Version:
    at = arrival.call.at
    number = upload.number or str(int(at * 1_000_000) + arrival.number)
    version_id = upload.version_id or make_timed("skver", arrival.tick, arrival.seed)
    version = Version(version_id, skill_id, number, upload.name, upload.description, at, blob)
    data = msgspec.json.encode(version)
    parts.store.objects.add(arrival.session, VERSION, version.id, data, parent=skill_id, blobs=(blob,))
    return version


def _write(parts: Parts, archive: bytes) -> str:
    writer = parts.store.blobs.create()
    writer.write(archive)
    return writer.finish()


def remove_skill(parts: Parts, session: str, skill: Skill) -> None:
    """Delete a skill with its versions."""
    parts.store.objects.remove(session, SKILL, skill.id)


def remove_version(parts: Parts, session: str, version: Version, at: float) -> None:
    """Delete a version."""
    parts.store.objects.remove(session, VERSION, version.id)
    _note_latest(parts, session, version.skill_id, at)


def has_title(parts: Parts, session: str, title: str) -> bool:
    """Whether a skill has that name for people."""
    below: int | None = None
    while rows := list_skills(parts, session, "custom", below, _PAGE):
        below = rows[-1][0]
        if any(skill.title == title for _, skill in rows):
            return True
    return False


def decode_skill(found: StoredObject) -> Skill:
    """The skill of an object of the store."""
    return msgspec.json.decode(found.data, type=Skill)


def decode_version(found: StoredObject) -> Version:
    """The version of an object of the store."""
    return msgspec.json.decode(found.data, type=Version)


def _note_latest(parts: Parts, session: str, skill_id: str, at: float) -> None:
    """Note which version of a skill is the newest, and that it changed.

    Raises:
        ApiError: 404, the skill is gone; its versions go with it.
    """

    def change(skill: Skill) -> Skill:
        for _, latest in list_versions(parts, session, skill, limit=1):
            return replace(skill, latest=latest.id, latest_number=latest.number, updated_at=at)
        return replace(skill, latest=None, latest_number=None, updated_at=at)

    _change(parts, session, skill_id, change)


def _change(parts: Parts, session: str, skill_id: str, change: Callable[[Skill], Skill]) -> None:
    objects = parts.store.objects
    while (found := objects.get(session, SKILL, skill_id)) is not None:
        data = msgspec.json.encode(change(decode_skill(found)))
        if objects.replace(session, SKILL, skill_id, found.data, data):
            return
    while rest := objects.page(session, VERSION, _PAGE, parent=skill_id).objects:
        for version in rest:
            objects.remove(session, VERSION, version.id)
    raise _unknown("Skill", skill_id)


def _unknown(kind: str, name: str) -> ApiError:
    # "File `{id}` not found." is that of files (source: documented 2026-09).
    return ApiError(Finding(f"{kind} `{excerpt(name)}` not found.", "skills.unknown", "inferred", status=404))
