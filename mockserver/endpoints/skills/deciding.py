"""The endpoints of skills: create, list, get and delete them and their versions, and download these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from msgspec.structs import replace

from mockserver.endpoints import computed, paging
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.computed import merge
from mockserver.endpoints.cursors import make_token, read_token
from mockserver.endpoints.decision import Decision, refuse
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.endpoints.skills import shapes, shelf
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.reply import Content
from mockserver.store.errors import StoreFullError

if TYPE_CHECKING:
    from mockserver.endpoints.skills.uploads import Upload

ZIP = "application/zip"
_PIECE = 65_536
# The kind of page tokens of versions.
_VERSIONS = "version"
_SKILL_IDS = {"id": "skill_id", "latest_version_id": "version_id", "latest_version": "number"}
_VERSION_IDS = {"id": "version_id", "version": "number"}
# Makes the body of an answer: of the call, of the parts of the server, in the shape of the beta or not.
Make = Callable[[Arrival, Parts, bool], dict[str, Any]]
# The same, of an upload.
Keep = Callable[["Upload", Arrival, Parts, bool], dict[str, Any]]


def _answer(make: Make, arrival: Arrival, parts: Parts) -> Decision:
    def compute(_: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(merge(make(arrival, parts, shapes.is_old(arrival.call.betas)), values))

    return computed.decide(arrival, parts, compute)


def _take(keep: Keep, ids: Mapping[str, str], arrival: Arrival, parts: Parts) -> Decision:
    """Read the form of a call; scenarios and the journal see its fields in place of its bytes.

    ``ids`` are the fields of the upload that a script may give, each by its key in the answer.
    """
    # Imported when first needed: few servers are given skills.
    from mockserver.endpoints.skills.uploads import make_upload, read_skill_form, show_form

    form = read_skill_form(arrival.call)
    seen = replace(arrival, call=show_form(arrival.call, form))
    old = shapes.is_old(arrival.call.betas)

    def compute(_: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
        # Later calls may ask for what a script names by the ids that it gives.
        given = {field: shapes.rename_version(values[key]) for key, field in ids.items() if values.get(key)}
        return dict(merge(keep(replace(make_upload(form), **given), seen, parts, old), values))

    return _show_call(lambda: computed.decide(seen, parts, compute), seen.call)


def _show_call(decide: Callable[[], Decision], call: Call) -> Decision:
    """A decision, or the refusal of the call, with which the journal keeps this call."""
    try:
        decision = decide()
    except ApiError as error:
        decision = refuse(error, call)
    if decision.later is not None:
        return replace(decision, later=partial(_show_call, decision.later, call))
    return replace(decision, call=call)


def _create(upload: Upload, arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    if old and upload.title is not None and shelf.has_title(parts, arrival.session, upload.title):
        raise _refuse("Skill cannot reuse an existing display_title", "observed 2026-01")
    try:
        return shapes.show_skill(shelf.add_skill(arrival, parts, upload), old=old)
    except StoreFullError as error:
        raise _find_no_room(error) from error


def _list(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    """A page: the session's own skills, latest first, then those published by Anthropic."""
    query = paging.read_query(arrival.call.query)
    limit, below = paging.read_limit(query), read_token(shelf.SKILL, query)
    rows = shelf.list_skills(parts, arrival.session, query.get("source", [""])[-1], below, limit + 1)
    data = [shapes.show_skill(skill, old=old) for _, skill in rows[:limit]]
    return _show_page(data, make_token(shelf.SKILL, rows[limit - 1][0]) if len(rows) > limit else None, old=old)


