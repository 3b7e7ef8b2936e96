"""The recorded exchanges are read from each form as they were."""

from __future__ import annotations

from urllib.parse import urlencode

import orjson
import pytest

from mockserver.cassettes.formats.table import read_data
from mockserver.records.exchanges import RecordedExchange
from tests.cassettes.forms import FORMS, Row, recorded_rows, request_body, response_body

NAMES = {"vcr": "vcr", "har": "har", "lines": "lines"}


def parse(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body


def parts_of(exchange: RecordedExchange) -> tuple[object, ...]:
    request, response = exchange.request, exchange.response
    return (
        *(request.method, request.path, request.query, parse(request.body)),
        *(response.status, parse(response.body)),
    )


def parts_of_row(row: Row) -> tuple[object, ...]:
    query = urlencode(row.get("query") or {}, doseq=True)
    return (
        *(row["method"], row["path"], query, parse(request_body(row).encode())),
        *(row["status"], parse(response_body(row).encode())),
    )


@pytest.mark.parametrize("form", FORMS)
def test_recorded_exchanges_are_read(form: str) -> None:
    rows = recorded_rows()
    reading = read_data(FORMS[form](rows))
    assert reading.format == form.partition("_")[0]
    assert (reading.broken, dict(reading.left_out)) == ((), {})
    assert [parts_of(each) for each in reading.exchanges] == [parts_of_row(row) for row in rows]


@pytest.mark.parametrize("form", FORMS)
def test_headers_of_the_way_are_gone(form: str) -> None:
    for exchange in read_data(FORMS[form](recorded_rows()[:40])).exchanges:
        names = {name for name, _ in exchange.response.headers}
        assert not names & {"content-encoding", "content-length", "transfer-encoding"}
        assert all(name == name.lower() for name in (*names, *exchange.request.headers))
        assert "content-type" in names


def test_recorded_exchanges_are_many_and_of_every_kind() -> None:
    rows = recorded_rows()
    assert len(rows) == 300
    assert {row["status"] for row in rows} == {200, 400, 401, 404, 429, 500, 503, 529}
    assert len({feature for row in rows for feature in row.get("features", [])}) > 200
    assert sum(bool(row.get("sse")) for row in rows) > 80
