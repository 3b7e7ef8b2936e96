"""What changed between a request and the one before it in its conversation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from msgspec.structs import asdict

from mockserver.control.breaks import AnsweredRequest, CacheBreak, find_break
from mockserver.control.comparing import SAME, Change, compare, count_common
from mockserver.control.conversations import Conversations, Request, read_request
from mockserver.records.budget import LIMITS
from mockserver.records.masks import Scrubber
from mockserver.records.reply import StoredReply
from mockserver.store import Entry
from mockserver.store.readable import read_prompt, unreadable_keys
from mockserver.store.reports import parse

CONTINUES, REPEATS, BRANCHES = "continues", "repeats", "branches"
FIRST: dict[str, Any] = {"previous": None, "relation": None, "changes": [], "cache": None}


def show_changes(entry: Entry, conversations: Conversations) -> dict[str, Any]:
    """The changes since the request that an entry continues, repeats or branches from."""
    previous = conversations.find_previous(entry)
    asked = None if previous is None else read_request(entry)
    if previous is None or asked is None:
        return FIRST
    changes = [*_compare_headers(previous, asked), *compare(previous.body, asked.body)]
    return {
        "previous": previous.stored.number,
        "relation": _relate(previous, asked),
        "changes": _show(changes, previous.scrubber, asked.scrubber),
        "cache": _show_break(_find_break(previous, asked), previous.scrubber, asked.scrubber),
    }


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
    before, after = _read_answered(previous), _read_answered(asked)
    return None if before is None or after is None else find_break(before, after)


def _read_answered(request: Request) -> AnsweredRequest | None:
    """What a request had to do with the cache; None when it was not answered with a message."""
    record = request.stored.record
    message = parse(record.outcome.message) if isinstance(record.outcome, StoredReply) else None
    usage = message.get("usage") if isinstance(message, Mapping) else None
    prompt = read_prompt(record)
    if not isinstance(usage, Mapping) or prompt is None or unreadable_keys(prompt):
        return None
    return AnsweredRequest(request.body, record.call.at, usage)


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
