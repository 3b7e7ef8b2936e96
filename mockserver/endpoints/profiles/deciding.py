"""The endpoints of user profiles: create, list, get, change and delete them, and get links for those they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from mockserver import auth, validation
from mockserver.endpoints import computed, paging
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.computed import merge
from mockserver.endpoints.cursors import make_token, read_place
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.profiles import shapes
from mockserver.endpoints.profiles.checking import check_choices, merge_metadata, read_given, refuse
from mockserver.endpoints.profiles.shapes import Profile
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt
from mockserver.reference.ids import make, make_timed
from mockserver.store.objects import StoredObject

KIND = "user_profile"
# The kind of page tokens.
_CURSOR = "profile"
_STATUSES = ("unrestricted", "pending", "restricted", "banned")
_MOST, _PAGE = 100, 1000
# Seconds for which a link can be opened (inferred); it leads nowhere.
_LINK_LIFE = 86_400.0
_LINK = "https://user-profiles.example/enroll/"
# Makes the body of an answer: of the call, of the parts of the server, in the shape that its betas select.
Make = Callable[[Arrival, Parts, str], dict[str, Any]]


def _answer(make_body: Make, arrival: Arrival, parts: Parts) -> Decision:
    def compute(_: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(merge(make_body(arrival, parts, shapes.choose_shape(arrival.call.betas)), values))

    return computed.decide(arrival, parts, compute)


def decide_creation(arrival: Arrival, parts: Parts) -> Decision:
    """Make a profile; by the id that a script gives, later calls may ask for it."""

    def compute(_: ReadPrompt, values: Mapping[str, Any]) -> dict[str, Any]:
        made = _create(arrival, parts, shapes.choose_shape(arrival.call.betas), values.get("id", ""))
        return dict(merge(made, values))

    return computed.decide(arrival, parts, compute)


def _create(arrival: Arrival, parts: Parts, shape: str, own_id: str) -> dict[str, Any]:
    at = arrival.call.at
    given = read_given(_read_body(arrival.call), shape, at, is_update=False)
    profile = Profile(
        own_id or make_timed("uprof", arrival.tick, arrival.seed),
        at,
        at,
        given.name,
        given.access_type or "application",
        given.metadata,
        given.details,
    )
    parts.store.objects.add(arrival.session, KIND, profile.id, msgspec.json.encode(profile))
    return shapes.show(profile, shape)


def _list(arrival: Arrival, parts: Parts, shape: str) -> dict[str, Any]:
    query = paging.read_query(arrival.call.query)
    limit, after = paging.read_limit(query, _MOST), read_place(_CURSOR, query)
    statuses = [*query.get("enforcement_status", ()), *query.get("enforcement_status[]", ())]
    if statuses and shape != shapes.TODAY:
        raise refuse("enforcement_status: Extra inputs are not permitted")
    check_choices("enforcement_status", statuses, _STATUSES)
    rows = _sort(list(_walk(parts, arrival.session)), query)
    if statuses and "unrestricted" not in statuses:
        rows = []
    if after is not None:
        rows = _skip(rows, after, query)
    token = make_token(_CURSOR, rows[limit - 1][0], rows[limit - 1][1].name) if len(rows) > limit else None
    return {"data": [shapes.show(profile, shape) for _, profile in rows[:limit]], "next_page": token}


def _get(arrival: Arrival, parts: Parts, shape: str) -> dict[str, Any]:
    return shapes.show(_decode(_find(arrival, parts)), shape)


def _update(arrival: Arrival, parts: Parts, shape: str) -> dict[str, Any]:
    call, objects = arrival.call, parts.store.objects
    given = read_given(_read_body(call), shape, call.at, is_update=True)
    while True:
        found = _find(arrival, parts)
        profile = _decode(found)
        after = replace(
            profile,
            updated_at=call.at,
            name=profile.name if given.name is None else given.name,
            access_type=given.access_type or profile.access_type,
            metadata=merge_metadata(profile.metadata, given.metadata),
            details={**profile.details, **given.details},
        )
        if objects.replace(arrival.session, KIND, found.id, found.data, msgspec.json.encode(after)):
            return shapes.show(after, shape)


def _delete(arrival: Arrival, parts: Parts, _: str) -> dict[str, Any]:
    found = _find(arrival, parts)
    parts.store.objects.remove(arrival.session, KIND, found.id)
    return {"id": found.id, "type": "user_profile_deleted"}


def _make_action_url(arrival: Arrival, parts: Parts, _: str) -> dict[str, Any]:
    body = _read_body(arrival.call)
    action = body.get("action")
    if "action" not in body or (isinstance(action, dict) and "type" not in action):
        raise refuse(f"{'action.type' if 'action' in body else 'action'}: Field required")
    if not isinstance(action, dict):
        raise refuse("action: Input should be an object")
    if action["type"] != "enroll_end_user":
        raise refuse("action.type: Input should be 'enroll_end_user'")
    return _make_link(arrival, parts, "user_profile_action_url")


def _make_enrollment_url(arrival: Arrival, parts: Parts, shape: str) -> dict[str, Any]:
    if shape == shapes.TODAY:  # "beta only" (source: SDK, 2.14.0)
        raise ApiError(Finding("Not found", "route", "observed 2026-10", status=404))
    return _make_link(arrival, parts, "enrollment_url")


decide_listing = partial(_answer, _list)
decide_one = partial(_answer, _get)
decide_update = partial(_answer, _update)
decide_deletion = partial(_answer, _delete)
decide_action_url = partial(_answer, _make_action_url)
decide_enrollment_url = partial(_answer, _make_enrollment_url)


def _make_link(arrival: Arrival, parts: Parts, kind: str) -> dict[str, Any]:
    token = make("enroll", _find(arrival, parts).id, arrival.number, arrival.seed)
    expires = shapes.show_time(arrival.call.at + _LINK_LIFE)
    return {"expires_at": expires, "type": kind, "url": f"{_LINK}{token}"}


def _find(arrival: Arrival, parts: Parts) -> StoredObject:
    name = arrival.parameters["id"]
    found = parts.store.objects.get(arrival.session, KIND, name)
    if found is None:
        # "File `{id}` not found." is that of files (source: documented 2026-09).
        told = f"User profile `{excerpt(name)}` not found."
        raise ApiError(Finding(told, "user_profiles.unknown", "inferred", status=404))
    return found


def _decode(found: StoredObject) -> Profile:
    return msgspec.json.decode(found.data, type=Profile)


def _walk(parts: Parts, session: str) -> Iterator[tuple[int, Profile]]:
    """All profiles with their numbers, latest first."""
    below: int | None = None
    while objects := parts.store.objects.page(session, KIND, _PAGE, below=below).objects:
        yield from ((found.number, _decode(found)) for found in objects)
        below = objects[-1].number


def _sort(rows: list[tuple[int, Profile]], query: paging.Query) -> list[tuple[int, Profile]]:
    """The profiles, latest first, in the order asked for; those without a name stand last whatever it is."""
    order, by = query.get("order", ["desc"])[-1], query.get("order_by", ["created_at"])[-1]
    check_choices("order", [order], ("asc", "desc"))
    check_choices("order_by", [by], ("created_at", "name"))
    is_up = order == "asc"
    if by == "created_at":
        return rows[::-1] if is_up else rows
    named = [row for row in rows if row[1].name is not None]
    named.sort(key=lambda row: _fold(row[1].name), reverse=not is_up)
    return [*named, *(row for row in rows if row[1].name is None)]


def _fold(name: str | None) -> bytes:
    """ "Ignoring the case of ASCII letters." """
    return (name or "").encode().lower()


def _skip(
    rows: list[tuple[int, Profile]], after: tuple[int, str | None], query: paging.Query
) -> list[tuple[int, Profile]]:
    """The profiles behind a place, whether the one there was deleted or not."""
    is_up, (number, name) = query.get("order", ["desc"])[-1] == "asc", after
    if query.get("order_by", ["created_at"])[-1] != "name":
        return [row for row in rows if (row[0] > number if is_up else row[0] < number)]

    def is_behind(row: tuple[int, Profile]) -> bool:
        if row[1].name is None or name is None:
            return row[1].name is None and (name is not None or row[0] < number)
        own, other = _fold(row[1].name), _fold(name)
        return row[0] < number if own == other else (own > other) == is_up

    return [row for row in rows if is_behind(row)]


def _read_body(call: Call) -> dict[str, Any]:
    parsed = validation.parsing.parse(call.body or b"{}", auth.charset(call))
    if isinstance(parsed, Finding):
        raise ApiError(parsed)
    return parsed
