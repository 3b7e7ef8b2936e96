"""One line of the journal: a call, what answered it, why, and how the answer left. Shows no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any, TypeVar

import orjson
from msgspec import Struct

from mockserver.records.call import VERSIONS, Call
from mockserver.records.errors import Finding, Place
from mockserver.records.masks import Scrubber, discreet, label, mask, mask_body, mask_headers, mask_keys, mask_query
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Failure, Raw, Value, Written
from mockserver.store.threads import NONE, Thread

T = TypeVar("T")

_RAW_SHOWN = 2000
# What is said of a body of which nothing else can be said.
BROKEN: tuple[str, ...] = ("the body is too broken to be understood",)


class Miss(Struct, frozen=True):
    """Why a scenario did not answer a call: what differed, secrets masked."""

    name: str
    place: str
    differences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The miss as JSON values."""
        return {"scenario": self.name, "place": self.place, "differences": list(self.differences)}


# Not frozen: the journal adds to it until the answer has left.
class Entry(Struct, eq=False):
    """A recorded call and its answer.

    The first two fields are the call as received and, for a continued thread, what the thread adds to it; both stay
    private, since they hold secrets. ``number`` is given by the journal and counts the calls of the server from 1.
    ``duration_ms`` runs until the last byte left. ``hung_up`` says whether the client went away first, and is None as
    long as the answer is not ``finished``.

    Masking and parsing wait until something is read: recording a call costs microseconds.
    """

    _call: Call
    _thread: Thread = NONE
    endpoint: str = "messages"
    status: int = 200
    request_id: str = ""
    # The scenario that answered: its name, which of its entries, and where it stands. None: a generated answer.
    scenario: str | None = None
    position: str | None = None
    place: Place | None = None
    # No scenario fitted: the answer was generated, or is the 404 that says so.
    unmatched: bool = False
    # Why scenarios did not answer, or what computes it from the prompt: objects with name, place and differences.
    misses_source: Callable[[Prompt], Iterable[Any]] | tuple[Any, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcome: Written | Failure | Raw | Value | None = None
    # Bytes of the answer; ``weight`` is what the journal counts for the whole entry.
    size: int = 0
    events_total: int = 0
    events_sent: int = 0
    duration_ms: float = 0.0
    hung_up: bool | None = None
    finished: bool = False
    number: int = 0
    weight: int = 0
    retry_of: int | None = None

    def __repr__(self) -> str:
        answered = f" {self.scenario!r}" if self.scenario else ""
        return f"<Entry {self.number} {self.method} {self.path} {self.status}{answered}>"

    @property
    def at(self) -> float:
        """When the call arrived, in seconds since 1970."""
        return self._call.at

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self._call.method

    @property
    def path(self) -> str:
        """The path, with its query when there is one."""
        return f"{self._call.path}?{mask_query(self._call.query)}" if self._call.query else self._call.path

    @property
    def session(self) -> str:
        """The session as it may be shown: its name, or the masked key it is named after."""
        return self._call.headers.get("x-mock-session") or (label(self._call.key) if self._call.key else "")

    @property
    def version(self) -> str | None:
        """The API version asked for, if any."""
        return self._call.version

    @property
    def betas(self) -> tuple[str, ...]:
        """The betas asked for, sorted."""
        return tuple(sorted(self._call.betas))

    @property
    def headers(self) -> dict[str, str]:
        """The request headers, secrets masked."""
        return mask_headers(self._call.headers)

    @property
    def body(self) -> bytes:
        """The request body as sent, secrets masked."""
        return mask_body(self._call.body)

    @property
    def json(self) -> Any:
        """The request body parsed, secrets masked; None when it is no JSON."""
        return _parsed(self.body)

    @property
    def model(self) -> str | None:
        """The model asked for, keys masked."""
        body = self.json
        model = body.get("model") if isinstance(body, dict) else None
        return mask_keys(discreet(model, self._call.key)) if isinstance(model, str) else None

    @property
    def stream(self) -> bool:
        """Whether events were asked for, refused or not."""
        body = self.json
        return isinstance(body, dict) and body.get("stream") is True

    @property
    def prompt(self) -> Prompt | None:
        """The effective conversation, secrets masked; None when the body is no JSON object."""
        key = self._call.key
        return self._prompt_of(self.body, self.headers, mask(key) if key else None)

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Why the scenarios before the one that answered did not."""
        source = self.misses_source
        return self.ask(source) if callable(source) else tuple(self._scrubbed(miss) for miss in source)

    @property
    def message(self) -> dict[str, Any] | None:
        """The message answered, as it was sent."""
        return orjson.loads(self.outcome.message) if isinstance(self.outcome, Written) else None

    @property
    def answer(self) -> dict[str, Any] | None:
        """What was answered: the message, the error body, or status, headers and first characters of anything else."""
        said: dict[str, Any] | None = self._scrubber.value(_answer(self.outcome, self.request_id))
        if isinstance(self.outcome, Failure) and said:
            said["error"]["message"] = self._scrubber.text(self.outcome.message)
        return said

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage of the message answered."""
        message = self.message
        return None if message is None else dict(message.get("usage") or {})

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the faults that were to strike the answer."""
        return tuple(fault.then for fault in getattr(self.outcome, "faults", ()))

    def completed(self, *, events_sent: int, hung_up: bool, duration_ms: float) -> Entry:
        """A copy that tells how the answer left."""
        entry = copy(self)
        entry.events_sent, entry.hung_up, entry.duration_ms = events_sent, hung_up, duration_ms
        entry.finished = True
        return entry

    def fits(self, matches: Callable[[Prompt], bool]) -> bool:
        """Whether ``matches`` holds for the prompt as received, secrets included."""
        return self._judged(matches, otherwise=False)

    def ask(self, explain: Callable[[Prompt], Iterable[Any]]) -> tuple[Miss, ...]:
        """The misses that ``explain`` finds in the prompt as received; secrets masked."""
        found: tuple[Any, ...] = self._judged(lambda prompt: (*explain(prompt),), otherwise=())
        return tuple(map(self._scrubbed, found))

    def differences(self, explain: Callable[[Prompt], Iterable[str]]) -> tuple[str, ...]:
        """The sentences that ``explain`` says about the prompt as received; secrets masked."""
        told = self._judged(lambda prompt: (*explain(prompt),), otherwise=BROKEN)
        return told if told is BROKEN else tuple(map(self._scrubber.text, told))

    def summary(self) -> dict[str, Any]:
        """The entry in a few fields, for lists."""
        return {
            "number": self.number,
            "session": self.session,
            "at": self.at,
            "duration_ms": round(self.duration_ms, 3),
            "method": self.method,
            "path": self.path,
            "endpoint": self.endpoint,
            "model": self.model,
            "stream": self.stream,
            "status": self.status,
            "rule": self.findings[0].rule if self.findings else None,
            "scenario": self.scenario,
            "position": self.position,
            "unmatched": self.unmatched,
            "retry_of": self.retry_of,
            "finished": self.finished,
            "hung_up": self.hung_up,
            "request_id": self.request_id,
        }

    def as_dict(self) -> dict[str, Any]:
        """The whole entry as JSON values, secrets masked."""
        body, history = self.json, self._thread.history
        return {
            **self.summary(),
            "version": self.version,
            "betas": list(self.betas),
            "headers": self.headers,
            "body": self.body.decode(errors="replace") if body is None else body,
            "messages": [*history, *body["messages"]] if history and _holds_messages(body) else None,
            "place": None if self.place is None else str(self.place),
            "misses": [miss.as_dict() for miss in self.misses],
            "findings": self._findings(),
            "answer": self.answer,
            "usage": self.usage,
            "faults": list(self.faults),
            "events_total": self.events_total,
            "events_sent": self.events_sent,
        }

    def _judged(self, judge: Callable[[Prompt], T], *, otherwise: T) -> T:
        """What ``judge`` says of the prompt as received; ``otherwise`` of a body that is none."""
        # A request without a body has headers at least.
        prompt = self._prompt_of(self._call.body or b"{}", self._call.headers, self._call.key)
        try:
            return otherwise if prompt is None else judge(prompt)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            # What the API refuses is recorded too, and may have any shape.
            return otherwise

    def _prompt_of(self, body: bytes, headers: Mapping[str, str], key: str | None) -> Prompt | None:
        # Parsed anew each time: a thousand parsed bodies would take several times the memory of their bytes.
        parsed = _parsed(body)
        if not isinstance(parsed, dict):
            return None
        return Prompt(
            body={**self._thread.inherited, **parsed},
            headers=headers,
            version=self.version or VERSIONS[0],
            betas=self._call.betas,
            key=key,
            session=self.session if key != self._call.key else self._call.session,
            history=self._thread.history,
        )

    def _scrubbed(self, miss: Any) -> Miss:
        place = getattr(miss, "place", None)
        return Miss(
            str(miss.name), "" if place is None else str(place), tuple(map(self._scrubber.text, miss.differences))
        )

    def _findings(self) -> list[dict[str, Any]]:
        told = (finding.as_dict() for finding in self.findings)
        return [{**each, "message": self._scrubber.text(each["message"])} for each in told]

    @property
    def _scrubber(self) -> Scrubber:
        return Scrubber(self._call.headers, self._call.body)


def _holds_messages(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("messages"), list)


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _answer(outcome: Written | Failure | Raw | Value | None, request_id: str) -> Mapping[str, Any] | None:
    if isinstance(outcome, Written):
        message: dict[str, Any] = orjson.loads(outcome.message)
        return message
    if isinstance(outcome, Value) and isinstance(shown := _parsed(outcome.body), dict):
        return shown
    if isinstance(outcome, Raw | Value):
        text = outcome.body[:_RAW_SHOWN].decode(errors="replace")
        return {"status": outcome.status, "headers": outcome.headers, "body": text}
    if isinstance(outcome, Failure):
        details = {"details": outcome.details} if outcome.details else {}
        error = {"type": outcome.type, "message": outcome.message, **details}
        return {"type": "error", "error": error, "request_id": request_id}
    return None
