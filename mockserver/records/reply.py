"""The answer of a script, and the outcome composed from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.cached import lazy_property
from mockserver.records.exchanges import RecordedExchange, RecordedResponse
from mockserver.records.files import MadeFile

Block = Mapping[str, Any]
NOTHING: Mapping[str, Any] = {}
# The headers of errors that the server itself tells those who write scenarios, which no retry can mend.
NO_RETRY: Mapping[str, str] = {"x-should-retry": "false"}
# The header of an error that is over in a second.
AGAIN: Mapping[str, str] = {"retry-after": "1"}
NO_ESTIMATES: Mapping[int, int] = {}
JSON = "application/json"


class Pace(Struct, frozen=True):
    """How fast an answer is sent, and in which pieces.

    ``first`` and ``stall_for`` are seconds, ``jitter`` a fraction (0.2 is ±20 %). ``chunk`` is the size of the deltas:
    ``word``, ``token`` or a number of characters; None: as the model's.
    """

    first: float = 0.0
    tokens_per_second: float = 0.0
    jitter: float = 0.0
    stall_after: int | None = None
    stall_for: float = 0.0
    chunk: str | int | None = None


class Fault(Struct, frozen=True):
    """One defect of a delivery.

    ``then`` names it (``disconnect``, ``stall``, ``malformed`` ...). It strikes after ``after_events`` events, after
    ``after_ms`` milliseconds or at block ``at_block``; with none of them, at its natural place. ``options`` holds the
    rest (``bytes`` for ``split``, ``event`` for ``drop_event`` ...).
    """

    then: str
    after_events: int | None = None
    after_ms: int | None = None
    at_block: int | None = None
    options: Mapping[str, Any] = NOTHING


class Answer(Struct, frozen=True, dict=True):
    """The answer of a script with its placeholders filled in, not yet fitted to the call.

    ``kind`` is ``message``, ``error``, ``raw``, ``generate``, ``echo``, ``value`` or ``recorded``. ``content`` holds
    API blocks which may lack ids, signatures and callers: composing adds them. ``None`` in any other field means that
    the call decides.
    ``value`` are the values of an answer that is no message: they replace those that are computed.
    ``enforce_limits``: whether the request's ``max_tokens`` and ``stop_sequences`` end it; None: unless it says itself
    how it ends.
    """

    kind: str = "message"
    content: tuple[Block, ...] = ()
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] = NOTHING
    model: str | None = None
    id: str | None = None
    container: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = NOTHING
    headers: Mapping[str, str] = NOTHING
    error: Mapping[str, Any] = NOTHING
    raw: Mapping[str, Any] = NOTHING
    generate: Mapping[str, Any] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None
    enforce_limits: bool | None = None
    value: Mapping[str, Any] = NOTHING
    # The exchange of a cassette whose answer it is, and whether that is given in the times in which it came.
    recorded: RecordedExchange | None = None
    is_timed: bool = False

    @lazy_property
    def block_types(self) -> frozenset[str]:
        """The types of the blocks."""
        return frozenset([str(block.get("type", "")) for block in self.content])

    @lazy_property
    def is_plain_text(self) -> bool:
        """Whether all blocks are text with no further fields, so that there is nothing to complete."""
        return self.block_types == {"text"} and all(len(block) == 2 for block in self.content)

    @lazy_property
    def is_endable(self) -> bool:
        """Whether the limits of a request may end it: it is to obey them, or at least does not say how it ends."""
        if self.enforce_limits is not None:
            return self.enforce_limits
        return not self.stop_reason and self.stop_sequence is None and self.stop_details is None

    @lazy_property
    def is_reusable(self) -> bool:
        """Whether the message composed from it differs from call to call in its id and its input tokens alone."""
        is_adjusted = self.usage or self.extra or self.container is not None or self.id is not None or self.recorded
        return self.is_plain_text and not is_adjusted and self.stop_reason != "max_tokens"

    @lazy_property
    def messages(self) -> dict[str, Mapping[str, Any]]:
        """A cache of composing: the message composed from this answer, for each model requested."""
        return {}


class PingPlace(Struct, frozen=True):
    """Where a ping stands in a stream: behind so many ``deltas`` of a block; -1: before the block starts.

    ``is_within``: there are deltas of the block before it and behind it.
    """

    block: int
    deltas: int
    is_within: bool = False


class Reply(Struct, frozen=True):
    """A complete answer of the model: ``message`` is the JSON body exactly as the API sends it, keys in wire order."""

    message: Mapping[str, Any]
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None
    # Determines paddings and chunk sizes, so that the same reply always streams as the same bytes.
    seed: int = 0
    # For callers that requested estimates: the tokens of each hidden thought by the index of its block, else 0.
    estimates: Mapping[int, int] = NO_ESTIMATES
    # The API pauses after a summary, or only fills its cache: the answer that was chosen is still to be given.
    is_put_off: bool = False
    # The files that code execution made; they are there before the answer leaves.
    files: tuple[MadeFile, ...] = ()
    # Where the pings of its stream stand; None: where the API puts them.
    pings: tuple[PingPlace, ...] | None = None
    # Blocks without anything in them that were recorded: the empty delta of each, None for none.
    empty: Mapping[int, Block | None] = NOTHING  # type: ignore[assignment]  # without any
    # It has the form in which it was recorded, which need not be that of today.
    is_recorded: bool = False
    # What its request says of the form of the answer, for its wire: see ``Prompt.form``.
    form: Mapping[str, Any] = NOTHING


class StreamPlan(Struct, frozen=True, omit_defaults=True):
    """What a stream is unfolded from besides its message: the fields of a ``Reply`` that its JSON does not hold.

    ``torn`` holds the inputs of tools that were cut off, as far as they were written, by the indexes of their blocks.
    ``pieces`` are the bytes of a recorded stream as they left, faults and all; nothing else counts then.
    """

    seed: int = 0
    pace: Pace | None = None
    estimates: Mapping[int, int] = NO_ESTIMATES
    pings: tuple[PingPlace, ...] | None = None
    empty: Mapping[int, Block | None] = NOTHING  # type: ignore[assignment]  # without any
    torn: Mapping[int, tuple[str, ...]] = NOTHING  # type: ignore[assignment]  # without any
    pieces: tuple[bytes, ...] = ()


class StoredReply(Struct, frozen=True, tag_field="outcome", tag=True):
    """A reply in the journal: ``message`` is its JSON, in the Messages form whatever the wire, which takes a fraction
    of the memory of the message. ``form`` is that of the reply.

    ``stream`` tells how it was streamed; None: it was sent whole, or what was streamed is not known any more.
    """

    message: bytes
    faults: tuple[Fault, ...] = ()
    # It is the API's own, byte for byte or in its form of that day: nothing is to be said against it.
    is_recorded: bool = False
    stream: StreamPlan | None = None
    form: Mapping[str, Any] = NOTHING


class Failure(Struct, frozen=True, tag_field="outcome", tag=True):
    """An API error, scripted or deserved: sent as the API's error body.

    ``at_edge``: it is answered before the API itself hears of the call, so no id of a request is in it. Before 2025-09
    the API gave none in any body: ``is_nameless``.

    ``code`` and ``param`` are those of error bodies on other wires. ``stage`` says who speaks: "" the API, or whatever
    stands behind a gateway; ``gate`` a gateway before it relays; ``relay`` a gateway while it relays. ``is_ours``: it
    is this server that speaks, to those who write scenarios or record them.
    """

    status: int
    type: str
    message: str
    details: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None
    at_edge: bool = False
    is_nameless: bool = False
    code: str | None = None
    param: str | None = None
    stage: str = ""
    is_ours: bool = False


class Raw(Struct, frozen=True, tag_field="outcome", tag=True):
    """A response that does not have the API's form, such as a proxy's HTML page.

    ``stream``: its body is a stream of events, which has a pace and no length. ``seed`` decides the jitter of that,
    where the journal needs to know it.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None
    stream: bool = False
    seed: int = 0


