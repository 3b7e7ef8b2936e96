"""Requests answered, whichever way they came: by a socket or from a client in the same process."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote

from msgspec import Struct

from mockserver import auth, journey
from mockserver.endpoints.conclusion import Conclusion
from mockserver.endpoints.forwarding import Forwarding
from mockserver.endpoints.parts import Parts
from mockserver.records import budget
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.records.errors import MESSAGES
from mockserver.records.masks import HIDDEN, LONG, Scrubber, mask_text, show_line, show_text
from mockserver.records.settings import Settings
from mockserver.records.terminal import escape_text
from mockserver.serving import cors
from mockserver.serving.sending import GONE, Now, Sent, Sleep, Write, is_immediate, send
from mockserver.store import CallRecord, Departure
from mockserver.store.calls import pack_times
from mockserver.store.errors import StoreClosedError, StoreFailedError, StoreGoneError
from mockserver.store.reasons import find_reason

if TYPE_CHECKING:
    from mockserver.control import Control

Log = Callable[[str], None]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Answer = Callable[[Call, Parts], T]


class Fail(Protocol[T_co]):
    """Makes the answer to a call that failed; ``is_away``: since the engine of the store is gone."""

    def __call__(self, call: Call, parts: Parts, message: str, *, is_away: bool = False) -> T_co:
        """Make it."""


# The control interface is below this path.
CONTROL = "/_mock/"
# The marks of what is masked, as they stand in a quoted path.
_CUT, _HIDDEN = quote("…"), quote(HIDDEN)
LOGGER = logging.getLogger("mockserver")


def _begin_unrecorded() -> int:
    """Of what is not the API's nothing is recorded."""
    return 0


def _finish_unrecorded(_: Sent, _number: int = 0) -> None:
    """Of what is not the API's nothing is recorded."""


class Finish(Protocol):
    """Records how an answer was sent."""

    def __call__(self, sent: Sent, number: int = 0, /) -> None:
        """Record it, in the journal's entry of that number, or without one in a new entry."""


class Exchange(Struct, frozen=True):
    """A request and its answer: what to send, how the journal learns that sending begins and how it ended, and the
    monotonic time for that.

    ``begin`` is for answers that do not leave at once, and returns the number for ``finish``. For ``wait`` seconds
    from the arrival of the request on, changes of the journal may bring another answer: `mockserver.serving.waiting`.
    An exchange with ``later`` has no answer yet: it makes the one that has, and blocks while functions of the user run.
    Nor has one that an upstream answers: ``forward``.
    """

    delivery: Delivery
    begin: Callable[[], int] = _begin_unrecorded
    finish: Finish = _finish_unrecorded
    wait: float = 0.0
    later: Callable[[], Exchange] | None = None
    now: Now = time.monotonic
    forward: ForwardedCall | None = None


class ForwardedCall(Struct, frozen=True):
    """A call that an upstream answers. ``conclude`` makes the exchange of its conclusion."""

    forwarding: Forwarding
    conclude: Callable[[Conclusion], Exchange]


