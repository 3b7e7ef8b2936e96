"""The files of fixtures, as the sessions of a server see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.scenarios import load
from mockserver.testing.server import MockServer
from tests.strict import error_of

DECLARED = """\
files:
  - {id: file_a, path: a.txt, downloadable: true, expires_in: 1h}
  - {id: file_b, path: b.csv}
  - {id: file_c, path: b.csv, filename: c.csv}
"""
OLD = {"anthropic-beta": "files-api-2025-04-14"}


@pytest.fixture
def server(tmp_path: Path) -> MockServer:
    (tmp_path / "a.txt").write_bytes(b"a" * 600_000)
    (tmp_path / "b.csv").write_text("x,y")
    (tmp_path / "files.yaml").write_text(DECLARED)
    return MockServer(tmp_path / "files.yaml", profile="anthropic")


@pytest.fixture
def client(server: MockServer) -> Iterator[httpx.Client]:
    headers = {"x-api-key": "one", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers) as found:
        yield found


def ids(client: httpx.Client, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    answer = client.get(f"/v1/files?{query}", headers=headers or {}).raise_for_status()
    return [each["id"] for each in answer.json()["data"]]


def upload(client: httpx.Client) -> Any:
    return client.post("/v1/files", files={"file": ("u.txt", b"x")}).json()["id"]


def test_declared_files_stand_behind_those_of_the_session(client: httpx.Client) -> None:
    own = [upload(client), upload(client)][::-1]
    everything = [*own, "file_a", "file_b", "file_c"]
    assert ids(client) == ids(client, headers=OLD) == everything
    seen, query = [], "limit=1"
    while True:
        page = client.get(f"/v1/files?{query}").json()
        seen += [each["id"] for each in page["data"]]
        if not page["next_page"]:
            break
        query = f"limit=1&page={page['next_page']}"
    assert seen == everything
    assert ids(client, f"limit=2&after_id={own[1]}", OLD) == ["file_a", "file_b"]
    assert ids(client, "limit=2&after_id=file_a", OLD) == ["file_b", "file_c"]
    assert ids(client, "limit=3&before_id=file_b", OLD) == [*own, "file_a"]
    assert ids(client, f"ids[]=file_b&ids[]={own[0]}") == [own[0], "file_b"]


def test_declared_file_is_shown_and_downloaded(client: httpx.Client) -> None:
    shown = client.get("/v1/files/file_a").json()
    assert (shown["filename"], shown["mime_type"], shown["size_bytes"]) == ("a.txt", "text/plain", 600_000)
    assert client.get("/v1/files/file_a/content").content == b"a" * 600_000
    assert error_of(client.get("/v1/files/file_b/content"), 400)["message"] == "File 'file_b' is not downloadable"


def test_session_deletes_a_declared_file_for_itself_alone(server: MockServer, client: httpx.Client) -> None:
    assert client.delete("/v1/files/file_b").json() == {"id": "file_b", "type": "file_deleted"}
    error_of(client.get("/v1/files/file_b"), 404)
    error_of(client.delete("/v1/files/file_b"), 404)
    assert ids(client) == ["file_a", "file_c"]
    assert ids(client, "after_id=file_b", OLD) == ["file_c"]
    assert ids(client, headers={"x-api-key": "two"}) == ["file_a", "file_b", "file_c"]
    server.session("one").reset()
    assert ids(client) == ["file_a", "file_b", "file_c"]


def test_declared_file_does_not_come_back_for_an_own_one_of_its_id(server: MockServer, client: httpx.Client) -> None:
    server.session("one").when(endpoint="files", method="POST").reply(json={"id": "file_b"})
    assert upload(client) == "file_b"
    assert ids(client) == ["file_b", "file_a", "file_c"]
    client.delete("/v1/files/file_b").raise_for_status()
    error_of(client.get("/v1/files/file_b"), 404)
    assert ids(client) == ["file_a", "file_c"]


def test_declared_file_expires_by_the_start_of_the_server(
    server: MockServer, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = server.mock.fixtures.declared["file_a"].created_at
    monkeypatch.setattr(time, "time", lambda: began + 3599.0)
    assert client.get("/v1/files/file_a/content").status_code == 200
    monkeypatch.setattr(time, "time", lambda: began + 3600.0)
    assert error_of(client.get("/v1/files/file_a/content"), 404)["details"] == {"error_code": "file_expired"}
    assert client.get("/v1/files/file_a").status_code == 200


def test_changed_file_is_sent_as_it_is(server: MockServer, client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"b" * 700_000)
    answer = client.get("/v1/files/file_a/content")
    assert (answer.content, answer.headers["content-length"]) == (b"b" * 700_000, "700000")
    (tmp_path / "a.txt").unlink()
    assert error_of(client.get("/v1/files/file_a/content"), 404)["details"] == {"error_code": "file_expired"}
    assert server.mock.store.blobs.held() == 0


def test_files_are_declared_anew_when_fixtures_are_loaded_again(
    server: MockServer, client: httpx.Client, tmp_path: Path
) -> None:
    path, fixtures = tmp_path / "files.yaml", server.mock.fixtures
    before = client.get("/v1/files/file_b").json()
    (tmp_path / "b.csv").write_text("longer than before")
    path.write_text(DECLARED.replace("file_c", "file_d"))
    fixtures.replace(load([path], earlier=fixtures.scenarios.kept), 7)
    assert ids(client) == ["file_a", "file_b", "file_d"]
    assert client.get("/v1/files/file_b").json() == {**before, "size_bytes": 18}
    error_of(client.get("/v1/files/file_c"), 404)


def test_file_that_changed_is_looked_at_anew_though_its_fixture_did_not(
    server: MockServer, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "b.csv").write_text("longer than before")
    fixtures = server.mock.fixtures
    fixtures.replace(load([tmp_path / "files.yaml"], earlier=fixtures.scenarios.kept), 7)
    assert client.get("/v1/files/file_b").json()["size_bytes"] == 18
