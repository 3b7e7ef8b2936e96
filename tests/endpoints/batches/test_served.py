"""Batches over HTTP: created, polled, canceled, deleted, listed, and their results read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver.endpoints.batches import rows
from mockserver.testing.server import MockServer
from tests.endpoints.batches.calling import PATH, Json, check, client, create, finish, item, read_rows, retrieve


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["type"], error["message"]


def test_batch_ends_when_it_is_asked_for_twice() -> None:
    with client() as caller:
        batch = create(caller, item("a"), item("b", stream=True))
        assert list(batch) == [
            *("id", "type", "processing_status", "request_counts", "ended_at", "created_at", "expires_at"),
            *("archived_at", "cancel_initiated_at", "results_url"),
        ]
        first = caller.get(f"{PATH}/{batch['id']}")
        assert (first.json(), first.headers["retry-after"]) == (batch, "10")
        second = caller.get(f"{PATH}/{batch['id']}")
        assert "retry-after" not in second.headers
        ended = second.json()
        assert ended["request_counts"] == {"processing": 0, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}
        assert retrieve(caller, batch["id"]) == ended


def test_results_are_rows() -> None:
    with client() as caller:
        batch = create(caller, item("a"), item("b"))
        assert caller.get(f"{PATH}/{batch['id']}/results").status_code == 404
        finish(caller, batch["id"])
        answer = caller.get(f"{PATH}/{batch['id']}/results")
    name = f"attachment; filename*=utf-8''{batch['id']}_results.jsonl"
    assert answer.headers["content-disposition"] == name
    assert [list(orjson.loads(line)) for line in answer.content.splitlines()] == [["custom_id", "result"]] * 2


def test_refusals_are_the_api_s() -> None:
    with client() as caller:
        name = create(caller, item("a"))["id"]
        unknown = (404, "not_found_error", "Message Batch msgbatch_x not found.")
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/results")):
            assert refusal(caller.request(method, f"{PATH}/msgbatch_x{path}")) == unknown
        results = f"Message Batch {name} has no available results."
        assert refusal(caller.get(f"{PATH}/{name}/results")) == (404, "not_found_error", results)
        deletion = "In progress batches cannot be deleted. Consider canceling the batch instead."
        assert refusal(caller.delete(f"{PATH}/{name}")) == (400, "invalid_request_error", deletion)
        finish(caller, name)
        assert refusal(caller.post(f"{PATH}/{name}/cancel"))[:2] == (400, "invalid_request_error")
        assert caller.put(PATH).status_code == 405
        assert caller.get(f"{PATH}/{name}/other").status_code == 404


def test_canceled_batch_ends_when_it_is_looked_at() -> None:
    with client() as caller:
        name = create(caller, item("a"), item("b"))["id"]
        canceling = check("batch", caller.post(f"{PATH}/{name}/cancel", json={}).json())
        assert canceling["processing_status"] == "canceling"
        assert canceling["request_counts"]["processing"] == 2
        again = caller.post(f"{PATH}/{name}/cancel").json()
        assert again["cancel_initiated_at"] == canceling["cancel_initiated_at"]
        ended = retrieve(caller, name)
        assert (ended["processing_status"], ended["request_counts"]["canceled"]) == ("ended", 2)
        assert [row["result"] for row in read_rows(caller, name)] == [{"type": "canceled"}] * 2


def test_deleted_batch_is_gone() -> None:
    with client() as caller:
        name = create(caller, item("a"))["id"]
        finish(caller, name)
        deleted = caller.delete(f"{PATH}/{name}").json()
        assert check("batch_deleted", deleted) == {"id": name, "type": "message_batch_deleted"}
        assert caller.get(f"{PATH}/{name}").status_code == 404
        assert caller.get(PATH).json() == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def list_ids(caller: httpx.Client, **query: Any) -> tuple[list[str], bool]:
    page = check("batch_list", caller.get(PATH, params=query).raise_for_status().json())
    ids = [batch["id"] for batch in page["data"]]
    assert (page["first_id"], page["last_id"]) == ((ids[0], ids[-1]) if ids else (None, None))
    return ids, page["has_more"]


def test_list_is_in_pages_newest_first() -> None:
    with client() as caller:
        made = [create(caller, item("a"))["id"] for _ in range(5)][::-1]
        assert list_ids(caller) == (made, False)
        assert list_ids(caller, limit=2) == (made[:2], True)
        assert list_ids(caller, limit=2, after_id=made[1]) == (made[2:4], True)
        assert list_ids(caller, limit=2, after_id=made[3]) == (made[4:], False)
        assert list_ids(caller, limit=2, before_id=made[3]) == (made[1:3], True)
        finish(caller, made[2])
        caller.delete(f"{PATH}/{made[2]}").raise_for_status()
        # One that was deleted meanwhile still has its place.
        assert list_ids(caller, limit=2, after_id=made[2]) == (made[3:], False)
        assert list_ids(caller, before_id=made[2]) == (made[:2], False)
        assert list_ids(caller, after_id="msgbatch_never") == ([], False)
        assert list_ids(caller, before_id="msgbatch_never", limit=1) == ([], False)
        for limit in ("0", "1001", "x"):
            assert refusal(caller.get(PATH, params={"limit": limit}))[2].startswith("limit: Input should be")


def test_sessions_have_their_own() -> None:
    with client(profile="relay") as caller:
        name = create(caller, item("a"))["id"]
        assert caller.get(f"{PATH}/{name}", headers={"x-mock-session": "other"}).status_code == 404


URLS: dict[str, tuple[str, Json, str]] = {
    "host": ("", {}, "http://test"),
    "session": ("/_session/a%20b", {}, "http://test/_session/a%20b"),
    "prefix": ("/llm/x", {}, "http://test/llm/x"),
    "both": ("/_session/s/llm", {}, "http://test/_session/s/llm"),
    "proxy": (
        "",
        {"x-forwarded-proto": "https", "x-forwarded-host": "api.example:8443, inner", "x-forwarded-prefix": "/a/"},
        "https://api.example:8443/a",
    ),
    "forwarded": ("", {"forwarded": 'for=1.2.3.4;proto=https;host="a.example", for=x'}, "https://a.example"),
    "nonsense": ("", {"x-forwarded-host": "a b", "x-forwarded-proto": "ftp", "x-forwarded-prefix": "?"}, "http://test"),
}


@pytest.mark.parametrize("case", URLS)
def test_results_are_where_the_client_sees_the_server(case: str) -> None:
    below, headers, base = URLS[case]
    with client(profile="relay") as caller:
        name = caller.post(below + PATH, json={"requests": [item("a")]}).raise_for_status().json()["id"]
        for _ in range(2):
            url = caller.get(f"{below}{PATH}/{name}", headers=headers).json()["results_url"]
    assert url == f"{base}{PATH}/{name}/results"


def test_polls_at_one_moment_are_all_counted() -> None:
    """Of many clients that poll at once, all but the first find the batch ended."""
    with client() as caller, ThreadPoolExecutor(8) as pool:
        name = create(caller, item("a"))["id"]
        states = list(pool.map(lambda _: retrieve(caller, name)["processing_status"], range(24)))
    assert (states.count("in_progress"), states.count("ended")) == (1, 23)


@pytest.mark.parametrize("chunk", [1, 3000, rows.CHUNK])
@pytest.mark.parametrize("order", ["listed", "shuffled"])
def test_many_rows_come_from_chunks(order: str, chunk: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rows, "CHUNK", chunk)
    (tmp_path / "a.yaml").write_text(f"{{batches: {{order: {order}, takes: 0}}, scenarios: [{{reply: Hi}}]}}")
    names = [f"i{number}" for number in range(40)]
    with client(tmp_path) as caller:
        name = create(caller, *(item(each, stream=each == "i7") for each in names))["id"]
        assert retrieve(caller, name)["request_counts"]["errored"] == 1
        found = [row["custom_id"] for row in read_rows(caller, name)]
        assert found == [row["custom_id"] for row in read_rows(caller, name)]
    assert sorted(found) == sorted(names)
    assert (found == names) is (order == "listed")


@pytest.mark.parametrize("expire", [0, 1, 13, 39, 40, 99])
def test_rest_is_counted_and_told(expire: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rows, "CHUNK", 3000)
    (tmp_path / "a.yaml").write_text(f"{{batches: {{expire: {expire}, takes: 0}}, scenarios: [{{reply: Hi}}]}}")
    with client(tmp_path) as caller:
        name = create(caller, *(item(f"i{number}", stream=number % 3 == 0) for number in range(40)))["id"]
        counts = retrieve(caller, name)["request_counts"]
        kinds = [row["result"]["type"] for row in read_rows(caller, name)]
    assert counts == {"processing": 0, **{kind: kinds.count(kind) for kind in counts if kind != "processing"}}
    assert kinds.count("expired") == min(expire, 40)


def test_scenarios_change_and_fail_answers(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("""
scenarios:
  - {when: {endpoint: batches, method: POST}, calls: [{error: overloaded_error}, {json: {id: msgbatch_mine}}]}
  - {when: {endpoint: "messages/batches/{id}", path: "*/msgbatch_made_up"}, reply: {json: {processing_status: ended}}}
  - {when: {endpoint: "messages/batches/{id}/results"}, reply: {raw: {body: '{"custom_id": "x"}'}}}
  - {when: {endpoint: batches, method: GET, headers: {x-list: "*"}}, reply: {json: {data: [{id: msgbatch_l}]}}}
