"""Where skills are: those of a session in the store, and those that Anthropic publishes for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def find_version(parts: Parts, session: str, skill: Skill, name: str) -> Version:
    """The version that a path names: by its id, or as the beta did, by its number.

    Raises:
        ApiError: 404, there is none.
    """
    for each in _list_all(parts, session, skill):
        if name in (each.id, each.number, name_version(each)):
            return each
    raise _unknown("Skill version", name)


def add_skill(arrival: Arrival, parts: Parts, upload: Upload) -> Skill:
    """Keep a new skill, with its first version."""
    at = arrival.call.at
    skill = Skill(make_timed("skill", arrival.number, arrival.seed), upload.name, upload.title, at, at)
    parts.store.objects.add(arrival.session, SKILL, skill.id, msgspec.json.encode(skill))
    add_version(arrival, parts, skill, upload)
    return find_skill(parts, arrival.session, skill.id)


def add_version(arrival: Arrival, parts: Parts, skill: Skill, upload: Upload) -> Version:
    """Keep a further version of a skill.

    Raises:
        ApiError: 404, the skill was deleted meanwhile.
    """
    call, session = arrival.call, arrival.session
    number = str(int(call.at * 1_000_000) + arrival.number)
    writer = parts.store.blobs.create()
    writer.write(upload.archive)
    version = Version(
        make_timed("skver", arrival.number, arrival.seed),
        skill.id,
        number,
        upload.name,
        upload.description,
        call.at,
        writer.finish(),
    )
    data = msgspec.json.encode(version)
    parts.store.objects.add(session, VERSION, version.id, data, parent=skill.id, blobs=(version.blob,))
    _note_latest(parts, session, skill.id, call.at)
    return version


def remove_skill(parts: Parts, session: str, skill: Skill) -> None:
    """Delete a skill with its versions."""
    parts.store.objects.remove(session, SKILL, skill.id)


def remove_version(parts: Parts, session: str, version: Version, at: float) -> None:
    """Delete a version."""
    parts.store.objects.remove(session, VERSION, version.id)
    _note_latest(parts, session, version.skill_id, at)


def count_versions(parts: Parts, session: str, skill: Skill) -> int:
    """How many versions a skill has."""
    return sum(1 for _ in _list_all(parts, session, skill))


def has_title(parts: Parts, session: str, title: str) -> bool:
    """Whether a skill has that name for people."""
    return any(decode_skill(each).title == title for each in _walk(parts, session, SKILL, None))


def decode_skill(found: StoredObject) -> Skill:
    """The skill of an object of the store."""
    return msgspec.json.decode(found.data, type=Skill)


def decode_version(found: StoredObject) -> Version:
    """The version of an object of the store."""
    return msgspec.json.decode(found.data, type=Version)


def _list_all(parts: Parts, session: str, skill: Skill) -> Iterator[Version]:
    """The versions of a skill, newest first."""
    if skill.source != "custom":
        yield from (version for _, version in PUBLISHED if version.skill_id == skill.id)
        return
    yield from map(decode_version, _walk(parts, session, VERSION, skill.id))


def _walk(parts: Parts, session: str, kind: str, parent: str | None) -> Iterator[StoredObject]:
    below: int | None = None
    while True:
        page = parts.store.objects.page(session, kind, _PAGE, parent=parent, below=below)
        yield from page.objects
        if not page.has_more:
            return
        below = page.objects[-1].number


def _note_latest(parts: Parts, session: str, skill_id: str, at: float) -> None:
    """Note which version of a skill is the newest, and that it changed.

    Raises:
        ApiError: 404, the skill is gone; its versions go with it.
    """

    def change(skill: Skill) -> Skill:
        page = parts.store.objects.page(session, VERSION, 1, parent=skill_id).objects
        latest = decode_version(page[0]) if page else None
        if latest is None:
            return replace(skill, latest=None, latest_number=None, updated_at=at)
        return replace(skill, latest=latest.id, latest_number=latest.number, updated_at=at)

    _change(parts, session, skill_id, change)


def _change(parts: Parts, session: str, skill_id: str, change: Callable[[Skill], Skill]) -> None:
    objects = parts.store.objects
    while (found := objects.get(session, SKILL, skill_id)) is not None:
        data = msgspec.json.encode(change(decode_skill(found)))
        if objects.replace(session, SKILL, skill_id, found.data, data):
            return
    for version in tuple(_walk(parts, session, VERSION, skill_id)):
        objects.remove(session, VERSION, version.id)
    raise _unknown("Skill", skill_id)


def _unknown(kind: str, name: str) -> ApiError:
    # "File `{id}` not found." is that of files (source: documented 2026-09).
    return ApiError(Finding(f"{kind} `{excerpt(name)}` not found.", "skills.unknown", "inferred", status=404))