class Service:
    """Answers the requests of a server.

    Args:
        mock: the parts of the server.
        log: called with one line a request of the API; None means no access log.

    ``is_draining`` says that the server was asked to stop, and finishes what is under way.
    """

    def __init__(self, mock: Parts, log: Log | None = None) -> None:
        self.mock = mock
        self.is_draining = False
        self._log = log

    def answer(self, call: Call) -> Exchange:
        """Answer a request, of which the path tells whose it is."""
        return self.answer_control(call) if f"{call.path}/".startswith(CONTROL) else self.answer_api(call)

    def answer_control(self, call: Call) -> Exchange:
        """Answer a request to the control interface."""
        delivery, wait = self._answer_or_report(
            call,
            lambda call, _: self._control.handle(call),
            lambda *failed, **more: (journey.fail(*failed, **more).delivery, 0.0),
        )
        return Exchange(self._open(delivery, call), wait=wait)

    def refuse_feed(self, call: Call, most: int) -> Exchange:
        """Answer a request to follow the journal when ``most`` do, or the server stops."""
        return Exchange(self._open(self._control.refuse_feed(call, most), call))

    def _open(self, delivery: Delivery, call: Call) -> Delivery:
        return cors.open_to_allowed(delivery, call, self.mock.settings) if "origin" in call.headers else delivery

    def answer_api(self, call: Call) -> Exchange:
        """Answer a request to the API: anything that is not for the control interface."""
        if "origin" in call.headers and cors.is_preflight(call):
            return Exchange(cors.answer_preflight(call))
        started = self.mock.clock.monotonic()
        answered = self._answer_or_report(call, journey.answer, journey.fail)
        if answered.later is not None:
            return Exchange(answered.delivery, later=partial(self._answer_later, call, answered.later, started))
        if answered.forward is not None:
            conclude = partial(self._make_exchange, call, started=started)
            return Exchange(answered.delivery, forward=ForwardedCall(answered.forward, conclude))
        return self._make_exchange(call, answered, started)

    def _answer_later(self, call: Call, later: Callable[[], Conclusion], started: float) -> Exchange:
        answered = self._answer_or_report(call, lambda *_: later(), journey.fail)
        return self._make_exchange(call, answered, started)

    def _make_exchange(self, call: Call, answered: Conclusion, started: float) -> Exchange:
        delivery = answered.delivery
        # The API's answers to probes say nothing of origins (source: observed 2026-07 to -10).
        if "origin" in call.headers and not (
            answered.record.is_probe or auth.is_page_refused(call, self.mock.settings)
        ):
            delivery = cors.open_to_any(delivery)
        begin = partial(self.mock.store.journal.append, answered.session, answered.record, place=answered.place)
        finish = partial(self._record, call, answered, started)
        return Exchange(delivery, begin, finish, now=self.mock.clock.monotonic)

    def _answer_or_report(self, call: Call, answer: Answer[T], fail: Fail[T]) -> T:
        """The one place where our own bugs end: the console gets the traceback, the client the API's own 500.

        To a client without a socket an exception would look like a lost connection, and its SDK would try again.
        """
        try:
            with budget.guard():
                return answer(call, self.mock)
        except StoreClosedError:
            raise
        except StoreFailedError as error:
            return fail(call, self.mock, str(error), is_away=isinstance(error, StoreGoneError))
        except Exception:
            trace = escape_text(Scrubber(call, self.mock.settings.own_secrets).content(traceback.format_exc()))
            LOGGER.error("%s failed inside the mock server\n%s", _describe(call, self.mock.settings), trace)
            return fail(call, self.mock, MESSAGES["api_error"])

    def _record(self, call: Call, answered: Conclusion, started: float, sent: Sent, number: int = 0) -> None:
        """Record in journal and access log how an answer was sent; its thread may be continued now."""
        store, milliseconds = self.mock.store, (self.mock.clock.monotonic() - started) * 1000
        if answered.continues is not None:
            # When the store cannot be written, calls that continue the thread are refused as all others are.
            with suppress(StoreFailedError):
                store.threads.finish(answered.session, answered.continues)
        # What leaves at once is recorded before it does.
        first = None if number or not answered.delivery.pieces else milliseconds
        if sent.first is not None:
            first = (sent.first - started) * 1000
        # What leaves at once has one time, the first.
        times = pack_times([(moment - started) * 1000 for moment in sent.times]) if number else b""
        departure = Departure(sent.events, sent.hung_up, milliseconds, first, len(sent.times), times)
        if number:
            store.journal.finish(number, departure)
        else:
            store.journal.append(answered.session, answered.record, departure, answered.place)
        store.stats.count(answered.session, answered.record, departure)
        if self._log is None:
            return
        scenario, why = show_line(answered.scenario), self._find_reason(call, answered.record)
        line = f"{_describe(call, self.mock.settings)} {answered.delivery.status} {scenario} {milliseconds:.1f}ms"
        line = f"{line} | {why}" if why else line
        try:
            self._log(line)
        except Exception:  # the user's own log; the client shall not suffer for it
            LOGGER.error("the access log failed\n%s", show_text(traceback.format_exc()))

    def _find_reason(self, call: Call, record: CallRecord) -> str | None:
        """Why a call was refused or unmatched; of a generated answer nothing is said where there are no scenarios."""
        has_none = not self.mock.fixtures.scenarios.scenarios and not (record.candidates and record.candidates.scripts)
        if record.unmatched and record.status == 200 and has_none:
            return None
        return find_reason(record, lambda text: Scrubber(call, self.mock.settings.own_secrets).brief(text))

    @cached_property
    def _control(self) -> Control:
        # Imported when first asked for: many servers never are.
        from mockserver.serving.control_parts import build_control

        return build_control(self.mock, lambda: not self.is_draining)


def _describe(call: Call, settings: Settings) -> str:
    """The method and the path of a call for a line at the console: without secrets, and unable to forge a line."""
    # Nearly every path is too short for a secret that is recognised by its value alone.
    path = call.path if len(call.path) < LONG else Scrubber(call, settings.own_secrets).brief(call.path)
    return _describe_path(call.method, path)


@lru_cache(maxsize=256)
def _describe_path(method: str, path: str) -> str:
    # Quoted, but for the marks of what is masked.
    quoted = quote(mask_text(path)).replace(_CUT, "…").replace(_HIDDEN, HIDDEN)
    return f"{show_line(method)} {quoted}"


async def deliver(exchange: Exchange, write: Write, sleep: Sleep) -> None:
    """Send the answer of an exchange, and have it recorded."""
    delivery = exchange.delivery
    if is_immediate(delivery):
        # Recorded first: whoever has the answer finds it in the journal.
        exchange.finish(Sent(sum([piece.events for piece in delivery.pieces])))
        await send(delivery, write, sleep)
        return
    number, sent = exchange.begin(), GONE
    try:
        sent = await send(delivery, write, sleep, exchange.now)
    finally:
        exchange.finish(sent, number)
