"""JSON objects with ``request`` and ``response``, one a line or in a list: calls, bodies alone, and rows of recordings.

    {"request": {"method", "path" | "url", "headers", "body" | "json" | "text" | "base64"}, "response": {"status", ...}}
    {"request": {"model", "messages", ...}, "response": {"type": "message", ...}}
    {"method", "path", "request_headers", "request", "status", "response_headers", "response" | "response_text" | "sse"}

A request that is a text is a body that is no JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from mockserver.cassettes.formats.form import HOME, UNPARSED, Content, Format, Found
from mockserver.cassettes.formats.parts import (
    Pairs,
    drop_transfer,
    join_headers,
    read_base64,
    read_body,
    read_headers,
    read_status,
    read_time,
    unpack,
    write_json,
)
from mockserver.records.errors import TYPES
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

_STATUSES = {name: status for status, name in reversed(TYPES.items())}


def _recognises(content: Content) -> bool:
    return any(map(_is_exchange, _list_entries(content)))


def _is_exchange(entry: Any) -> bool:
    return isinstance(entry, Mapping) and "request" in entry and ("response" in entry or "status" in entry)


def _list_entries(content: Content) -> Sequence[Any]:
    return content.value if isinstance(content.value, list) else [content.value]


def _read(entry: Any) -> Found:
    if entry is UNPARSED:
        raise ValueError("the line is no JSON")
    request, response = entry["request"], entry.get("response")
    if "status" in entry or "method" in entry:
        return _read_row(entry)
    if isinstance(request, Mapping) and "method" in request:
        return _read_call(entry)
    return _read_bodies(request, response)


def _read_row(entry: Mapping[str, Any]) -> Found:
    """A row with the parts of request and response side by side."""
    if entry["request"] is None and (entry.get("request_left_out") or entry.get("kind") == "fixture"):
        raise ValueError("its request is left out")
    body = _read_answer(entry.get("sse"), entry.get("response"), entry.get("response_text"))
    query = entry.get("query") or ""
    query = query if isinstance(query, str) else urlencode(query, doseq=True)
    answered = read_headers(entry.get("response_headers"))
    exchange = RecordedExchange(
        RecordedRequest(
            str(entry["method"]).upper(),
            "",
            join_headers(read_headers(entry.get("request_headers"))),
            read_body(entry["request"]),
        ),
        _make_response(read_status(entry["status"]), answered, body),
        at=read_time(entry.get("recorded"), answered),
    )
    return Found(f"{HOME}{entry['path']}{'?' * bool(query)}{query}", exchange)


def _read_call(entry: Mapping[str, Any]) -> Found:
    """Request and response with method, headers and bodies each."""
    request, response = entry["request"], entry["response"]
    asked, answered = read_headers(request.get("headers")), read_headers(response.get("headers"))
    url = str(request.get("url") or request.get("uri") or request["path"])
    query = f"?{request['query']}" if request.get("query") else ""
    exchange = RecordedExchange(
        RecordedRequest(str(request["method"]).upper(), "", join_headers(asked), _read_part(request)),
        _make_response(
            read_status(response.get("status") or response.get("status_code")),
            answered,
            unpack(_read_part(response), dict(answered).get("content-encoding", "")),
        ),
        at=read_time(entry.get("at") or entry.get("time") or entry.get("timestamp"), answered),
    )
    return Found((HOME if url.startswith("/") else "") + url + query, exchange)


def _read_part(part: Mapping[str, Any]) -> bytes:
    if "base64" in part:
        return read_base64(part["base64"])
    if isinstance(part.get("events") or part.get("sse"), list):
        return _write_events(part.get("events") or part.get("sse"))
    return read_body(next((part[key] for key in ("json", "text", "body") if part.get(key) is not None), None))


def _read_bodies(request: Any, response: Any) -> Found:
    """A body and its answer, of an endpoint that follows from them."""
    if not isinstance(request, Mapping):
        raise ValueError("its request is no JSON object")
    body = _read_answer(response if isinstance(response, list) else None, response, None)
    count = isinstance(response, Mapping) and "input_tokens" in response and "type" not in response
    batch = isinstance(response, Mapping) and response.get("type") == "message_batch"
    path = "/v1/messages" + ("/count_tokens" if count else "/batches" if batch else "")
    failed = isinstance(response, Mapping) and response.get("type") == "error"
    status = _STATUSES.get(response["error"].get("type"), 400) if failed else 200
    asked = RecordedRequest("POST", "", {"content-type": "application/json"}, write_json(request))
    return Found(HOME + path, RecordedExchange(asked, _make_response(status, (), body)))


def _read_answer(events: Any, response: Any, text: Any) -> bytes:
    if events is not None:
        return _write_events(events)
    if text is not None or isinstance(response, str):
        return read_body(response if text is None else text)
    if isinstance(response, list):
        rows = [row if isinstance(row, str) else write_json(row).decode() for row in response]
        return "".join(f"{row}\n" for row in rows).encode()
    if response is None:
        raise ValueError("it has no answer")
    return write_json(response)


def _write_events(events: Any) -> bytes:
    """A stream of its events: ``[name, data]`` or the data, which names itself."""
    written = []
    for event in events:
        name, data = (event["type"], event) if isinstance(event, Mapping) else event
        text = data if isinstance(data, str) else write_json(data).decode()
        written.append(f"event: {name}\ndata: {text}\n\n")
    return "".join(written).encode()


def _make_response(status: int, headers: Pairs, body: bytes) -> RecordedResponse:
    return RecordedResponse(status, drop_transfer(headers), (Chunk(body),) if body else ())


LINES = Format("lines", _recognises, _list_entries, _read)
