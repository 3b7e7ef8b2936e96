"""The feed of the journal: server-sent events that tell of requests as they come, and of answers as they leave."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import orjson
from msgspec import Struct

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
from mockserver.records.delivery import Headers
from mockserver.store import JournalEntry, JournalReader
from mockserver.store.errors import StoreFailedError

QUERY = ("session", "after")
MEDIA_TYPE = "text/event-stream"
# Proxies shall pass events on as they come.
_HEADERS: Headers = (("x-accel-buffering", "no"),)
# Milliseconds after which a client connects anew.
_RETRY = 1000
# The most requests of one read, and the seconds of processor time after which it ends: others wait for the interpreter.
_MOST, _LONGEST = 100, 0.004
# The most requests for a client without a socket, which gets all there is at once.
_ALL = 1_000_000
_CLEARED = b"event: cleared\ndata: {}\n\n"


class Feed(Struct, eq=False):
    """How far somebody has followed the journal. Each ``read`` gives what has happened since the one before.

    ``after`` is the latest number that was told, ``unfinished`` are the numbers up to it of requests whose answers are
    on their way; ``clearings`` is as in `mockserver.store.journals.News`.
    """

    journal: JournalReader
    session: str | None
    opening: bytes = b""
    after: int = 0
    unfinished: Sequence[int] = ()
    clearings: int = 0

    @property
    def position(self) -> int:
        """All requests up to this number were told of, with how their answers left."""
        return min(self.unfinished, default=self.after + 1) - 1

    def open(self, position: int | None) -> None:
        """Follow what comes behind a request, or (None) from now on; answers on their way belong to it."""
        now = self.journal.follow(self.session, 0, (), 0)
        is_known = position is not None and position <= now.latest
        self.after = position if position is not None and is_known else now.latest
        self.unfinished = tuple(number for number in now.unfinished if number <= self.after)
        self.clearings = now.clearings
        # The server has begun anew, or the entry is gone, and with it perhaps others that the client shows.
        is_lost = position is not None and not (is_known and (position == 0 or self.journal.holds(position)))
        self.opening = f"retry: {_RETRY}\nid: {self.position}\n\n".encode() + (_CLEARED if is_lost else b"")

    def read(self, most: int = _MOST, longest: float = _LONGEST) -> bytes:
        """The events of what has happened since; b"" when nothing has, or the store cannot be read."""
        try:
            news = self.journal.follow(self.session, self.after, self.unfinished, most)
        except StoreFailedError:
            return b""
        before = self.position
        events = self._tell(news.entries, longest)
        left_out = news.left_out + len(news.entries) - len(events)
        is_cleared = news.clearings != self.clearings
        self.after, self.unfinished, self.clearings = news.latest, news.unfinished, news.clearings
        if left_out:
            events.insert(0, b'event: skipped\ndata: {"requests": %d}\n\n' % left_out)
        # A client that loses the connection between two of these events gets all of them once more.
        ids = [b"id: %d\n" % before] * (len(events) - 1) + [b"id: %d\n" % self.position]
        opening, self.opening = self.opening, b""
        told = b"".join(number + event for number, event in zip(ids, events, strict=False))
        return opening + (_CLEARED if is_cleared else b"") + told

    def _tell(self, entries: Sequence[JournalEntry], longest: float) -> list[bytes]:
        """The events of the newest entries, as many as there is time for, but one at least; oldest first."""
        events: list[bytes] = []
        end = time.thread_time() + longest
        for entry in reversed(entries):
            # A summary is without secrets.
            events.append(b"event: request\ndata: %b\n\n" % _encode(self.journal.view(entry).summary()))
            if time.thread_time() > end:
                break
        return events[::-1]


def follow_journal(request: ControlRequest) -> ControlResponse:
    """Follow the journal. Without a socket that is all there is of it, and the end."""
    position = _read_position(request)
    feed = Feed(request.journal, request.session)
    in_process = request.call.in_process
    feed.open(0 if position is None and in_process else position)
    body = feed.read(_ALL, float("inf")) if in_process else b""
    return ControlResponse(body, headers=_HEADERS, media_type=MEDIA_TYPE, feed=None if in_process else feed.read)


def refuse_feed(most: int) -> RefusalError:
    """The refusal of one feed too many."""
    message = f"No more can follow the journal: {most} do, or the server stops."
    return RefusalError(503, message, "the same later, when one has ended; GET /_mock/requests at any time")


def _read_position(request: ControlRequest) -> int | None:
    """The number behind which to go on: where a client connects anew, its browser says so in a header."""
    text = request.call.headers.get("last-event-id")
    if text is None:
        return request.read_number("after", 0) if "after" in request.query else None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RefusalError(400, f"Last-Event-ID is {text[:40]!r}.", "the id of an event, a whole number")
    return int(text)


def _encode(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except orjson.JSONEncodeError:
        # It holds half a surrogate pair or a number of too many bits.
        return json.dumps(value, default=str).encode()
