"""Finds the request before another one in its conversation."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct

from mockserver.control.comparing import list_messages, strip
from mockserver.records.budget import LIMITS
from mockserver.records.depth import is_too_deep
from mockserver.records.endpoints import asks_for_message
from mockserver.records.masks import Scrubber
from mockserver.store import Entry, JournalEntry
from mockserver.store.readable import read_prompt


class Request(Struct, frozen=True):
    """A recorded request for a message, with its whole conversation."""

    stored: JournalEntry
    scrubber: Scrubber
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[Any]:
        """The whole conversation."""
        return list_messages(self.body)


class Beginnings(Struct, frozen=True):
    """The beginnings of a conversation: running digests, one a message. ``least`` is the first that holds a message of
    the user.
    """

    digests: tuple[bytes, ...] = ()
    least: int = 1

    def count_common(self, other: Beginnings) -> int:
        """How many messages at the beginning of both are the same."""
        mine, others = self.digests, other.digests
        if mine[:1] != others[:1]:
            return 0
        return bisect_left(range(min(len(mine), len(others))), True, key=lambda place: mine[place] != others[place])


class Conversations:
    """Some entries by their conversations. Each is read once, however many are asked for.

    Args:
        entries: oldest first.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        # By wire format, too: a conversation does not change its format.
        self._sessions: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._beginnings: dict[int, Beginnings | None] = {}
        for entry in entries:
            record = entry.reveal()[0].record
            if asks_for_message(record.endpoint):
                self._sessions[record.wire, record.call.session].append(entry)

    def find_previous(self, entry: Entry) -> Request | None:
        """The request that an entry continues, repeats or branches from.

        Of all earlier ones of its session it is the one with the longest common beginning, which holds the first user
        message at least; of several the latest that it continues whole. Bodies of ``LIMITS.compared_bytes`` are read.
        """
        asked, record = self._read(entry), entry.reveal()[0].record
        if asked is None:
            return None
        best, found = (asked.least - 1, True), None
        for earlier in self._list_earlier(entry):
            before = earlier.reveal()[0].record
            if before.call.body == record.call.body and before.thread == record.thread:
                return read_request(earlier)
            beginnings = self._read(earlier)
            if beginnings is None:
                continue
            common = beginnings.count_common(asked)
            rank = common, common == len(beginnings.digests)
            if rank > best:
                best, found = rank, earlier
        return None if found is None else read_request(found)

    def _list_earlier(self, entry: Entry) -> Iterator[Entry]:
        """The latest first."""
        left = LIMITS.compared_bytes
        asked = entry.reveal()[0].record
        for earlier in reversed(self._sessions[asked.wire, asked.call.session]):
            if earlier.number < entry.number:
                record = earlier.reveal()[0].record
                left -= len(record.asked) + record.thread.size
                if left < 0:
                    return
                yield earlier

    def _read(self, entry: Entry) -> Beginnings | None:
        if entry.number not in self._beginnings:
            request = read_request(entry)
            self._beginnings[entry.number] = None if request is None else _digest(request.messages)
        return self._beginnings[entry.number]


def read_request(entry: Entry) -> Request | None:
    """The request for a message that an entry holds; None when it is another one, or its body is too broken."""
    stored, scrubber = entry.reveal()
    if not asks_for_message(stored.record.endpoint):
        return None
    prompt = read_prompt(stored.record)
    if prompt is None or is_too_deep([prompt.body, *prompt.history]):
        return None
    messages = prompt.body.get("messages")
    body = {**prompt.body, "messages": [*prompt.history, *messages]} if isinstance(messages, list) else prompt.body
    return Request(stored, scrubber, body)


def _digest(messages: Iterable[Any]) -> Beginnings:
    running, digests, least = blake2b(digest_size=16), list[bytes](), 0
    for message in messages:
        running.update(_dump(strip(message)))
        digests.append(running.digest())
        if not least and isinstance(message, Mapping) and message.get("role") == "user":
            least = len(digests)
    return Beginnings(tuple(digests), least or len(digests) + 1)


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # It holds half a surrogate pair or a number of too many bits.
        return json.dumps(value, sort_keys=True).encode()
