"""Details of cassettes of vcrpy's relatives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.cassettes.formats.table import read_data
from mockserver.records.exchanges import RecordedExchange
from tests.cassettes.formats.test_table import ASKED, SAID, cassette, interaction

GO: dict[str, Any] = {
    "id": 0,
    "request": {
        "method": "POST",
        "url": "https://api.anthropic.com/v1/messages",
        "body": json.dumps(ASKED),
        "headers": {"Anthropic-Version": ["2023-06-01"]},
    },
    "response": {
        "status": "429 Too Many Requests",
        "code": 429,
        "body": json.dumps(SAID),
        "duration": "1.25s",
        "headers": {"Retry-After": ["7"], "Content-Length": ["9"]},
    },
}


def read_one(entry: dict[str, Any]) -> RecordedExchange:
    (exchange,) = read_data(cassette(entry)).exchanges
    return exchange


def test_cassettes_of_go_vcr_are_read() -> None:
    exchange = read_one(GO)
    assert (exchange.response.status, exchange.response.first) == (429, 1.25)
    assert exchange.response.headers == (("content-type", "application/json"), ("retry-after", "7"))
    assert exchange.request.headers == {"anthropic-version": "2023-06-01"}


@pytest.mark.parametrize(
    ("entry", "at"),
    [
        ({"recorded_at": "Sat, 18 Oct 2025 03:48:51 GMT"}, 1_760_759_331.0),
        ({"recorded_at": "2025-10-18T03:48:51Z"}, 1_760_759_331.0),
        ({"recorded_at": "yesterday"}, 0.0),
        ({}, 0.0),
    ],
)
def test_time_of_an_exchange_is_read(entry: dict[str, Any], at: float) -> None:
    assert read_one({**interaction(), **entry}).at == at


def test_date_of_the_answer_stands_in_for_the_time() -> None:
    entry = interaction()
    entry["response"]["headers"] = {"Date": ["Sat, 18 Oct 2025 03:48:51 GMT"]}
    assert read_one(entry).at == 1_760_759_331.0


@pytest.mark.parametrize(
    "headers",
    [
        {"X-One": ["a", "b"], "Content-Length": ["3"], ":path": ["/"]},
        [["X-One", "a"], ["x-one", "b"], ["connection", "close"]],
        [{"name": "X-One", "value": "a"}, {"name": "X-One", "value": "b"}, {"name": ":method", "value": "POST"}],
        [[["X-One", "a"], ["X-One", "b"]]],
    ],
)
def test_headers_have_several_forms(headers: Any) -> None:
    entry = interaction()
    entry["request"]["headers"] = entry["response"]["headers"] = headers
    exchange = read_one(entry)
    assert exchange.request.headers == {"x-one": "a, b"}
    assert exchange.response.headers == (("content-type", "application/json"), ("x-one", "a"), ("x-one", "b"))


def test_headers_that_no_server_can_send_are_mended() -> None:
    entry = interaction()
    entry["response"]["headers"] = {"a b": ["1"], "x-long": ["one\r\n two"], "": ["x"]}
    assert read_one(entry).response.headers == (("content-type", "application/json"), ("x-long", "one  two"))
