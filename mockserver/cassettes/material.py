"""What is known of a recorded exchange: the prompt in its request, its endpoint, the message in its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from mockserver.endpoints.prompts import read_loosely
from mockserver.endpoints.table import find_route, name_of
from mockserver.recordings.answers import read_message
from mockserver.records.call import Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ApiError
from mockserver.records.exchanges import RecordedExchange, RecordedRequest
from mockserver.records.prompt import Prompt
from mockserver.wires import WIRES

COUNT_TOKENS = "messages/count_tokens"


class Material(Struct, frozen=True):
    """A recorded exchange as it is understood.

    ``endpoint`` is "" where the path has none. ``message`` is the message of its answer, with a stream put together;
    None where it holds none. ``events`` are those of a stream, what is no event of the API as an empty mapping.
    """

    exchange: RecordedExchange
    prompt: Prompt
    endpoint: str
    message: Mapping[str, Any] | None = None
    events: Sequence[Mapping[str, Any]] | None = None

    @property
    def is_prompt(self) -> bool:
        """Whether its request holds a conversation, to be answered or counted."""
        return self.endpoint in (MESSAGES, COUNT_TOKENS)

    def read_json(self) -> Any:
        """The answer as JSON; None where it is none, or too large to be looked at."""
        try:
            return None if self.exchange.response.content else orjson.loads(self.exchange.response.body)
        except ValueError:
            return None


def understand(exchange: RecordedExchange) -> Material:
    """Read an exchange. Whatever it holds, something can be said of it."""
    call = make_call(exchange.request, exchange.at)
    endpoint = find_endpoint(call)
    prompt = read_loosely(call, "", endpoint)
    if endpoint != MESSAGES:
        return Material(exchange, prompt, endpoint)
    return Material(exchange, prompt, endpoint, read_message(exchange.response), _read_events(exchange))


def find_endpoint(call: Call) -> str:
    """The name of the endpoint that a call goes to; "" where there is none."""
    found = find_route(call)
    return "" if isinstance(found, ApiError) else name_of(found.route)


def make_call(request: RecordedRequest, at: float = 0.0) -> Call:
    """The call that a recorded request was."""
    headers = {**request.headers, "content-type": request.headers.get("content-type", "application/json")}
    return Call(request.method, request.path, headers, request.body, request.query, at)


def _read_events(exchange: RecordedExchange) -> Sequence[Mapping[str, Any]] | None:
    response = exchange.response
    if not response.is_stream or response.content is not None:
        return None
    frames = WIRES[MESSAGES].read_frames(response.body)
    return [frame.event.data for frame in frames if frame.event is not None]
