"""Files over the API: uploaded, listed, shown, downloaded, deleted, expired."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import journey
from mockserver.records.call import Call
from mockserver.records.spool import SPOOLED
from mockserver.testing.server import MockServer
from tests.strict import error_of

OLD = {"anthropic-beta": "files-api-2025-04-14"}
NOW = 1_796_000_000.25
DAY = 86_400


@pytest.fixture
def server() -> MockServer:
    return MockServer(profile="anthropic", blob_bytes=10_000_000)


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "sk-ant-one", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers) as found:
        yield found


def upload(client: httpx.Client, *file: Any, headers: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    """The file that the answer to an upload shows."""
    answer = send(client, *file, headers=headers, **fields)
    shown: dict[str, Any] = answer.raise_for_status().json()
    return shown


def send(client: httpx.Client, *file: Any, headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    given = file or ("a.txt", b"hello", "text/plain")
    answer: httpx.Response = client.post("/v1/files", files={"file": given}, data=fields, headers=headers or {})
    return answer


def held(server: MockServer) -> int:
    return server.mock.store.blobs.held()


def test_upload_shows_the_file(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: NOW)
    shown = upload(client)
    assert list(shown.items())[1:] == [
        ("type", "file"),
        ("size_bytes", 5),
        ("created_at", "2026-11-30T00:53:20.250000Z"),
        ("filename", "a.txt"),
        ("mime_type", "text/plain"),
        ("downloadable", False),
        ("expires_at", None),
    ]
    assert shown["id"].startswith("file_011C")
    assert len(shown["id"]) == 29
    assert client.get(f"/v1/files/{shown['id']}").json() == shown


def test_file_of_the_beta_has_its_recorded_keys(client: httpx.Client) -> None:
    shown = upload(client, headers=OLD)
    # Recorded 2025-11 to 2026-06.
    assert list(shown) == ["type", "id", "size_bytes", "created_at", "filename", "mime_type", "downloadable"]
    assert client.get(f"/v1/files/{shown['id']}", headers=OLD).json() == shown


@pytest.mark.parametrize(
    ("file", "name", "kind"),
    [
        (("dir/sub/b.csv", b"a,b", "text/csv"), "b.csv", "text/csv"),
        (("../../etc/passwd", b"x", None), "passwd", "text/plain"),
        (("", b"%PDF-1.4", "application/octet-stream"), "unnamed.pdf", "application/pdf"),
        (("dir/", b"\x00", "application/octet-stream"), "unnamed", "application/octet-stream"),
        (("räksmörgås.md", b"x", None), "räksmörgås.md", "text/markdown"),
        (("n" * 255, b"x", "text/plain"), "n" * 255, "text/plain"),
        (("empty", b"", "application/octet-stream"), "empty", "application/octet-stream"),
    ],
)
def test_file_is_named_by_its_part(client: httpx.Client, file: Any, name: str, kind: str) -> None:
    shown = upload(client, *file)
    assert (shown["filename"], shown["mime_type"]) == (name, kind)


@pytest.mark.parametrize(
    "name", ["a:b", "a<b", "a>b", 'a"b', "a|b", "a?b", "a*b", "a\\b", "a\nb", "..", ".", "n" * 256, "a\u202egnp.exe"]
)
def test_bad_name_is_refused_with_nothing_kept(server: MockServer, client: httpx.Client, name: str) -> None:
    assert "file: Invalid filename" in error_of(send(client, name, b"x"), 400)["message"]
    assert client.get("/v1/files").json() == {"data": [], "next_page": None}
    assert held(server) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("3599", "greater than or equal to 3600"),
        ("-1", "greater than or equal to 3600"),
        ("7776001", "less than or equal to 7776000"),
        ("1e4", "valid integer, unable to parse string as an integer"),
        ("", "valid integer, unable to parse string as an integer"),
        ("9" * 5000, "valid integer, unable to parse string as an integer"),
    ],
)
def test_bad_expiry_is_refused(server: MockServer, client: httpx.Client, given: str, message: str) -> None:
    told = error_of(send(client, expires_in_seconds=given), 400)["message"]
    assert told.startswith("expires_in_seconds: Input should be ")
    assert message in told
    assert held(server) == 0


def test_forms_without_just_one_file_are_refused(server: MockServer, client: httpx.Client) -> None:
    none = client.post("/v1/files", files={"other": ("a.txt", b"x")})
    assert error_of(none, 400)["message"] == "file: Field required"
    two = client.post("/v1/files", files=[("file", ("a", b"x")), ("file", ("b", b"y"))])
    assert error_of(two, 400)["message"] == "file: Expected one file, got 2"
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert client.post("/v1/files", content=body, headers=headers).json()["mime_type"] == "text/plain"
    beta = client.post("/v1/files", content=body, headers={**headers, **OLD})
    assert error_of(beta, 400)["message"] == "file: The part needs a Content-Type"
    assert held(server) == 1


@pytest.mark.parametrize("content", [b"{}", b"", b"--x\r\n"])
def test_body_that_is_no_form_is_refused(client: httpx.Client, content: bytes) -> None:
    for kind in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x"):
        error_of(client.post("/v1/files", content=content, headers={"content-type": kind}), 400)


@pytest.mark.parametrize("size", [10_000_001, 3_000_001])
def test_upload_for_which_there_is_no_room_is_refused(client: httpx.Client, server: MockServer, size: int) -> None:
    kept = [upload(client, "a.bin", b"x" * 3_500_000)["id"] for _ in range(2)]
    full = error_of(send(client, "b.bin", b"x" * size), 400)
    assert full["details"] == {"error_code": "storage_quota_exceeded"}
    assert held(server) == 7_000_000
    assert client.delete(f"/v1/files/{kept[0]}").json() == {"id": kept[0], "type": "file_deleted"}
    assert held(server) == 3_500_000
    assert upload(client, "b.bin", b"x" * 3_000_000)["size_bytes"] == 3_000_000


def test_full_disk_keeps_nothing(client: httpx.Client, server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def spill(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mockserver.store.memory.blobs.MemoryBlobWriter._spill", spill)
    full = error_of(send(client, "a.bin", b"x" * 2_000_000), 400)
    assert full["details"] == {"error_code": "storage_quota_exceeded"}
    assert "No space left on device" in full["message"]
    assert held(server) == 0
    assert client.get("/v1/files").json()["data"] == []


def test_function_answers_an_upload_and_keeps_nothing(server: MockServer) -> None:
    api = server.session("k")
    api.when(endpoint="files", method="POST").reply(lambda prompt: {"error": {"type": prompt.body["kind"]}})
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers_of("k")) as client:
        for size in (10, 2_000_000):
            refused = send(client, "a", b"x" * size, kind="overloaded_error")
            assert error_of(refused, 529)["type"] == "overloaded_error"
    assert held(server) == 0


def test_function_changes_what_is_kept_of_an_upload(server: MockServer) -> None:
    api = server.session("k")
    api.when(endpoint="files", method="POST").reply(
        lambda prompt: {"json": {"id": f"file_{prompt.body['file']['size_bytes']}", "downloadable": True}}
    )
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers_of("k")) as client:
        for size in (10, 2_000_000):
            assert upload(client, "a", b"x" * size)["id"] == f"file_{size}"
            assert client.get(f"/v1/files/file_{size}/content").content == b"x" * size


def test_larger_file_than_the_api_takes_is_413(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.endpoints.uploads.MOST", 1000)
    assert error_of(send(client, "a", b"x" * 1001), 413)["type"] == "request_too_large"
    assert upload(client, "a", b"x" * 1000)["size_bytes"] == 1000


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("tail", ["", "/content"])
def test_unknown_file_is_not_found(client: httpx.Client, method: str, tail: str) -> None:
    if (method, tail) == ("DELETE", "/content"):
        assert client.request(method, f"/v1/files/file_x{tail}").status_code == 405
        return
    answer = error_of(client.request(method, f"/v1/files/file_x{tail}"), 404)
    assert answer == {"type": "not_found_error", "message": "File `file_x` not found."}


def test_deleted_file_is_not_found(client: httpx.Client) -> None:
    file = upload(client)["id"]
    assert client.delete(f"/v1/files/{file}").json() == {"id": file, "type": "file_deleted"}
    for answer in (client.get(f"/v1/files/{file}"), client.delete(f"/v1/files/{file}")):
        assert error_of(answer, 404)["message"] == f"File `{file}` not found."
    assert client.get("/v1/files").json()["data"] == []


@pytest.mark.parametrize(("headers", "has_details"), [({}, True), (OLD, False)])
def test_upload_is_not_downloadable(client: httpx.Client, headers: dict[str, str], has_details: bool) -> None:
    file = upload(client)["id"]
    error = error_of(client.get(f"/v1/files/{file}/content", headers=headers), 400)
    assert error["message"] == f"File '{file}' is not downloadable"
    assert error.get("details") == ({"error_code": "file_not_downloadable"} if has_details else None)


def test_expired_file_is_shown_for_thirty_days(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOW
    monkeypatch.setattr(time, "time", lambda: now)
    shown = upload(client, expires_in_seconds="3600")
    assert shown["expires_at"] == "2026-11-30T01:53:20.250000Z"
    now = NOW + 3600 + 30 * DAY - 1
    assert client.get(f"/v1/files/{shown['id']}").json() == shown
    assert client.get("/v1/files").json()["data"] == [shown]
    now += 2
    assert error_of(client.get(f"/v1/files/{shown['id']}"), 404)["message"].startswith("File `")
    assert client.get("/v1/files").json()["data"] == []
    assert client.get("/v1/files", params={"ids[]": shown["id"]}).json()["data"] == []


def test_file_that_can_be_downloaded_is_until_it_expires(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOW
    monkeypatch.setattr(time, "time", lambda: now)
    api = server.session("k")
    api.when(endpoint="files").reply(json={"downloadable": True, "id": "file_mine"})
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers_of("k")) as client:
        content = bytes(range(256)) * 3000
        assert upload(client, "r ä.csv", content, expires_in_seconds="3600")["id"] == "file_mine"
        answer = client.get("/v1/files/file_mine/content")
        assert answer.content == content
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''r%20%C3%A4.csv"
        assert answer.headers["content-length"] == str(len(content))
        head = client.head("/v1/files/file_mine/content")
        assert (head.status_code, head.content) == (405, b"")
        now = NOW + 3600
        expired = error_of(client.get("/v1/files/file_mine/content"), 404)
    assert expired["details"] == {"error_code": "file_expired"}


def headers_of(key: str) -> dict[str, str]:
    return {"x-api-key": key, "anthropic-version": "2023-06-01"}


def test_scenarios_fail_and_break_answers(server: MockServer) -> None:
    api = server.session("k")
    file = api.files.add(b"x" * 600_000, "a.bin", downloadable=True).id
    api.when(endpoint="files/{id}/content").calls([{"error": "rate_limit_error"}, {"fault": "disconnect"}])
    api.when(endpoint="files/{id}", method="DELETE").reply(error="overloaded_error", times=1)
    api.when(endpoint="files", path="/v1/files").reply(raw={"status": 502, "body": "Bad gateway"}, times=1)
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers_of("k")) as client:
        assert client.get(f"/v1/files/{file}/content").status_code == 429
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"/v1/files/{file}/content")
        assert client.get(f"/v1/files/{file}/content").content == b"x" * 600_000
        assert client.delete(f"/v1/files/{file}").status_code == 529
        assert [client.get("/v1/files").status_code for _ in range(2)] == [502, 200]
        assert client.delete(f"/v1/files/{file}").json()["type"] == "file_deleted"


def test_sessions_do_not_see_the_files_of_each_other(server: MockServer, client: httpx.Client) -> None:
    file = upload(client)["id"]
    other = {"x-api-key": "sk-ant-two"}
    error_of(client.get(f"/v1/files/{file}", headers=other), 404)
    error_of(client.delete(f"/v1/files/{file}", headers=other), 404)
    assert client.get("/v1/files", headers=other).json()["data"] == []
    server.reset()
    error_of(client.get(f"/v1/files/{file}"), 404)
    assert held(server) == 0


def test_same_requests_to_two_servers_get_the_same_ids() -> None:
    found = []
    for _ in range(2):
        transport = MockServer(seed=3).transport
        headers = {**headers_of("k"), "content-type": "multipart/form-data; boundary=b"}
        body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
        with httpx.Client(transport=transport, base_url="http://mock", headers=headers) as client:
            found.append([client.post("/v1/files", content=body).json()["id"] for _ in range(2)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 2


@pytest.mark.parametrize(("size", "is_later"), [(1000, False), (SPOOLED, True)])
def test_event_loop_writes_no_large_file(server: MockServer, size: int, is_later: bool) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b"x" * size + b"\r\n--b--\r\n"
    call = Call("POST", "/v1/files", {**headers_of("k"), "content-type": "multipart/form-data; boundary=b"}, body)
    concluded = journey.answer(call, server.mock)
    assert (concluded.later is not None, held(server)) == (is_later, 0 if is_later else size)
    assert (concluded.later() if concluded.later else concluded).delivery.status == 200
    assert held(server) == size


def test_key_is_asked_for(client: httpx.Client) -> None:
    bare = {"x-api-key": ""}
    for answer in (send(client, headers=bare), client.get("/v1/files", headers=bare)):
        assert error_of(answer, 401)["type"] == "authentication_error"
