"""Shared by the tests of cassettes: recorded exchanges, and a server's parts that write and replay them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver import journey
from mockserver.endpoints.conclusion import Conclusion
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.reply import Reply
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.raw import read_frames
from mockserver.wires.messages.unfolding import unfold

MODEL = "claude-sonnet-5-5"
NOON = 1_796_040_000.0  # 2026-11-30T12:00:00Z
TODAY = {"diagnostics": None}
_IDS = ("id", "tool_use_id", "request_id")


@cache
def parts() -> Parts:
    return build(Settings())


def message(*content: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A message in the form of today."""
    usage = {
        "input_tokens": 21,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 8,
        "service_tier": "standard",
        "inference_geo": "global",
    }
    whole = {
        "model": MODEL,
        "id": "msg_011CgbDxWadrawz6i47RcVLQ",
        "type": "message",
        "role": "assistant",
        "content": [*content],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage,
    }
    return {**whole, **more, "usage": {**usage, **more.get("usage", {})}, **TODAY}


def say(text: str, **more: Any) -> dict[str, Any]:
    return message({"type": "text", "text": text}, **more)


def ask(*messages: str | Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A request; texts are the user's and the assistant's in turns."""
    listed = [
        {"role": ("user", "assistant")[at % 2], "content": each} if isinstance(each, str) else each
        for at, each in enumerate(messages or ("How is the weather in Oslo?",))
    ]
    return {"model": MODEL, "max_tokens": 500, "messages": listed, **more}


def exchange(
    request: Mapping[str, Any] | None = None,
    answer: Any = None,
    *,
    status: int = 200,
    headers: Sequence[tuple[str, str]] = (),
    path: str = "/v1/messages",
    method: str = "POST",
    at: float = NOON,
    **response: Any,
) -> RecordedExchange:
    """An exchange; an answer that is no bytes is JSON."""
    body = answer if isinstance(answer, bytes) else orjson.dumps(say("It rains.") if answer is None else answer)
    listed = headers or (("content-type", "application/json"), ("request-id", "req_011CgbDxWadrawz6i47RcVLQ"))
    sent = orjson.dumps(ask() if request is None else request) if method == "POST" else b""
    request_headers = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
    return RecordedExchange(
        RecordedRequest(method, path, request_headers, sent),
        RecordedResponse(status, tuple(listed), (Chunk(body),), **response),
        at=at,
    )


def stream(request: Mapping[str, Any], answer: Mapping[str, Any], seed: int = 0) -> RecordedExchange:
    """The same, as a stream with a chunk for each event, 20 ms after the one before."""
    events = unfold(Reply(answer, seed=seed))
    made = exchange(request, b"", headers=[("content-type", "text/event-stream; charset=utf-8")])
    chunks = tuple(Chunk(event.encode(), 0.02) for event in events)
    return replace(made, response=replace(made.response, chunks=chunks, first=0.4))


def answer(path: Path | Parts, recorded: RecordedExchange, body: Mapping[str, Any] | None = None) -> Conclusion:
    """What a server with a cassette answers to a recorded request, or to another body."""
    served = path if isinstance(path, Parts) else build(Settings(fixtures=(str(path),)))
    request = recorded.request
    headers = {**request.headers, "x-api-key": "sk-ant-test"}
    data = request.body if body is None else orjson.dumps(body)
    return journey.answer(Call(request.method, request.path, headers, data, request.query, at=NOON + 1e6), served)


def read_body(concluded: Conclusion) -> Any:
    """The JSON of an answer, or the message of a stream."""
    data = b"".join([piece.data for piece in concluded.delivery.pieces])
    if data.startswith(b"event:"):
        return fold([frame.event.data for frame in read_frames(data) if frame.event])
    return orjson.loads(data)


def without_ids(value: Any) -> Any:
    """A value without the ids that are new each time."""
    if isinstance(value, dict):
        return {
            key: without_ids(below) for key, below in value.items() if key not in ("id", "tool_use_id", "request_id")
        }
    return [without_ids(item) for item in value] if isinstance(value, list) else value
