"""Cassettes of vcrpy (and pytest-recording, which writes the same), and their relatives in Ruby, R and Go.

Source: vcrpy's serializers and migration, versions 0 to 8; pydantic-ai's serializer, which keeps JSON bodies as
``parsed_body``; recorded cassettes of 29 public repositories (2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.cassettes.formats.form import Address, Content, Format, Found
from mockserver.cassettes.formats.parts import (
    drop_transfer,
    join_headers,
    read_body,
    read_headers,
    read_status,
    read_time,
    unpack,
    write_json,
)
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.moments import read_duration

# vcrpy and go-vcr; VCR of Ruby and vcr of R.
_LISTS = ("interactions", "http_interactions")


def _recognises(content: Content) -> bool:
    value = content.value
    if isinstance(value, Mapping):
        return any(isinstance(value.get(key), list) for key in _LISTS)
    # A cassette of vcrpy's first version is the list itself.
    return not content.is_lines and isinstance(value, list) and bool(value) and _is_interaction(value[0])


def _is_interaction(value: Any) -> bool:
    request = value.get("request") if isinstance(value, Mapping) else None
    return isinstance(request, Mapping) and "response" in value and any(key in request for key in ("uri", "host"))


def _list_entries(content: Content) -> Sequence[Any]:
    value = content.value
    if isinstance(value, list):
        return value
    return next(value[key] for key in _LISTS if isinstance(value.get(key), list))


def _read(entry: Any) -> Found:
    request, response = entry["request"], entry["response"]
    asked, answered = read_headers(request.get("headers")), read_headers(response.get("headers"))
    status = response["status"] if "code" not in response else response["code"]
    body = unpack(_read_body(response), dict(answered).get("content-encoding", ""))
    duration = response.get("duration")
    exchange = RecordedExchange(
        RecordedRequest(
            str(request["method"]).upper(),
            "",
            join_headers(asked),
            unpack(_read_body(request), dict(asked).get("content-encoding", "")),
        ),
        RecordedResponse(
            read_status(status["code"] if isinstance(status, Mapping) else status),
            drop_transfer(answered),
            (Chunk(body),) if body else (),
            first=_read_duration(duration) if duration else None,
        ),
        at=read_time(entry.get("recorded_at"), answered),
    )
    return Found(_read_url(request), exchange)


def _read_duration(value: Any) -> float | None:
    """The seconds that go-vcr took until the answer was there; None for those it writes as 0s."""
    try:
        return read_duration(value) or None
    except ValueError:
        return None


def _read_body(part: Mapping[str, Any]) -> bytes:
    parsed = part.get("parsed_body")
    return read_body(part.get("body")) if parsed is None else write_json(parsed)


def _read_url(request: Mapping[str, Any]) -> str:
    given = request.get("uri") or request.get("url")
    if given:
        return str(given)
    port = request.get("port")
    return f"{request['protocol']}://{request['host']}{f':{port}' if port else ''}{request['path']}"


def _locate(entry: Any) -> Address:
    request, response = entry["request"], entry["response"]
    headers = [dict(read_headers(part.get("headers"))) for part in (request, response)]
    return Address(str(request["method"]), _read_url(request), *headers)


VCR = Format("vcr", _recognises, _list_entries, _read, locate=_locate)
