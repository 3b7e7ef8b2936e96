"""The table of endpoints and its document, and requests that fit nothing."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.control import ROUTES
from mockserver.control.routes import public_path
from mockserver.records.call import Call
from mockserver.store import CallRecord, Candidates, Thread
from tests.control.desk import Desk


def test_document_and_table_agree(desk: Desk) -> None:
    described = {(method.upper(), path) for path, row in desk.document["paths"].items() for method in row}
    assert described == {(row.method, public_path(row)) for row in ROUTES}


def test_document_is_sound(desk: Desk) -> None:
    assert desk.document["openapi"].startswith("3.1")
    text = json.dumps(desk.document)
    for name, schema in desk.document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}" in text, f"{name} is used nowhere"
    ids = [operation["operationId"] for row in desk.document["paths"].values() for operation in row.values()]
    assert len(ids) == len(set(ids))


def test_document_lists_every_query_parameter(desk: Desk) -> None:
    shared = desk.document["components"]["parameters"]
    for route in ROUTES:
        rows = desk.document["paths"][public_path(route)][route.method.lower()].get("parameters", ())
        parameters = [shared[row["$ref"].rpartition("/")[2]] if "$ref" in row else row for row in rows]
        described = {each["name"] for each in parameters if each["in"] == "query"}
        assert described == {*(route.endpoint.query or ())}, route


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.endpoint.query], ids=lambda route: f"{route.method} {route.pattern}"
)
def test_unknown_query_parameter_is_refused(desk: Desk, route: Any) -> None:
    """Without it a request that names its session wrongly would be about all of them."""
    path = public_path(route).lstrip("/").replace("{name}", "weather").replace("{number}", "1")
    got = desk.ask(route.method, f"{path}?sesion=t", b"{}" if route.method in ("POST", "PATCH") else None)
    assert got.status == 400
    assert "Unknown key 'sesion' in the query. Did you mean 'session'?" in got.error["message"]


def test_unknown_path_lists_the_known(desk: Desk) -> None:
    got = desk.ask("GET", "nothing")
    assert got.status == 404
    assert "GET /_mock/health" in got.error["expected"]


def test_wrong_method_lists_the_right(desk: Desk) -> None:
    got = desk.ask("PUT", "settings")
    assert (got.status, got.error["expected"]) == (405, ["GET", "PATCH"])
    assert got.headers["allow"] == "GET, PATCH"


@pytest.mark.parametrize(("path", "size"), [("verify", 1 << 20), ("scenarios", 8 << 20), ("reset", 1 << 20)])
def test_bodies_are_bounded(desk: Desk, path: str, size: int) -> None:
    assert desk.ask("POST", path, b" " * (size + 1), x_mock_session="t").status == 413


def test_head_sends_no_body(desk: Desk) -> None:
    got = desk.ask("HEAD", "health")
    assert (got.status, got.json) == (200, None)
    assert int(got.headers["content-length"]) > 0


def test_answers_are_readable_for_people(desk: Desk) -> None:
    sent, _ = desk.control.handle(Call("GET", "/_mock/health", {}))
    assert sent.pieces[0].data.startswith(b'{\n  "status": "ok",\n')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{broken",
        b'{"model": 3, "messages": "hello"}',
        b'{"messages": [1, null, "x"], "tools": 3, "system": {}}',
        b'{"messages": [{"role": "user", "content": [3, {"type": []}]}], "tools": [1]}',
        b'{"messages": {"role": []}, "thread": []}',
    ],
)
def test_refused_requests_harm_nothing(desk: Desk, body: bytes) -> None:
    call = Call("POST", "/v1/messages", {"x-mock-session": "t"}, body)
    thread = Thread(b"{}", (b'[{"role": "user", "content": "earlier"}]',))
    desk.record(CallRecord(call, thread, status=400, candidates=Candidates(1, (), {})))
    assert desk.ask("GET", "requests/1").status == 200
    assert desk.ask("GET", "requests?model=x").json["total"] == 0
    when = {"user": "x", "tools": ["a"], "system": "b", "tool_result": {"for": "a"}, "any_message": "c", "images": True}
    for name, value in when.items():
        assert desk.ask("POST", "verify", {"when": {name: value}}).status == 409


def test_strange_texts_are_still_shown(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?session=t", b'{"name": "half \\ud800", "reply": {"text": "x"}}', check=False)
    assert got.status in (201, 400)


def test_deep_bodies_are_still_shown(desk: Desk) -> None:
    headers = {"x-mock-session": "t"}
    body = b'{"model": "m", "messages": [], "deep": ' + b"[" * 900 + b"]" * 900 + b"}"
    entry = desk.record(CallRecord(Call("POST", "/v1/messages", headers, body)))
    got = desk.ask("GET", f"requests/{entry.number}")
    assert (got.status, got.json["body"]) == (200, body.decode())
    for when, status in (({"model": "m"}, 200), ({"body": {"$..a": 1}}, 409), ({"user": "x"}, 409)):
        assert desk.ask("POST", "verify", {"when": when}).status == status


@pytest.mark.parametrize(("path", "body"), [("verify", {"when": {"user": "x"}}), ("reset", {}), ("explain", {})])
def test_bodies_that_are_too_deep_are_refused(desk: Desk, path: str, body: dict[str, Any]) -> None:
    deep = orjson.dumps({**body, "session": "t"})[:-1] + b', "deep": ' + b"[" * 900 + b"]" * 900 + b"}"
    got = desk.ask("POST", path, deep)
    assert (got.status, got.error["message"]) == (400, "This is nested too deeply.")


TOKENS = st.sampled_from(
    ["session", "when", "pace", "faults", "calls", "user", "in_order", "body", "name", "reply", "t"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | TOKENS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TOKENS | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(ROUTES),
    st.builds(lambda value: json.dumps(value).encode(), VALUES) | st.binary(max_size=40),
    st.text(max_size=12),
    st.text(max_size=12),
)
@settings(max_examples=50)
def test_nothing_breaks_it(row: Any, body: bytes, query: str, name: str) -> None:
    path = "/_mock" + public_path(row).replace("{name}", name).replace("{number}", name).replace("{file}", name)
    sent, _ = FUZZED.control.handle(Call(row.method, path, {"x-mock-session": "t"}, body, query, at=1.0))
    assert sent.status in (200, 201, 400, 403, 404, 405, 409)


FUZZED = Desk()
