"""The journal of a mock server: ``GET /_mock/requests?full=true``, or one entry of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.cassettes.formats.form import Content, ForeignError, Format, Found
from mockserver.cassettes.formats.parts import drop_transfer, read_body, read_headers, read_status, write_json
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.reply import Reply
from mockserver.wires.messages.wire import WIRE

_KEYS = frozenset(("number", "session", "method", "path", "status"))
# Where messages are asked for.
PATH = "/v1/messages"
# So many characters of an answer that is no JSON does the journal show.
_SHOWN = 2000
# Faults that change when the bytes of an answer leave, and not what they are.
_HARMLESS = frozenset(("slow_headers", "split", "stall"))


def _recognises(content: Content) -> bool:
    entries = _list_entries(content)
    return bool(entries) and all(isinstance(each, Mapping) and set(each) >= _KEYS for each in entries[:3])


def _list_entries(content: Content) -> Sequence[Any]:
    value = content.value
    if isinstance(value, Mapping):
        return value["requests"] if isinstance(value.get("requests"), list) else [value]
    return value if isinstance(value, list) else ()


def _read(entry: Any) -> Found:
    if "answer" not in entry:
        raise ValueError("only its summary is here: ask for /_mock/requests?full=true")
    if entry.get("composed") is not None:
        # It came in another wire format: what is imported is what was asked and answered, in the Messages form.
        entry = {**entry, "path": PATH, "body": entry.get("read"), "answer": entry["composed"]}
    if entry.get("unmatched") and int(entry["status"]) >= 400:
        raise ForeignError(f"{entry['method']} {entry['path']} (no scenario answered it)")
    if entry["answer"] is None:
        raise ValueError("it has no answer")
    if faults := [each for each in entry.get("faults") or () if each not in _HARMLESS]:
        raise ValueError(f"the journal keeps its answer as it was before a fault struck it ({', '.join(faults)})")
    headers = {str(name): str(value) for name, value in (entry.get("headers") or {}).items()}
    if headers.get("content-type", "").startswith("multipart/form-data") and isinstance(entry.get("body"), Mapping):
        raise ValueError("the journal does not keep what it uploaded")
    body = read_body(entry["body"]) if isinstance(entry.get("body"), str) else write_json(entry.get("body"))
    request = RecordedRequest(entry["method"], "", headers, b"" if entry.get("body") is None else body)
    return Found(
        f"http://localhost{entry['path']}",
        RecordedExchange(request, _read_answer(entry), at=float(entry.get("at") or 0.0)),
    )


def _read_answer(entry: Mapping[str, Any]) -> RecordedResponse:
    answer, status = entry["answer"], read_status(entry["status"])
    about = [("request-id", str(entry["request_id"]))] if entry.get("request_id") else []
    if {"status", "headers", "body"} == set(answer):
        body = read_body(answer["body"])
        if len(answer["body"]) >= _SHOWN:
            raise ValueError(f"the journal shows {_SHOWN} characters of its answer only")
        # Downloads stand without their content there, and the API has no empty answer.
        if not body and status == 200:
            raise ValueError("the journal does not keep what it downloaded")
        return RecordedResponse(status, drop_transfer(read_headers(answer["headers"])), (Chunk(body),) if body else ())
    if entry.get("stream") and answer.get("type") == "message":
        # The journal keeps the message, not its events: they are made again.
        data, _ = WIRE.stream(Reply(answer))
        return RecordedResponse(status, (("content-type", "text/event-stream; charset=utf-8"), *about), (Chunk(data),))
    return RecordedResponse(status, (("content-type", "application/json"), *about), (Chunk(write_json(answer)),))


JOURNAL = Format("journal", _recognises, _list_entries, _read)
