"""Makes exchanges and cassettes, for tests of what is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from mockserver.recordings import side_file
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

JSON = ("content-type", "application/json")
SSE = ("content-type", "text/event-stream; charset=utf-8")
CHUNKED = ("transfer-encoding", "chunked")
MESSAGE: dict[str, Any] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "It rains in Malmö."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 7},
}
EVENTS: tuple[dict[str, Any], ...] = (
    {
        "type": "message_start",
        "message": {
            **MESSAGE,
            "content": [],
            "stop_reason": None,
            "usage": {"input_tokens": 10, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "It rains in "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Malmö."}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 7},
    },
    {"type": "message_stop"},
)


def write_events(events: Sequence[dict[str, Any]] = EVENTS, end: str = "\n") -> bytes:
    return b"".join(
        [f"event: {event['type']}{end}data: ".encode() + orjson.dumps(event) + 2 * end.encode() for event in events]
    )


STREAM = write_events()


def ask(text: str = "How is the weather?", **words: Any) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": text}],
        **words,
    }


def cut(body: bytes, *places: int, delay: float = 0.0) -> tuple[Chunk, ...]:
    """A body in chunks, which end at these places."""
    ends = [0, *places, len(body)]
    return tuple(Chunk(body[start:end], delay) for start, end in pairwise(ends))


def respond(
    body: bytes | dict[str, Any] | tuple[Chunk, ...] = b"",
    *headers: tuple[str, str],
    status: int = 200,
    **words: Any,
) -> RecordedResponse:
    data = orjson.dumps(body) if isinstance(body, dict) else body
    chunks = data if isinstance(data, tuple) else (Chunk(data),)
    return RecordedResponse(status, headers, chunks, **words)


def record(
    response: RecordedResponse,
    body: bytes | dict[str, Any] = b"",
    *,
    number: int = 1,
    method: str = "POST",
    path: str = "/v1/messages",
    **words: Any,
) -> RecordedExchange:
    data = orjson.dumps(body) if isinstance(body, dict) else body
    headers = words.pop("headers", {})
    return RecordedExchange(RecordedRequest(method, path, headers, data, **words), response, id=number)


def save_cassette(
    folder: Path,
    exchanges: Sequence[RecordedExchange],
    scenarios: str = "",
    *,
    name: str = "weather",
    replay: str = "exact",
) -> Path:
    """Write a cassette, and return its path. By default each exchange is a scenario, whose answer is the recorded."""
    if not scenarios:
        scenarios = "".join([_write_turn(name, each) for each in exchanges])
    head = f"cassette: {{exchanges: {name}.exchanges.jsonl, version: 1}}\nreplay: {replay}\nscenarios:\n"
    for file, content in side_file.list_files(exchanges, f"{name}.exchanges").items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    (folder / f"{name}.exchanges.jsonl").write_bytes(side_file.write(exchanges, f"{name}.exchanges"))
    path = folder / f"{name}.yaml"
    path.write_text(head + scenarios, "utf-8")
    return path


def _write_turn(name: str, exchange: RecordedExchange) -> str:
    number = exchange.id
    return f"  - {{name: {name}-{number}, when: {_find_when(exchange)}, reply: {{recorded: {number}}}}}\n"


def _find_when(exchange: RecordedExchange) -> str:
    request = exchange.request
    if request.path == "/v1/messages":
        return f"{{recorded: {exchange.id}}}"
    if request.path == "/v1/messages/count_tokens":
        return f"{{endpoint: count_tokens, recorded: {exchange.id}}}"
    return f"{{method: {request.method}, path: {request.path}, recorded: {exchange.id}}}"
