"""Writes exchanges as HAR 1.2, for browsers and other tools.

What HAR has no word for stands under names of ours, which begin with ``_`` as it asks: the chunks of an answer
(``_chunks``), one that was cut (``_end``), the test that made it (``_test``), a body that is no text (``_encoding``).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.cassettes.formats.form import HOME
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.version import __version__

_HTTP = "HTTP/1.1"


def write_har(exchanges: Iterable[RecordedExchange], upstream: str = "") -> bytes:
    """A HAR file; ``upstream`` is the server that answered, "" for the API."""
    log = {
        "version": "1.2",
        "creator": {"name": "mockserver", "version": __version__},
        "entries": [_write_entry(each, upstream or HOME) for each in exchanges],
    }
    return orjson.dumps({"log": log}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _write_entry(exchange: RecordedExchange, upstream: str) -> dict[str, Any]:
    wait = (exchange.response.first or 0.0) * 1000
    receive = sum(chunk.delay for chunk in exchange.response.chunks) * 1000
    started = datetime.fromtimestamp(exchange.at, timezone.utc).isoformat(timespec="milliseconds")
    return {
        "startedDateTime": started,
        "time": wait + receive,
        "request": _write_request(exchange.request, upstream),
        "response": _write_response(exchange.response),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
        **({"_test": exchange.test} if exchange.test else {}),
    }


def _write_request(request: RecordedRequest, upstream: str) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    query = f"?{request.query}" if request.query else ""
    return {
        "method": request.method,
        "url": f"{upstream}{request.path}{query}",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in request.headers.items()],
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(request.query, True)],
        "headersSize": -1,
        "bodySize": len(request.body),
        **({"postData": {"mimeType": kind, **_write_text(request.body, "_encoding")}} if request.body else {}),
    }


def _write_response(response: RecordedResponse) -> dict[str, Any]:
    body = response.body
    content = {"size": len(body), "mimeType": response.header("content-type"), **_write_text(body, "encoding")}
    if len(response.chunks) > 1 or any(chunk.delay for chunk in response.chunks):
        content["_chunks"] = [[chunk.delay, _write_chunk(chunk.data)] for chunk in response.chunks]
    return {
        "status": response.status,
        "statusText": _find_phrase(response.status),
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in response.headers],
        "content": content,
        "redirectURL": response.header("location"),
        "headersSize": -1,
        "bodySize": len(body),
        **({"_end": response.end} if response.end != "close" else {}),
    }


def _find_phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else ""


def _write_text(body: bytes, encoding: str) -> Mapping[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode(), encoding: "base64"}


def _write_chunk(data: bytes) -> str | Mapping[str, str]:
    written = _write_text(data, "")
    return {"base64": written["text"]} if "" in written else written["text"]