""")
    with client(tmp_path) as caller:
        assert caller.post(PATH, json={"requests": [item("a")]}).status_code == 529
        assert caller.get(PATH).json()["data"] == []  # what failed made no batch
        assert create(caller, item("a"))["id"] == "msgbatch_mine"
        assert retrieve(caller, "msgbatch_made_up")["processing_status"] == "ended"
        assert caller.get(f"{PATH}/x/results").json() == {"custom_id": "x"}
        assert [each["id"] for each in caller.get(PATH, headers={"x-list": "1"}).json()["data"]] == ["msgbatch_l"]


def test_batch_that_does_not_fit_is_refused() -> None:
    with client(blob_bytes=2000) as caller:
        answer = caller.post(PATH, json={"requests": [item(f"i{number}") for number in range(9)]})
        assert (answer.status_code, answer.json()["error"]["type"]) == (413, "request_too_large")
        assert caller.get(PATH).json()["data"] == []


def test_refused_batch_leaves_nothing() -> None:
    with MockServer() as server, httpx.Client(base_url=server.url) as caller:
        assert caller.post(PATH, json={"requests": [item("a"), item("a")]}).status_code == 400
        assert server.mock.store.blobs.held() == 0


def test_scheme_is_the_client_s() -> None:
    with MockServer() as server:
        transport = server.session("k").transport
        with httpx.Client(transport=transport, base_url="https://mock", headers={"x-api-key": "k"}) as caller:
            name = create(caller, item("a"))["id"]
            assert finish(caller, name)["results_url"].startswith("https://mock/v1/")


def test_body_over_256_mb_is_refused() -> None:
    with client() as caller:
        answer = caller.post(PATH, content=b"{}", headers={"content-length": str(256 * 1024 * 1024 + 1)})
        assert answer.status_code == 413


def test_reset_forgets_batches() -> None:
    with MockServer() as server, httpx.Client(base_url=server.url, headers={"x-api-key": "k"}) as caller:
        name = create(caller, item("a"))["id"]
        server.reset("k")
        assert caller.get(f"{PATH}/{name}").status_code == 404
        assert server.mock.store.blobs.held() == 0
