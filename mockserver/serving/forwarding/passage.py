"""A forwarded call on its way: what has come of the answer, and what becomes of it when it is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from mockserver.endpoints.forwarded import UpstreamAnswer
from mockserver.endpoints.forwarding import Forwarding
from mockserver.endpoints.replaying import NO_BODY
from mockserver.recordings.keeping import KeepQueue
from mockserver.records.delivery import Headers
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.serving.forwarding.decoding import UndecodableError, decode
from mockserver.serving.forwarding.headers import HOP_BY_HOP
from mockserver.serving.forwarding.incoming import Incoming
from mockserver.serving.forwarding.tape import Tape

# Bytes of an answer that the journal keeps.
MOST_SHOWN = 1024 * 1024
# Bytes of a spooled answer that are decoded at a time.
_PART = 64 * 1024
_MOCK = "x-mock-"
# What the journal says where a client left before the answer came; nobody is sent it.
NO_ANSWER = 499
CUT, LEFT = "the answer was cut", "the client left"
LOGGER = logging.getLogger("mockserver")


class Passage:
    """A forwarded call and what has come of its answer.

    Args:
        forwarding: the call.
        incoming: how it was sent.
        library: the module of the HTTP client.
        decodable: the encodings that it decodes.
        now: the monotonic time.
    """

    def __init__(
        self,
        forwarding: Forwarding,
        incoming: Incoming,
        library: Any,
        decodable: frozenset[str],
        now: Callable[[], float],
    ) -> None:
        self.forwarding, self._incoming = forwarding, incoming
        self._library, self._decodable, self._now = library, decodable, now
        self._began = self._last = now()
        self.tape = Tape()
        self.status, self.headers = NO_ANSWER, Headers()
        self._head: float | None = None
        self.first: float | None = None
        self._expected: int | None = None
        self.is_over = False

    def begin(self, status: int, headers: Headers) -> None:
        """The head of the answer has come."""
        self.status, self.headers, self._last = status, headers, self._now()
        self._head = self._last - self._began
        length = self._header("content-length")
        if self._incoming.call.method == "HEAD" or status in NO_BODY:
            self._expected = 0
        elif length.isascii() and length.isdigit():
            self._expected = int(length)

    def add(self, data: bytes) -> None:
        """A part of its body has come."""
        now = self._now()
        self.tape.add(data, now - self._last)
        self._last = now
        self.first = now if self.first is None else self.first

    @property
    def is_whole(self) -> bool:
        """Whether all of the body has come that its headers announce; not known of one without a length."""
        return self._expected is not None and self.tape.size >= self._expected

    def describe_answer(self) -> UpstreamAnswer:
        """What the journal keeps of it."""
        media_type = self._header("content-type")
        if self.tape.size > MOST_SHOWN or self.tape.failure:
            return UpstreamAnswer(self.status, media_type)
        body, size = bytearray(), 0
        try:
            for chunk in decode(self.tape.chunks, self._encodings, self._library, self._decodable):
                size += len(chunk.data)
                if size > MOST_SHOWN:
                    return UpstreamAnswer(self.status, media_type)
                body += chunk.data
        except UndecodableError:
            return UpstreamAnswer(self.status, media_type)
        return UpstreamAnswer(self.status, media_type, bytes(body))

    def keep(self, queue: KeepQueue, cut: str = "") -> None:
        """Have the exchange recorded, if it is one to record. ``cut`` says why it is not whole; "": it is."""
        self.tape.end()
        recorder = self.forwarding.recorder
        skipped = self.tape.failure or (not recorder.keeps_errors and (cut or self._find_error()))
        skipped = skipped or (cut if self.status == NO_ANSWER else "")
        if skipped:
            recorder.tally.skip(skipped)
            if self.tape.failure:
                LOGGER.warning("an answer was passed on and not recorded: %s", self.tape.failure)
            return
        queue.add(partial(self._keep, "abort" if cut else "close"))

    def _find_error(self) -> str:
        return f"status {self.status}" if self.status >= 400 else ""

    def _keep(self, end: str) -> None:
        recorder = self.forwarding.recorder
        try:
            response = self._make_response(end)
        except UndecodableError as error:
            recorder.tally.skip("a body that cannot be decoded")
            LOGGER.warning("an answer was passed on and not recorded: it cannot be decoded: %s", error)
            return
        recorder.keep(RecordedExchange(self._make_request(), response, at=self._incoming.call.at))

    def _make_request(self) -> RecordedRequest:
        arrival, sent = self.forwarding.arrival, self._incoming
        dropped = {name.decode() for name in HOP_BY_HOP} | {"host", "expect", "content-length", "content-encoding"}
        headers = {
            name: value
            for name, value in sent.call.headers.items()
            if name not in dropped and not name.startswith(_MOCK)
        }
        if arrival.call is sent.call and "content-encoding" in sent.call.headers:
            headers["content-encoding"] = sent.call.headers["content-encoding"]  # it could not be decoded
        with arrival.call.open() as body:
            return RecordedRequest(
                sent.call.method, self.forwarding.path, headers, body.read(), sent.query.decode("latin-1")
            )

    def _make_response(self, end: str) -> RecordedResponse:
        """The answer decoded.

        Raises:
            UndecodableError: it cannot be.
        """
        headers, chunks, content = self.headers, self.tape.chunks, self.tape.content
        if self._encodings and self.tape.size:
            decoded = Tape()
            for chunk in decode(self._read(), self._encodings, self._library, self._decodable):
                decoded.add(chunk.data, chunk.delay)
            decoded.end()
            if decoded.failure:
                raise UndecodableError(decoded.failure)
            chunks, content = decoded.chunks, decoded.content
            length = (("content-length", str(decoded.size)),) if self._header("content-length") else ()
            headers = (*_without(headers, "content-length"), *length)
        headers = tuple((name, _make_text(value)) for name, value in _without(headers, "content-encoding"))
        return RecordedResponse(self.status, headers, chunks, content, self._head, end)

    def _read(self) -> Iterable[Chunk]:
        return self.tape.chunks if self.tape.content is None else _read_file(self.tape.content)

    @property
    def _encodings(self) -> str:
        return ", ".join([value for name, value in self.headers if name == "content-encoding"])

    def _header(self, name: str) -> str:
        return next((value for each, value in self.headers if each == name), "")


def _read_file(path: Path) -> Iterator[Chunk]:
    with path.open("rb") as file:
        while data := file.read(_PART):
            yield Chunk(data)


def _without(headers: Headers, name: str) -> Headers:
    return tuple(pair for pair in headers if pair[0] != name)


def _make_text(value: str) -> str:
    """A value that JSON can hold: bytes that are no UTF-8 are read as latin-1."""
    if value.isascii():
        return value
    sent = value.encode("utf-8", "surrogateescape")
    try:
        return sent.decode()
    except UnicodeDecodeError:
        return sent.decode("latin-1")
