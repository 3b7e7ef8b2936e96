"""Makes cassettes for tests: sends requests to an upstream, and writes what came."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.cassettes.drift.asking import Asker
from mockserver.recordings import side_file
from mockserver.recordings.recorder import Upstream
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

KEY = "sk-ant-api03-drift-of-cassettes"
HEADERS = {"anthropic-version": "2023-06-01", "content-type": "application/json"}
# As the recorder does: others stay behind.
KEPT = ("content-type", "request-id", "anthropic-ratelimit-", "x-should-retry", "retry-after")


def ask_for(text: str, *, stream: bool = False, **more: Any) -> RecordedRequest:
    """A request for a message."""
    body = {"model": "claude-haiku-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}
    return RecordedRequest("POST", "/v1/messages", HEADERS, orjson.dumps({**body, "stream": stream}))


def make_upstream(url: str) -> Upstream:
    return Upstream(url, (("x-api-key", KEY),))


def record(url: str, requests: Iterable[RecordedRequest]) -> list[RecordedExchange]:
    """The exchanges of these requests with a server."""
    with Asker(make_upstream(url), sleep=lambda _: None) as asker:
        answers = [(request, asker.ask(request)) for request in requests]
    return [
        RecordedExchange(request, keep(response), at=time.time(), id=number)
        for number, (request, response) in enumerate(answers, 1)
    ]


def keep(response: RecordedResponse) -> RecordedResponse:
    return replace(response, headers=tuple((name, text) for name, text in response.headers if name.startswith(KEPT)))


def answer(body: Mapping[str, Any] | list[Any], status: int = 200, **headers: str) -> RecordedResponse:
    """A JSON answer."""
    pairs = (("content-type", "application/json"), *((name.replace("_", "-"), text) for name, text in headers.items()))
    return RecordedResponse(status, pairs, (Chunk(orjson.dumps(body)),))


def write_cassette(folder: Path, exchanges: Iterable[RecordedExchange], name: str = "talk") -> Path:
    """A cassette of exchanges, with a scenario for each."""
    kept = list(exchanges)
    (folder / f"{name}.exchanges.jsonl").write_bytes(side_file.write(kept))
    lines = [
        f"cassette: {{exchanges: {name}.exchanges.jsonl, version: 1}}",
        "scenarios:",
        *(write_turn(each) for each in kept),
    ]
    path = folder / f"{name}.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_turn(exchange: RecordedExchange) -> str:
    request, number = exchange.request, exchange.id
    where = "" if request.path == "/v1/messages" else f"method: {request.method}, path: {request.path}, "
    return f"  - {{name: turn-{number}, when: {{{where}recorded: {number}}}, reply: {{recorded: {number}}}}}"
