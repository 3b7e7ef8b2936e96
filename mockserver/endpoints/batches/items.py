"""The requests of a batch, each checked and answered as a single call would be: by the same rules and scenarios."""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints import messages
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.batches.body import Request
from mockserver.endpoints.batches.state import Batch
from mockserver.endpoints.decision import Decision, refuse
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import read_item
from mockserver.records import budget
from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import TYPES, ApiError, Finding, word_error
from mockserver.records.reply import Failure, Reply
from mockserver.reference import catalog
from mockserver.reference.costs import Lookup, find_cost, read_tokens
from mockserver.store import ActiveSettings
from mockserver.wires import WIRES

# What stands between the id and the result of a row, and how a result begins that is a message. No text of JSON holds
# the first one: its quotes are escaped.
BEFORE_RESULT, SUCCEEDED = b',"result":', b'{"type":"succeeded"'
# Rows tell that an error may be shown, and name no request (source: observed 2026-09; all API versions).
_SHOWN = {"error_visibility": "user_facing"}
_BROKEN = Failure(500, TYPES[500], word_error(TYPES[500], ""))
_TOO_LARGE = ApiError(Finding("Request exceeds the maximum size", "body_size", "errors page", status=413))


class Row(Struct, frozen=True):
    """The row of a request among the results, with its line end, and what it came from.

    ``scenario`` is the name of the one that answered, "" for a generated answer, None for neither. ``cost`` is in US
    dollars; None: the model has no price.
    """

    line: bytes
    is_success: bool
    scenario: str | None = None
    is_unmatched: bool = False
    is_refused: bool = False
    cost: float | None = 0.0


class Answerer:
    """Answers the requests of a batch.

    Args:
        arrival: the call that created the batch, whose key, version, betas and session hold for each request.
        parts: the parts of the server.
        batch: the batch.
        options: the settings in force.
    """

    def __init__(self, arrival: Arrival, parts: Parts, batch: Batch, options: ActiveSettings) -> None:
        call = _make_item_call(arrival.call)
        self._arrival = replace(arrival, call=call, endpoint=MESSAGES, wire="messages", parameters={})
        self._parts, self._options = parts, options
        number = round(batch.plan.fail * batch.total)
        self._failing = frozenset(Random(batch.seed).sample(range(batch.total), number))

    def answer(self, request: Request, index: int) -> Row:
        """Answer the request at a place of the list."""
        if index in self._failing:
            return make_row(request.custom_id, _BROKEN)
        with budget.guard():
            decision = self._decide(request, index)
        choice, is_matched = decision.choice, decision.choice.scenario is not None
        is_unmatched = decision.candidates is not None and not is_matched
        row = make_row(request.custom_id, decision.outcome, self._parts.fixtures.catalogue.lookup)
        return replace(
            row,
            scenario=choice.scenario.name if choice.scenario else "" if row.is_success else None,
            is_unmatched=is_unmatched and not row.is_success,
            is_refused=decision.finding is not None,
        )

    def _decide(self, request: Request, index: int) -> Decision:
        if request.params is None:
            return refuse(_TOO_LARGE, self._arrival.call)
        arrival = self._arrival
        material = f"{arrival.seed} {index}".encode()
        arrival = replace(
            arrival,
            call=replace(arrival.call, body=request.params),
            seed=int.from_bytes(blake2b(material, digest_size=8).digest(), "big"),
        )
        options = self._options
        try:
            read = read_item(arrival.call, arrival.session, self._parts, options.validation, request.custom_id)
            return messages.decide_read(arrival, self._parts, read, options).settle()
        except ApiError as error:
            return refuse(error, arrival.call)


def make_row(custom_id: str, outcome: Any, lookup: Lookup = catalog.lookup) -> Row:
    """The row of an outcome, charged at the prices of the models that ``lookup`` finds.

    What is neither a message nor an error of the API, or breaks on its way, is an error of the API's: a row has no
    connection that could break.
    """
    head = b'{"custom_id":' + orjson.dumps(custom_id) + BEFORE_RESULT
    if isinstance(outcome, Reply) and not outcome.faults:
        billed = _bill(outcome.message)
        message = WIRES["messages"].write(replace(outcome, message=billed))
        cost = find_cost(billed, read_tokens(billed["usage"]), lookup)
        return Row(b"".join((head, SUCCEEDED, b',"message":', message, b"}}\n")), is_success=True, cost=cost)
    failure = outcome if isinstance(outcome, Failure) and not outcome.faults else _BROKEN
    error = {
        "details": {**_SHOWN, **(failure.details or {})},
        "type": failure.type,
        "message": failure.message,
    }
    result = {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}
    return Row(head + orjson.dumps(result) + b"}\n", is_success=False)


def _bill(message: Any) -> Any:
    """The message with the service tier of batches (source: recorded 2026-06 and 2026-08, 3 of 3)."""
    usage = message["usage"]
    if usage.get("service_tier") != "standard":
        return message
    return {**message, "usage": {**usage, "service_tier": "batch"}}


def _make_item_call(call: Call) -> Call:
    """The call that would have asked for one message, of the same client."""
    path, local = call.path.rstrip("/").removesuffix("/batches"), call.local_path
    return replace(
        call,
        path=path,
        local_path=None if local is None else local.rstrip("/").removesuffix("/batches"),
        headers={**call.headers, "content-type": "application/json"},
        query="",
        body=b"",
        spool=None,
    )
