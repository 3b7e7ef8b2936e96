"""What a gateway does around the endpoints: it picks a channel, and tries the next one where that fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints import recorded
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, refuse
from mockserver.endpoints.gate import name_call
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import read_prompt
from mockserver.gateways.channels import fail, list_channels, may_retry, miss
from mockserver.gateways.records import Channel, Gateway, Upstream
from mockserver.records.endpoints import MESSAGES, asks_for_message
from mockserver.records.errors import ApiError
from mockserver.records.reply import Failure, Outcome, Raw
from mockserver.store.reports import find_model

Endpoint = Callable[[Arrival, Parts], Decision]

# The row whose words a gateway puts in the place of those of an upstream that answers 429, on the chat wire (source
# code of one-api, 2025, and new-api, 2025).
SATURATED = "upstream_saturated"


class Attempts(Struct, frozen=True):
    """A call on its way through channels: those that are still to be asked, those that failed, with statuses, and the
    scenarios whose answers these used up. ``model`` is the one asked for; "" when none was.
    """

    endpoint: Endpoint
    arrival: Arrival
    parts: Parts
    gateway: Gateway
    model: str
    channels: tuple[Channel, ...]
    tries: tuple[tuple[str, int], ...] = ()
    spent: tuple[str, ...] = ()

    @property
    def channel(self) -> Channel:
        """The one that is asked now."""
        return self.channels[0]

    @property
    def asking(self) -> Parts:
        """The parts, while that channel is asked."""
        return replace(self.parts, channel=self.channel)

    def move_on(self, status: int, decision: Decision) -> Attempts:
        """The attempts after the present one failed."""
        used = [each.scenario.name for each in (decision.choice, *decision.fallbacks) if each.scenario]
        tries, spent = (*self.tries, (self.channel.name, status)), (*self.spent, *used)
        return replace(self, channels=self.channels[1:], tries=tries, spent=spent)

    def mark(self, decision: Decision) -> Decision:
        """The decision of the present channel, with what came before it."""
        return replace(decision, channel=self.channel.name, tries=self.tries, spent=self.spent)


def relay(endpoint: Endpoint, arrival: Arrival, parts: Parts, gateway: Gateway) -> Decision:
    """The decision of an endpoint, asked through one channel after the other until one answers.

    Each is asked anew, so that an answer of ``calls`` is used up for each. Where no message is asked for, it is that of
    the endpoint itself, which may raise ``ApiError``.
    """
    if not asks_for_message(arrival.endpoint):
        return endpoint(arrival, parts)
    model = find_model(arrival.call.body) or ""
    channels = list_channels(gateway, model, arrival.channel)
    if not channels:
        return Decision(miss(gateway, name_call(arrival, gateway)))
    return _ask(Attempts(endpoint, arrival, parts, gateway, model, channels))


def _ask(attempts: Attempts) -> Decision:
    """The decision of the first channel that answers, else of the last one."""
    while True:
        decision = _catch(attempts, partial(_decide, attempts))
        if decision.later is not None:
            later = partial(_finish, attempts, decision.later)
            return replace(attempts.mark(decision), later=later)
        status = _find_failed(attempts, decision)
        if status is None:
            return _conclude(attempts, decision)
        attempts = attempts.move_on(status, decision)


def _finish(attempts: Attempts, decide: Callable[[], Decision]) -> Decision:
    """The same of a channel whose answer waits for functions of the user, and of those after it."""
    decision = _catch(attempts, decide)
    status = _find_failed(attempts, decision)
    return _conclude(attempts, decision) if status is None else _ask(attempts.move_on(status, decision)).settle()


def _catch(attempts: Attempts, decide: Callable[[], Decision]) -> Decision:
    """A decision, also where the request is refused."""
    arrival = attempts.arrival
    try:
        return decide()
    except ApiError as error:
        return recorded.decide_refused(arrival, attempts.asking, error) or refuse(error, arrival.call)


def _decide(attempts: Attempts) -> Decision:
    arrival, parts = attempts.arrival, attempts.asking
    if attempts.channel.error is None:
        return attempts.endpoint(arrival, parts)
    failure = fail(attempts.gateway, attempts.channel.error, name_call(arrival, attempts.gateway))
    if arrival.endpoint != MESSAGES:
        return Decision(failure)
    read = read_prompt(arrival.call, arrival.session, parts, MESSAGES, "off", arrival.wire)
    return Decision(failure, read.prompt, read.finding, read.thread)


def _find_failed(attempts: Attempts, decision: Decision) -> int | None:
    """The status of an answer that sends the request on to the next channel; None where it is the one for the client.

    Not those of the gateway itself, which no channel can mend, nor the server's own to those who write scenarios.
    """
    outcome = decision.outcome
    if len(attempts.channels) < 2 or not isinstance(outcome, Failure | Raw):
        return None
    is_own = isinstance(outcome, Failure) and (bool(outcome.stage) or outcome.is_ours)
    # What the gateway refuses is a finding, what a channel always answers is none.
    if is_own and (attempts.channel.error is None or decision.finding is not None):
        return None
    return outcome.status if may_retry(attempts.gateway, outcome.status) else None


def _conclude(attempts: Attempts, decision: Decision) -> Decision:
    return attempts.mark(replace(decision, outcome=_reword(decision.outcome, attempts)))


def _reword(outcome: Outcome, attempts: Attempts) -> Outcome:
    """The error of an upstream that has too much to do, in the words that some gateways have for it."""
    row = attempts.gateway.errors.get(SATURATED)
    if row is None or not isinstance(outcome, Failure) or outcome.status != row.status:
        return outcome
    is_own = outcome.stage != "" and not isinstance(attempts.channel.error, Upstream)
    if is_own or attempts.arrival.wire == MESSAGES:
        return outcome
    return replace(outcome, message=row.word(attempts.gateway.language, {}))