class Value(Struct, frozen=True, tag_field="outcome", tag=True):
    """An answer of the API that is no message of the model, such as a list of models."""

    body: bytes
    media_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None


class Content(Struct, frozen=True):
    """The content of a stored object, such as a file or the results of a batch: sent as it is read, whatever its size.

    ``read`` gives its parts, in order, each time anew; ``size`` is that of all in bytes. The journal keeps a ``Value``
    without a body in its place.
    """

    read: Callable[[], Iterator[bytes]]
    size: int
    media_type: str
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None


class Recorded(Struct, frozen=True):
    """The answer of an upstream, byte for byte as it was recorded.

    ``message`` is the whole message that it holds; None when it holds none. ``headers`` are added to the recorded ones.
    ``is_timed``: it leaves in the pieces and times in which it came, and ``pace`` says nothing.
    ``answers_head``: the request asked for headers alone.
    """

    response: RecordedResponse
    message: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = NOTHING
    faults: tuple[Fault, ...] = ()
    pace: Pace | None = None
    is_timed: bool = False
    answers_head: bool = False
    # The bytes of a body that is in a file.
    size: int = 0


# The outcomes that a script can give to a request for a message; they have a pace and faults.
ScriptOutcome = Reply | Failure | Raw | Recorded
Outcome = ScriptOutcome | Value | Content
