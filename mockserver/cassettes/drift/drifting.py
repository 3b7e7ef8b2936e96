"""Drift of cassettes: makes their requests again, in order, and says where the answers have another shape now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from mockserver.cassettes.drift.asking import UnansweredError
from mockserver.cassettes.drift.comparing import Pool, compare, make_pool
from mockserver.cassettes.drift.differences import Difference
from mockserver.cassettes.drift.renaming import match_ids, read_id, rename
from mockserver.cassettes.drift.thoughts import Block, match_thoughts, replace_thoughts
from mockserver.cassettes.drift.unaskable import OUR_KEY, explain_answer, find_reason
from mockserver.recordings.cassette import Cassette
from mockserver.recordings.redacting import make_rules, redact
from mockserver.recordings.redacting.marks import MARKS
from mockserver.records.call import VERSIONS
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.moments import read_moment, write_moment

EQUAL, DRIFTED, UNCHECKED = "equal", "drifted", "unchecked"
_DAY = 86_400
_FILES = "/v1/files"
# Bytes of an answer; larger ones are files, mostly.
_MOST_REDACTED = 8 * 1024 * 1024
Ask = Callable[[RecordedRequest], RecordedResponse]


class Checked(Struct, frozen=True):
    """The result of checking an exchange, or with ``id`` 0 the age of a cassette.

    ``name`` is its request, ``POST /v1/messages``. ``reason`` says why it could not be checked.
    """

    file: str
    id: int
    name: str
    differences: tuple[Difference, ...] = ()
    reason: str = ""

    @property
    def state(self) -> str:
        """``drifted``, ``unchecked`` or ``equal``; notes alone are equal."""
        if any(difference.is_drift for difference in self.differences):
            return DRIFTED
        return UNCHECKED if self.reason else EQUAL


def check_drift(cassettes: Sequence[Cassette], ask: Ask) -> list[Checked]:
    """Make the requests of cassettes again, one at a time, and compare; the results are in the order of the cassettes.

    The requests are made in the order in which they were recorded, across files: one may use what another one has
    made. When an upstream cannot be reached, or refuses the key, no further request is made. Files that were uploaded,
    and that no recorded request deletes, are deleted at the end, also when somebody stops it.
    """
    pool = make_pool(exchange for cassette in cassettes for exchange in cassette.exchanges.values())
    run = _Run(ask, pool)
    results = dict[tuple[int, int], Checked]()
    try:
        for number, cassette, exchange in _order(cassettes):
            results[number, exchange.id] = run.check(cassette, exchange)
    finally:
        run.tidy()
    return [results[place] for place in sorted(results)]


def _order(cassettes: Sequence[Cassette]) -> list[tuple[int, Cassette, RecordedExchange]]:
    """All exchanges by time, each with its cassette and the number of that.

    Within a file their order stays; one without a time follows the one before it.
    """
    timed: list[tuple[float, int, Cassette, RecordedExchange]] = []
    for number, cassette in enumerate(cassettes):
        at = 0.0
        for _, exchange in sorted(cassette.exchanges.items()):
            at = max(at, exchange.at)
            timed.append((at, number, cassette, exchange))
    return [each[1:] for each in sorted(timed, key=lambda each: each[0])]


class _Run:
    """A run over cassettes: the ids of what it made, its thoughts, and why nothing more is asked."""

    def __init__(self, ask: Ask, pool: Pool) -> None:
        self.ask, self.pool = ask, pool
        self.ids: dict[str, str] = {}
        self.thoughts: dict[str, Block] = {}
        self.stopped = ""
        # The requests that would delete what was uploaded.
        self.left: dict[str, RecordedRequest] = {}

    def check(self, cassette: Cassette, exchange: RecordedExchange) -> Checked:
        request = exchange.request
        checked = Checked(cassette.file, exchange.id, f"{request.method} {request.path}")
        if reason := self.stopped or find_reason(exchange, self.ids):
            return replace(checked, reason=reason)
        request = replace_thoughts(rename(_complete(exchange), self.ids), self.thoughts)
        try:
            response = self.ask(request)
            shown = _redact(exchange, response, cassette)
        except UnansweredError as error:
            self.stopped = str(error) if error.is_final else ""
            return replace(checked, reason=str(error))
        if reason := explain_answer(exchange, shown):
            self.stopped = reason if response.status in OUR_KEY else ""
            return replace(checked, reason=reason)
        self.ids.update(match_ids(exchange, response))
        self.thoughts.update(match_thoughts(exchange, response))
        self.note_files(request, response)
        return replace(checked, differences=tuple(compare(exchange, shown, self.pool)))

    def note_files(self, request: RecordedRequest, response: RecordedResponse) -> None:
        """Remember what was uploaded, until it is deleted."""
        path = request.path.rstrip("/")
        if request.method == "DELETE":
            self.left.pop(path, None)
        elif request.method == "POST" and path == _FILES and (name := read_id(response)):
            headers = {key: value for key, value in request.headers.items() if key != "content-type"}
            self.left[f"{path}/{name}"] = RecordedRequest("DELETE", f"{path}/{name}", headers, query=request.query)

    def tidy(self) -> None:
        """Delete what was uploaded and is still there. Whether that works says nothing of the cassettes."""
        with suppress(UnansweredError):
            for request in self.left.values():
                self.ask(request)


def _redact(exchange: RecordedExchange, response: RecordedResponse, cassette: Cassette) -> RecordedResponse:
    """The answer without what was taken out of the recorded one, whose shape that may have changed, too."""
    if len(response.body) > _MOST_REDACTED:
        return response
    try:
        redacted = redact(replace(exchange, response=response), make_rules(cassette.match.redact)).response
    except ValueError as error:
        raise UnansweredError(f"the answer cannot be redacted as the recorded one was: {error}") from error
    # All headers stay: of those their names alone are compared.
    return replace(response, chunks=redacted.chunks)


def _complete(exchange: RecordedExchange) -> RecordedRequest:
    """The request with the headers that the API asks for: not all recorders keep them, and some write marks there.

    One that was refused may have lacked them then, too.
    """
    request = exchange.request
    sent = {name: value for name, value in request.headers.items() if not MARKS.search(value)}
    needed = {"anthropic-version": VERSIONS[0], **({"content-type": "application/json"} if request.body else {})}
    return replace(request, headers=sent if exchange.response.status == 400 else {**needed, **sent})


def check_age(cassettes: Sequence[Cassette], most: float, now: float) -> Iterator[Checked]:
    """Say which cassettes are older than ``most`` seconds, ``now`` being seconds since 1970."""
    for cassette in cassettes:
        newest = find_newest(cassette)
        if not newest:
            yield Checked(cassette.file, 0, "age", reason="the cassette does not say when it was recorded")
        elif now - newest > most:
            old = Difference(
                "too_old", "", f"recorded {write_moment(newest)[:10]}", f"{(now - newest) / _DAY:.0f} days old"
            )
            yield Checked(cassette.file, 0, "age", (old,))
        else:
            yield Checked(cassette.file, 0, "age")


def find_newest(cassette: Cassette) -> float:
    """When the newest exchange of a cassette was recorded, in seconds since 1970; 0.0: nobody knows."""
    newest = max((exchange.at for exchange in cassette.exchanges.values()), default=0.0)
    if newest or not cassette.recorded:
        return newest
    try:
        return read_moment(cassette.recorded)
    except ValueError:
        return 0.0
