"""Routes that take larger bodies than others: these are received into files, and contents leave as they are read."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest

from mockserver import MockServer
from mockserver.endpoints import table
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision
from mockserver.endpoints.parts import Parts
from mockserver.records.reply import Content, Value
from mockserver.records.routing import Route, Router

LIMIT = 5_000_000
LARGE = bytes(range(256)) * 12_000


def digest(arrival: Arrival, _: Parts) -> Decision:
    """Answers how the body was received."""
    with arrival.call.open() as body:
        found = hashlib.sha256(body.read()).hexdigest()
    return Decision(Value(orjson.dumps({"digest": found, "spooled": arrival.call.spool is not None})))


def download(arrival: Arrival, _: Parts) -> Decision:
    """Answers a content of as many parts of 1,000 bytes as the query says."""
    number = int(arrival.call.query)

    def read() -> Iterator[bytes]:
        for at in range(number):
            yield str(at % 10).encode() * 1000

    return Decision(Content(read, number * 1000, "application/x-jsonl"))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    routes = (
        *table.ROUTES,
        Route("POST", "/v1/digests", digest, max_body=LIMIT),
        Route("GET", "/v1/downloads", download),
    )
    monkeypatch.setattr(table, "ROUTER", Router(routes))
    with (
        MockServer(max_body=2_000_000) as server,
        httpx.Client(base_url=server.url, headers={"x-api-key": "k"}) as made,
    ):
        yield made


def expected(body: bytes, *, spooled: bool) -> dict[str, Any]:
    return {"digest": hashlib.sha256(body).hexdigest(), "spooled": spooled}


@pytest.mark.parametrize(
    ("body", "spooled"),
    [(b"small", False), (LARGE[:1_000_000], False), (LARGE[:1_100_000], True), (LARGE, True)],
    ids=["small", "below", "above", "large"],
)
@pytest.mark.parametrize("is_chunked", [False, True])
def test_body_is_received_whole(client: httpx.Client, body: bytes, spooled: bool, is_chunked: bool) -> None:
    content: Any = iter([body[:70_000], body[70_000:]]) if is_chunked else body
    assert client.post("/v1/digests", content=content).json() == expected(body, spooled=spooled)
    assert client.post("/x/_session/y/v1/digests", content=b"").status_code == 404
    assert client.post("/_session/y/v1/digests", content=body).json() == expected(body, spooled=spooled)


@pytest.mark.parametrize(("body", "spooled"), [(b"small", False), (LARGE, True)])
def test_packed_body_is_unpacked(client: httpx.Client, body: bytes, spooled: bool) -> None:
    packed = gzip.compress(body[: len(body) // 2]) + gzip.compress(body[len(body) // 2 :])
    answer = client.post("/v1/digests", content=packed, headers={"content-encoding": "gzip"})
    assert answer.json() == expected(body, spooled=spooled)


@pytest.mark.parametrize("path", ["/v1/digests", "/v1/messages"])
def test_longer_body_is_refused(client: httpx.Client, path: str) -> None:
    body = b" " * (LIMIT + 1)
    for content, headers in ((body, {}), (gzip.compress(body), {"content-encoding": "gzip"})):
        answer = client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")


def test_other_routes_keep_their_limit(client: httpx.Client) -> None:
    assert client.post("/v1/messages", content=b" " * 2_000_001).status_code == 413
    assert client.post("/v1/messages", content=b" " * 1_900_000).status_code == 400


def test_full_disk_is_told_in_the_shape_of_the_api(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    answer = client.post("/v1/digests", content=LARGE)
    assert answer.status_code == 503
    assert "No space left on device" in answer.json()["error"]["message"]


@pytest.mark.parametrize("number", [0, 1, 256, 3000])
def test_content_leaves_whole(client: httpx.Client, number: int) -> None:
    answer = client.get(f"/v1/downloads?{number}")
    assert answer.headers["content-type"] == "application/x-jsonl"
    assert int(answer.headers["content-length"]) == number * 1000
    assert answer.content == b"".join(str(at % 10).encode() * 1000 for at in range(number))


def test_head_of_the_journal_says_how_much_left(client: httpx.Client) -> None:
    client.get("/v1/downloads?3000")
    entry = client.get("/_mock/requests").json()["requests"][-1]
    assert entry["status"] == 200