def _get(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    return shapes.show_skill(shelf.find_skill(parts, arrival.session, arrival.parameters["id"]), old=old)


def _delete(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    skill = shelf.find_own(parts, arrival.session, arrival.parameters["id"])
    # Since 2026-08-19 the versions go with it (source: documented).
    if old and skill.latest is not None:
        told = "Cannot delete skill with existing versions. Delete all versions first."
        raise _refuse(told, "observed 2026-01")
    shelf.remove_skill(parts, arrival.session, skill)
    return {"id": skill.id, "type": "skill_deleted"}


def _create_version(upload: Upload, arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    skill = shelf.find_own(parts, arrival.session, arrival.parameters["id"])
    # "Every later upload must resolve to the same value" (source: SDK types, 2.14.0).
    if upload.name != skill.name:
        raise _refuse(
            f"The skill name '{upload.name}' in SKILL.md must match that of the skill, '{skill.name}'.", "text inferred"
        )
    try:
        return shapes.show_version(shelf.add_version(arrival, parts, skill, upload), old=old)
    except StoreFullError as error:
        raise _find_no_room(error) from error


def _list_versions(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    skill = shelf.find_skill(parts, arrival.session, arrival.parameters["id"])
    query = paging.read_query(arrival.call.query)
    limit, below = paging.read_limit(query), read_token(_VERSIONS, query)
    rows = shelf.list_versions(parts, arrival.session, skill, below, limit + 1)
    data = [shapes.show_version(version, old=old) for _, version in rows[:limit]]
    return _show_page(data, make_token(_VERSIONS, rows[limit - 1][0]) if len(rows) > limit else None, old=old)


def _get_version(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    return shapes.show_version(_find_version(arrival, parts), old=old)


def _delete_version(arrival: Arrival, parts: Parts, old: bool) -> dict[str, Any]:
    skill = shelf.find_own(parts, arrival.session, arrival.parameters["id"])
    version = _find_version(arrival, parts)
    # "A Skill holds at least one version" (source: SDK types, 2.14.0).
    if not old and len(shelf.list_versions(parts, arrival.session, skill, limit=2)) == 1:
        raise _refuse("Cannot delete the only version of a skill. Delete the skill instead.", "inferred")
    shelf.remove_version(parts, arrival.session, version, arrival.call.at)
    return {"id": version.number if old else version.id, "type": "skill_version_deleted"}


def decide_content(arrival: Arrival, parts: Parts) -> Decision:
    """The files of a version, as a zip archive named after the skill."""

    def compute(_: ReadPrompt, __: Mapping[str, Any]) -> Content:
        version = _find_version(arrival, parts)
        size = parts.store.blobs.size(version.blob) if version.blob else None
        content = parts.store.blobs.open(version.blob) if version.blob else None
        if size is None or content is None:
            told = f"Skill version `{version.id}` has no content that can be downloaded."
            raise ApiError(Finding(told, "skills.content", "inferred", status=404))
        content.close()
        headers = {"content-disposition": f'attachment; filename="{version.name}.zip"'}
        return Content(partial(_read, parts, version.blob), size, ZIP, headers)

    return computed.decide(arrival, parts, compute)


decide_creation = partial(_take, _create, _SKILL_IDS)
decide_listing = partial(_answer, _list)
decide_one = partial(_answer, _get)
decide_deletion = partial(_answer, _delete)
decide_version_creation = partial(_take, _create_version, _VERSION_IDS)
decide_version_listing = partial(_answer, _list_versions)
decide_version = partial(_answer, _get_version)
decide_version_deletion = partial(_answer, _delete_version)


def _find_version(arrival: Arrival, parts: Parts) -> shapes.Version:
    skill = shelf.find_skill(parts, arrival.session, arrival.parameters["id"])
    return shelf.find_version(parts, arrival.session, skill, arrival.parameters["version"])


def _read(parts: Parts, name: str) -> Iterator[bytes]:
    content: BinaryIO | None = parts.store.blobs.open(name)
    if content is not None:
        with content:
            yield from iter(partial(content.read, _PIECE), b"")


def _show_page(data: list[dict[str, Any]], token: str | None, *, old: bool) -> dict[str, Any]:
    return {"data": data, **({"has_more": token is not None} if old else {}), "next_page": token}


def _refuse(message: str, source: str) -> ApiError:
    return ApiError(Finding(message, "skills", source))


def _find_no_room(error: StoreFullError) -> ApiError:
    return ApiError(Finding(str(error), "blob_bytes", "ours, docs/control.md", status=503))
