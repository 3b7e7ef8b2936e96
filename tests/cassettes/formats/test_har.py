"""HAR as tools write it, and as it is written here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.cassettes.formats.har_writing import write_har
from mockserver.cassettes.formats.table import read_data
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

EVENTS = "event: ping\ndata: {}\n\nevent: message_stop\ndata: {}\n\n"


def har(request: dict[str, Any] | None = None, response: dict[str, Any] | None = None, **entry: Any) -> bytes:
    asked = {"method": "POST", "url": "https://api.anthropic.com/v1/messages", "headers": [], **(request or {})}
    content = {"size": 2, "mimeType": "application/json", "text": "{}"}
    answered = {"status": 200, "headers": [], "content": content, **(response or {})}
    return json.dumps({"log": {"entries": [{"request": asked, "response": answered, **entry}]}}).encode()


def read_one(data: bytes) -> RecordedExchange:
    reading = read_data(data)
    assert reading.broken == ()
    (exchange,) = reading.exchanges
    return exchange


def test_bytes_that_are_no_text_come_back() -> None:
    """mitmproxy writes those of an upload as Python escapes them."""
    body = b"--b\r\n\r\n%PDF\xff\xfe\r\n--b--"
    assert read_one(har({"postData": {"text": body.decode("utf-8", "surrogateescape")}})).request.body == body


def test_type_of_the_content_stands_in_for_the_header() -> None:
    assert read_one(har()).response.header("content-type") == "application/json"


def test_times_of_a_stream_are_spread_over_its_events() -> None:
    content = {"mimeType": "text/event-stream", "text": EVENTS}
    timings = {"blocked": -1, "dns": -1, "send": 0, "wait": 500, "receive": 1000}
    response = read_one(har(response={"content": content}, timings=timings)).response
    assert response.first == 0.5
    assert [chunk.delay for chunk in response.chunks] == [0.5, 0.5]
    assert response.body.decode() == EVENTS


@pytest.mark.parametrize("timings", [{}, {"send": -1, "wait": -1, "receive": -1}, {"send": 0, "wait": 0, "receive": 0}])
def test_times_that_nobody_measured_are_none(timings: dict[str, int]) -> None:
    response = read_one(har(timings=timings)).response
    assert (response.first, [chunk.delay for chunk in response.chunks]) == (None, [0.0])


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ({"text": "{}"}, b"{}"),
        ({"text": "/w==", "_encoding": "base64"}, b"\xff"),
        ({"text": "", "params": [{"name": "a", "value": "b c"}]}, b"a=b+c"),
        (
            {
                "mimeType": "multipart/form-data; boundary=x",
                "params": [{"name": "file", "fileName": "a.txt", "contentType": "text/plain", "value": "hi"}],
            },
            b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n'
            b"\r\nhi\r\n--x--\r\n",
        ),
    ],
)
def test_bodies_of_requests_have_several_forms(data: dict[str, Any], body: bytes) -> None:
    assert read_one(har({"postData": data})).request.body == body


def test_content_that_was_not_exported_is_told() -> None:
    (broken,) = read_data(har(response={"content": {"size": 900}})).broken
    assert broken == "entry 1: the text of its answer was not exported: export it with content"


def exchanges() -> list[RecordedExchange]:
    headers = {"anthropic-version": "2023-06-01", "content-type": "application/json"}
    kind = (("content-type", "text/event-stream"), ("x-twice", "1"), ("x-twice", "2"))
    chunks = (Chunk(b"event: ping\ndata: \xe2", 0.25), Chunk(b"\x82\xac\n\n", 1.5))
    return [
        RecordedExchange(
            RecordedRequest("POST", "/v1/messages", headers, b'{"model":"m"}', "beta=true"),
            RecordedResponse(200, kind, chunks, first=0.75, end="abort"),
            at=1_790_000_000.125,
            test="tests/a.py::test_b",
        ),
        RecordedExchange(
            RecordedRequest("GET", "/v1/files/file_1/content", headers),
            RecordedResponse(200, (("content-type", "application/pdf"),), (Chunk(b"%PDF\xff\x00"),)),
            at=1_790_000_001.0,
        ),
        RecordedExchange(
            RecordedRequest("POST", "/v1/files", headers, b"\xff\xfe"), RecordedResponse(529), at=1_790_000_002.0
        ),
    ]


def test_written_har_is_read_as_the_same_exchanges() -> None:
    reading = read_data(write_har(exchanges()))
    assert list(reading.exchanges) == exchanges()
    assert read_data(write_har(exchanges(), "http://localhost:8000")).exchanges == reading.exchanges


def test_one_chunk_needs_no_list() -> None:
    entry = json.loads(write_har(exchanges()))["log"]["entries"][1]
    assert "_chunks" not in entry["response"]["content"]


def test_unknown_ends_are_none() -> None:
    assert read_one(har(response={"_end": "boom"})).response.end == "close"


# The fields that the specification does not call optional, and their types.
ENTRY: dict[str, Any] = {
    "startedDateTime": str,
    "time": (int, float),
    "request": {
        **dict.fromkeys(("method", "url", "httpVersion"), str),
        **dict.fromkeys(("cookies", "headers", "queryString"), list),
        **dict.fromkeys(("headersSize", "bodySize"), int),
    },
    "response": {
        **dict.fromkeys(("statusText", "httpVersion", "redirectURL"), str),
        **dict.fromkeys(("status", "headersSize", "bodySize"), int),
        **dict.fromkeys(("cookies", "headers"), list),
        "content": {"size": int, "mimeType": str},
    },
    "cache": {},
    "timings": dict.fromkeys(("send", "wait", "receive"), (int, float)),
}


def check_fields(value: Any, fields: dict[str, Any], path: str = "") -> None:
    for name, kind in fields.items():
        assert name in value, f"{path}{name}"
        if isinstance(kind, dict):
            check_fields(value[name], kind, f"{path}{name}.")
        else:
            assert isinstance(value[name], kind), f"{path}{name}"


def test_written_har_has_the_fields_of_its_specification() -> None:
    log = json.loads(write_har(exchanges()))["log"]
    check_fields(log, {"version": str, "creator": {"name": str, "version": str}, "entries": list})
    for entry in log["entries"]:
        check_fields(entry, ENTRY)
        pairs = [*entry["request"]["headers"], *entry["request"]["queryString"], *entry["response"]["headers"]]
        assert all(set(pair) == {"name", "value"} for pair in pairs)
        post = entry["request"].get("postData", {"mimeType": "", "text": ""})
        check_fields(post, {"mimeType": str, "text": str})
        assert all(entry["timings"][name] >= 0 for name in ("send", "wait", "receive"))
