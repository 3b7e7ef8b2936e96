"""HAR 1.2: what browsers, mitmproxy, Proxyman, Charles and others export.

Source: http://www.softwareishard.com/blog/har-12-spec/. ``_chunks`` of a content is ours: ``[[seconds, text], ...]``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from mockserver.cassettes.formats.form import Address, Content, Format, Found
from mockserver.cassettes.formats.parts import (
    Pairs,
    as_text,
    drop_transfer,
    encode,
    join_headers,
    read_base64,
    read_headers,
    read_status,
    read_time,
    unpack,
)
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

# What a request waits for before its answer begins; -1 says that it did not.
_BEFORE = ("blocked", "dns", "connect", "send", "wait")


def _recognises(content: Content) -> bool:
    log = content.value.get("log") if isinstance(content.value, Mapping) else None
    return isinstance(log, Mapping) and isinstance(log.get("entries"), list)


def _list_entries(content: Content) -> Sequence[Any]:
    entries: list[Any] = content.value["log"]["entries"]
    return entries


def _read(entry: Any) -> Found:
    request, response = entry["request"], entry["response"]
    asked, answered = read_headers(request.get("headers")), read_headers(response.get("headers"))
    content, timings = response.get("content") or {}, entry.get("timings") or {}
    exchange = RecordedExchange(
        RecordedRequest(
            str(request["method"]).upper(),
            "",
            join_headers(asked),
            unpack(_read_post(request.get("postData") or {}), dict(asked).get("content-encoding", "")),
        ),
        RecordedResponse(
            read_status(response["status"]),
            _add_type(drop_transfer(answered), content),
            _read_chunks(content, dict(answered), timings),
            first=_read_first(timings),
            end=str(response.get("_end") or "close"),
        ),
        at=read_time(entry.get("startedDateTime"), answered),
        test=str(entry.get("_test") or ""),
    )
    return Found(str(request["url"]), exchange)


def _add_type(headers: Pairs, content: Mapping[str, Any]) -> Pairs:
    """Some exports keep the type of an answer beside its text alone."""
    kind = str(content.get("mimeType") or "")
    return headers if not kind or "content-type" in dict(headers) else (("content-type", kind), *headers)


def _read_first(timings: Mapping[str, Any]) -> float | None:
    """The seconds until the headers; None where nothing was measured."""
    waited = [float(timings[name]) for name in _BEFORE if (timings.get(name) or -1) >= 0]
    return sum(waited) / 1000 if sum(waited) > 0 else None


def _read_chunks(
    content: Mapping[str, Any], headers: Mapping[str, str], timings: Mapping[str, Any]
) -> tuple[Chunk, ...]:
    if isinstance(content.get("_chunks"), list):
        return tuple(Chunk(_decode(data), float(delay)) for delay, data in content["_chunks"])
    if content.get("text") is None and (content.get("size") or 0) > 0:
        raise ValueError("the text of its answer was not exported: export it with content")
    body = unpack(_decode(content), headers.get("content-encoding", ""))
    kind = f"{content.get('mimeType')} {headers.get('content-type', '')}"
    seconds = max(float(timings.get("receive") or 0), 0) / 1000
    pieces = _cut_events(body) if "text/event-stream" in kind and seconds else (body,)
    return tuple(Chunk(piece, seconds / len(pieces) if len(pieces) > 1 else 0.0) for piece in pieces if piece)


def _cut_events(body: bytes) -> tuple[bytes, ...]:
    """The events of a stream, whose times nobody has kept: they are given equal ones."""
    events = body.replace(b"\r\n", b"\n").split(b"\n\n")
    return tuple(event + b"\n\n" for event in events[:-1]) + ((events[-1],) if events[-1] else ())


def _decode(content: Any) -> bytes:
    if isinstance(content, str):
        return encode(content)
    text = content.get("text") or content.get("base64") or ""
    return (
        read_base64(text)
        if "base64" in (content.get("encoding"), content.get("_encoding"), *content)
        else encode(as_text(text))
    )


def _read_post(data: Mapping[str, Any]) -> bytes:
    if data.get("text"):
        return _decode(data)
    params = [(str(each["name"]), each) for each in data.get("params") or ()]
    kind, _, boundary = str(data.get("mimeType") or "").partition("boundary=")
    if "multipart" not in kind:
        return urlencode([(name, str(each.get("value") or "")) for name, each in params]).encode()
    parts = [_write_part(name, each, boundary.strip('" ')) for name, each in params]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode() if parts else b""


def _write_part(name: str, field: Mapping[str, Any], boundary: str) -> str:
    file = f'; filename="{field["fileName"]}"' if field.get("fileName") else ""
    kind = f"content-type: {field['contentType']}\r\n" if field.get("contentType") else ""
    head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{file}\r\n{kind}'
    return f"{head}\r\n{field.get('value') or ''}\r\n"


def _locate(entry: Any) -> Address:
    request, response = entry["request"], entry["response"]
    headers = [dict(read_headers(part.get("headers"))) for part in (request, response)]
    return Address(str(request["method"]), str(request["url"]), *headers)


HAR = Format("har", _recognises, _list_entries, _read, locate=_locate)
