"""A wire format: everything between the neutral records and the bytes of one API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from mockserver.delivery.draft import Frames
from mockserver.delivery.kinds import FaultKind
from mockserver.records.call import Call
from mockserver.records.delivery import Headers
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import Finding
from mockserver.records.events import StreamEvent
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING, Failure, Reply
from mockserver.reference import catalog
from mockserver.reference.catalog import Model


class Reader(Protocol):
    """Reads the checked body of a call."""

    def __call__(
        self,
        body: Mapping[str, Any],
        call: Call,
        *,
        version: str,
        session: str,
        inherited: Mapping[str, Any] = NOTHING,
        history: tuple[Mapping[str, Any], ...] = (),
        endpoint: str = MESSAGES,
    ) -> Prompt:
        """The conversation in the body, which continues a thread when ``history`` holds one."""


class SuccessHead(Protocol):
    """Makes the headers of a success."""

    def __call__(
        self,
        *,
        request_id: str,
        at: float,
        stream: bool = False,
        used: tuple[int, int] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Headers:
        """The headers; ``used`` holds input and output tokens, None where no rate limits are told."""


class ErrorHead(Protocol):
    """Makes the headers of an error."""

    def __call__(
        self, status: int, *, request_id: str | None, at: float, extra: Mapping[str, str] | None = None
    ) -> Headers:
        """The headers; ``extra`` replaces those of the same name. Without a request id: those of the API's edge."""


class Translation(Struct, frozen=True):
    """A body of another format, in the Messages form.

    ``body`` is what the rules of the API check. ``seen`` is what scenarios, counting and composing read, where that is
    more; None: the same. ``form`` is what the form of the answer depends on (how many choices, whether a usage is
    wanted …), as JSON values. ``finding`` is the format's own reason to refuse the body: nothing else is checked then,
    and servers that do not insist on rules answer it all the same.
    """

    body: dict[str, Any]
    form: Mapping[str, Any] = NOTHING
    seen: dict[str, Any] | None = None
    finding: Finding | None = None

    def add(self, key: str, value: Any) -> Translation:
        """The same translation, whose body has another value of a key."""
        seen = None if self.seen is None else {**self.seen, key: value}
        return replace(self, body={**self.body, key: value}, seen=seen)


class Translate(Protocol):
    """Reads a parsed body of another format into the Messages form."""

    def __call__(
        self, body: Mapping[str, Any], call: Call, find_model: Callable[[str], Model] = catalog.lookup
    ) -> Translation:
        """The translation. ``body`` may hold any JSON values; ``find_model`` finds a model by name, always one."""


class Schemas(Struct, frozen=True):
    """The names of a format's response schemas, for ``reference.schemas.response_validator``.

    Those that start with ``beta_`` also take what needs a beta header.
    """

    message: str
    event: str
    beta_message: str
    beta_event: str


class Wire(Struct, frozen=True):
    """A wire format.

    translate     the body of a call, in the Messages form; None where that is its own
    read          the checked body of a call, in the Messages form, as a prompt
    write         a reply, as the body of a response
    unfold        a reply, as the events of a stream
    stream        a reply, as the bytes of a stream and the number of its events: quicker than encoding each event
    read_frames   a raw body, as the events that it holds, byte for byte
    fold          the data of a stream's events, as one message; raises ``ValueError`` for a broken stream
    error         a failure and the request id, if there is one, as the body of a response
    success_head  the headers of a success
    error_head    the headers of an error
    every_head    those of every answer, whatever it is, by the request id; where a script says one of them, that counts
    schemas       the schemas of its responses
    faults        every fault of its answers by name: those that edit its events, and those of any format
    unreadable    why a body that is no JSON object is refused; None: as the Messages API says it
    lenient       ``translate`` as gateways do it; None: that
    in_form       the same format with answers in the form that has a name; None: it has one form
    """

    read: Reader
    write: Callable[[Reply], bytes]
    unfold: Callable[[Reply], Sequence[StreamEvent]]
    stream: Callable[[Reply], tuple[bytes, int]]
    read_frames: Callable[[bytes], Frames]
    fold: Callable[[Iterable[Mapping[str, Any]]], dict[str, Any]]
    error: Callable[[Failure, str | None], bytes]
    success_head: SuccessHead
    error_head: ErrorHead
    schemas: Schemas
    faults: Mapping[str, FaultKind]
    translate: Translate | None = None
    unreadable: Finding | None = None
    lenient: Translate | None = None
    in_form: Callable[[str], Wire] | None = None
    every_head: Callable[[str], Headers] | None = None
