"""Ids that the upstream makes: those of the recording, and what stands for them when the requests are made again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.cassettes.drift.parts import name_endpoint, read_answer
from mockserver.cassettes.drift.shapes import DEEPEST, tag_of
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse

# As the API writes them (source: recorded 2024-03 to 2026-08): msg_01…, file_011C…, msgbatch_01…, container_011C…
_ID = re.compile(r"[a-z]+_[A-Za-z0-9_-]{6,64}")
# Ids of things that exist at the upstream, as values of a request. Those of tools belong to the conversation alone.
_HELD = re.compile(rb'"((?:file|msgbatch|container|skill|uprof|user_profile)_[A-Za-z0-9_-]{6,64})"')
_NAMES = frozenset(("id", "file_id", "container_id", "skill_id", "first_id", "last_id"))
# Endpoints that make objects: files, batches, skills. Messages make containers, and files in them.
_MAKERS = frozenset(
    ("messages", "messages/batches", "files", "skills", "skills/{id}/versions", "user_profiles"),
)
# Ids of one answer that are looked at.
_MOST = 10_000


def match_ids(exchange: RecordedExchange, now: RecordedResponse) -> dict[str, str]:
    """The ids of things that a recorded request made, each with that at the same place of the new answer.

    Answers that only list what there is are left out: a request that deletes must never meet what was there before.
    """
    was = exchange.response
    if exchange.request.method != "POST" or name_endpoint(exchange.request) not in _MAKERS or now.status >= 400:
        return {}
    try:
        before, after = _number_ids(was), _number_ids(now)
    except ValueError:
        return {}
    return {old: after[place] for place, old in before.items() if place in after}


def read_id(response: RecordedResponse) -> str:
    """The id of the one thing that an answer is; "" where it is none."""
    try:
        values = read_answer(response).values
    except ValueError:
        return ""
    found = values[0][1].get("id") if len(values) == 1 and isinstance(values[0][1], dict) else None
    return found if isinstance(found, str) and _ID.fullmatch(found) and response.status < 400 else ""


def _number_ids(response: RecordedResponse) -> dict[tuple[str, int], str]:
    """The ids of an answer by their place: its keys, and how many came before at these."""
    found: dict[tuple[str, int], str] = {}
    counts: dict[str, int] = {}
    for label, value in read_answer(response).values:
        for place, text in _find_ids(value, label, 0):
            counts[place] = counts.get(place, -1) + 1
            found[place, counts[place]] = text
            if len(found) >= _MOST:
                return found
    return found


def _find_ids(value: Any, place: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _find_ids(item, f"{place}[{tag_of(item)}]", depth + 1)
    elif isinstance(value, dict):
        for key, below in value.items():
            if key in _NAMES and isinstance(below, str) and _ID.fullmatch(below):
                yield f"{place}.{key}", below
            else:
                yield from _find_ids(below, f"{place}.{key}", depth + 1)


def rename(request: RecordedRequest, ids: Mapping[str, str]) -> RecordedRequest:
    """A recorded request with the new ids in place of the recorded ones."""
    if not ids:
        return request
    pattern = re.compile("|".join(map(re.escape, sorted(ids, key=len, reverse=True))))
    path, query = (pattern.sub(lambda found: ids[found[0]], text) for text in (request.path, request.query))
    in_body = re.compile(pattern.pattern.encode())
    body = in_body.sub(lambda found: ids[found[0].decode()].encode(), request.body)
    return replace(request, path=path, query=query, body=body)


def find_held(request: RecordedRequest) -> list[str]:
    """The ids in the body of a request of things that exist at the upstream."""
    return [found.decode() for found in dict.fromkeys(_HELD.findall(request.body))]
