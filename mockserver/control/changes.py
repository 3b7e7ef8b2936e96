"""What changed between a request and the one before it in its conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import asdict

from mockserver.control.breaks import CacheBreak, CacheUse, find_break
from mockserver.control.comparing import SAME, Change, compare, count_common, list_messages
from mockserver.records.budget import LIMITS
from mockserver.records.depth import is_too_deep
from mockserver.records.endpoints import MESSAGES
from mockserver.records.masks import Scrubber
from mockserver.records.reply import StoredReply
from mockserver.store import Entry, JournalEntry
from mockserver.store.readable import read_prompt, unreadable_keys
from mockserver.store.reports import parse

CONTINUES, REPEATS, BRANCHES = "continues", "repeats", "branches"
FIRST: dict[str, Any] = {"previous": None, "relation": None, "changes": [], "cache": None}


class Request(Struct, frozen=True):
    """A recorded request for a message, with its whole conversation."""

    stored: JournalEntry
    scrubber: Scrubber
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[Any]:
        """The whole conversation."""
        return list_messages(self.body)


class Conversations:
    """Entries by the beginnings of their conversations: the request before one is among those that begin alike."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    def find(self, entry: Entry) -> Sequence[Entry]:
        """Those that begin as one of the entries does, itself and later ones, too."""
        return self._alike[_find_beginning(entry)]

    @cached_property
    def _alike(self) -> Mapping[tuple[str, bytes], Sequence[Entry]]:
        alike = defaultdict[tuple[str, bytes], list[Entry]](list)
        for entry in self._entries:
            alike[_find_beginning(entry)].append(entry)
        return alike


def _find_beginning(entry: Entry) -> tuple[str, bytes]:
    """The session and the first message; without one, those that have none."""
    request = read_request(entry)
    first = request.messages[:1] if request else ()
    return entry.reveal()[0].record.call.session, sha256(_dump(first)).digest()


def show_changes(entry: Entry, earlier: Sequence[Entry]) -> dict[str, Any]:
    """The changes since the request that an entry continues, repeats or branches from.

    Of all ``earlier`` ones of its session it is the one with the longest common beginning, which holds the first user
    message at least; of several the latest that it continues whole. Bodies of ``LIMITS.compared_bytes`` are read.
    """
    asked = read_request(entry)
    if asked is None:
        return FIRST
    previous = _find_previous(asked, earlier)
    if previous is None:
        return FIRST
    changes = [*_compare_headers(previous, asked), *compare(previous.body, asked.body)]
    return {
        "previous": previous.stored.number,
        "relation": _relate(previous, asked),
        "changes": _show(changes, previous.scrubber, asked.scrubber),
        "cache": _show_break(_find_break(previous, asked), previous.scrubber, asked.scrubber),
    }


def read_request(entry: Entry) -> Request | None:
    """The request for a message that an entry holds; None when it is another one, or its body is too broken."""
    stored, scrubber = entry.reveal()
    if stored.record.endpoint != MESSAGES:
        return None
    prompt = read_prompt(stored.record)
    if prompt is None or is_too_deep([prompt.body, *prompt.history]):
        return None
    messages = prompt.body.get("messages")
    body = {**prompt.body, "messages": [*prompt.history, *messages]} if isinstance(messages, list) else prompt.body
    return Request(stored, scrubber, body)


def _find_previous(asked: Request, earlier: Sequence[Entry]) -> Request | None:
    call = asked.stored.record.call
    best, found, left = (0, False), None, LIMITS.compared_bytes
    for entry in reversed(earlier):
        record = entry.reveal()[0].record
        if entry.number >= asked.stored.number or record.call.session != call.session or record.endpoint != MESSAGES:
            continue
        left -= len(record.call.body) + record.thread.size
        request = read_request(entry) if left >= 0 else None
        if left < 0:
            break
        if request is None:
            continue
        if record.call.body == call.body and record.thread == asked.stored.record.thread:
            return request
        common = count_common(request.messages, asked.messages)
        rank = common, common == len(request.messages)
        if rank > best and _has_user(asked.messages[:common]):
            best, found = rank, request
    return found


def _has_user(messages: Iterable[Any]) -> bool:
    return any(isinstance(message, Mapping) and message.get("role") == "user" for message in messages)


def _relate(previous: Request, asked: Request) -> str:
    if previous.body == asked.body:
        return REPEATS
    before, after = previous.messages, asked.messages
    is_whole = count_common(before, after) == len(before) < len(after)
    return CONTINUES if is_whole else BRANCHES


def _compare_headers(previous: Request, asked: Request) -> Iterable[Change]:
    """The betas and the version, where these differ: they decide what is read, too."""
    before, after = previous.stored.record.call, asked.stored.record.call
    if before.betas != after.betas:
        yield Change("betas", "changed", sorted(before.betas), sorted(after.betas))
    if before.version != after.version:
        yield Change("version", "changed", before.version, after.version)


def _find_break(previous: Request, asked: Request) -> CacheBreak | None:
    before, after = _read_use(previous), _read_use(asked)
    return None if before is None or after is None else find_break(before, after)


def _read_use(request: Request) -> CacheUse | None:
    """What a request had to do with the cache; None when it was not answered with a message."""
    record = request.stored.record
    message = parse(record.outcome.message) if isinstance(record.outcome, StoredReply) else None
    usage = message.get("usage") if isinstance(message, Mapping) else None
    prompt = read_prompt(record)
    if not isinstance(usage, Mapping) or prompt is None or unreadable_keys(prompt):
        return None
    return CacheUse(request.body, record.call.at, usage)


def _show(changes: Iterable[Change], before: Scrubber, after: Scrubber) -> list[dict[str, Any]]:
    """Changes as they may be shown; of what is very large only how large it is."""
    shown, left = [], LIMITS.shown_bytes
    for change in changes:
        if change.kind == SAME:
            shown.append({"path": after.content(change.path), "kind": SAME, "before": None, "after": None})
            continue
        values = []
        for value, scrubber in ((change.before, before), (change.after, after)):
            size = len(_dump(value))
            left -= size
            values.append(scrubber.value(value) if left >= 0 else f"(too large to be shown: {size:,} bytes)")
        path = before.content(after.content(change.path))
        shown.append({"path": path, "kind": change.kind, "before": values[0], "after": values[1]})
    return shown


def _show_break(found: CacheBreak | None, before: Scrubber, after: Scrubber) -> dict[str, Any] | None:
    if found is None:
        return None
    path = None if found.path is None else before.content(after.content(found.path))
    return {**asdict(found), "path": path, "message": before.text(after.text(found.message))}


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except (orjson.JSONEncodeError, TypeError):
        return b""
