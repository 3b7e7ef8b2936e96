"""The side file of a cassette: a JSON object a line, each an exchange as it was recorded, without secrets.

    {"id": 1, "at": "2026-11-30T16:20:11.123Z",
     "request": {"method", "path", "query", "headers", "json" | "text" | "base64"},
     "response": {"status", "headers": [[name, value], ...], "first": 0.812, "end": "close",
                  "chunks": [[delay, text], ...]}}

A chunk whose bytes are no UTF-8 by themselves is ``[delay, {"base64": ...}]``. Its suffix, ``.jsonl``, is none of those
that are loaded as scenarios.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.moments import read_moment, write_moment

SUFFIX = ".exchanges.jsonl"


def write(exchanges: Iterable[RecordedExchange]) -> bytes:
    """The lines of a side file."""
    return b"".join([orjson.dumps(_write_exchange(each)) + b"\n" for each in exchanges])


def read(data: bytes) -> dict[int, RecordedExchange]:
    """The exchanges of a side file, by id.

    Raises:
        ValueError: a line is no exchange; the message names it.
    """
    found: dict[int, RecordedExchange] = {}
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            exchange = _read_exchange(orjson.loads(line))
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ValueError(f"line {number} is no recorded exchange: {error!r}") from error
        if exchange.id in found:
            raise ValueError(f"line {number}: there is an exchange {exchange.id} already")
        found[exchange.id] = exchange
    return found


def _write_exchange(exchange: RecordedExchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "id": exchange.id,
        "at": write_moment(exchange.at) if exchange.at else None,
        **({"test": exchange.test} if exchange.test else {}),
        "request": {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": dict(request.headers),
            **_write_body(request.body),
        },
        "response": {
            "status": response.status,
            "headers": [list(pair) for pair in response.headers],
            "first": response.first,
            "end": response.end,
            "chunks": [[chunk.delay, _write_bytes(chunk.data)] for chunk in response.chunks],
        },
    }


def _write_body(body: bytes) -> Mapping[str, Any]:
    """A body as JSON, where writing it again gives the same values."""
    if not body:
        return {}
    try:
        return {"json": orjson.loads(body)}
    except orjson.JSONDecodeError:
        written = _write_bytes(body)
        return {"text": written} if isinstance(written, str) else written


def _write_bytes(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _read_exchange(value: Mapping[str, Any]) -> RecordedExchange:
    request, response = value["request"], value["response"]
    return RecordedExchange(
        RecordedRequest(
            request["method"],
            request["path"],
            request.get("headers") or {},
            _read_body(request),
            request.get("query") or "",
        ),
        RecordedResponse(
            response["status"],
            tuple((name, text) for name, text in response.get("headers") or ()),
            tuple(Chunk(_read_bytes(data), float(delay)) for delay, data in response.get("chunks") or ()),
            first=response.get("first"),
            end=response.get("end", "close"),
        ),
        at=read_moment(value["at"]) if value.get("at") else 0.0,
        id=value["id"],
        test=value.get("test", ""),
    )


def _read_body(request: Mapping[str, Any]) -> bytes:
    if "json" in request:
        return orjson.dumps(request["json"])
    return _read_bytes(request) if "base64" in request else str(request.get("text", "")).encode()


def _read_bytes(written: str | Mapping[str, str]) -> bytes:
    return written.encode() if isinstance(written, str) else base64.b64decode(written["base64"])
