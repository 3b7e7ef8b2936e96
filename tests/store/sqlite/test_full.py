"""A disk that takes no more: callers are told so, nothing is half kept, and what cannot be written is told once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mockserver.control import page
from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.store import Departure, Document, Script
from mockserver.store.errors import StoreFailedError, StoreFullError
from mockserver.store.kept import outage
from mockserver.store.sqlite import SqliteStore, database, open_store
from tests.store.conformance.subject import record

BIG = "x" * 100_000
HELLO = {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(tmp_path / "kept", Settings())
    yield opened
    opened.close()


def fill(store: Any) -> None:
    """Its database cannot grow any more, and has no free pages."""
    store._data.database.run("PRAGMA max_page_count = 1")


def make_room(store: Any) -> None:
    store._data.database.run("PRAGMA max_page_count = 1000000")


def test_operation_without_room_changes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    store.scripts.add("s", [Script("first", Document("words", "first"))])
    before = store.scripts.current("s")
    fill(store)
    with pytest.raises(StoreFullError, match=f"no room in {tmp_path / 'kept'}, the folder of the store"):
        store.scripts.add("s", [Script("second", Document("words", BIG))])
    assert (store.scripts.current("s"), store.scripts.additions("s")) == (before, 1)
    assert store.scripts.active("s").scripts == before.scripts
    make_room(store)
    (added,) = store.scripts.add("s", [Script("second", Document("words", BIG))])
    assert [script.name for script in store.scripts.current("s").scripts] == ["second", "first"]
    assert added.document.file == "added-2"


def test_journal_without_room_is_dropped_and_told_once(
    store: SqliteStore, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.journal.append("s", record(b"kept"), Departure())
    assert len(store.journal.entries("s")) == 1
    fill(store)
    for number in range(3):
        store.journal.append("s", record(BIG.encode()), Departure())
        assert store.journal.append(f"new {number}" + "x" * 5000, record(), Departure()) != 1
        assert len(store.journal.entries("s")) == 1
    (told,) = caplog.messages
    assert told.startswith(
        "the store cannot be written, and drops journal entries until it can: The disk takes no more"
    )
    make_room(store)
    monkeypatch.setattr(outage, "_QUIET", 0.0)
    store.journal.append("s", record(b"again"), Departure())
    assert len(store.journal.entries("s")) == 2
    assert caplog.messages[1].startswith("the store can be written again; journal entries lost: ")
    assert int(caplog.messages[1].split()[-1]) >= 3


def test_error_that_is_none_of_ours_says_which_folder(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that writes for too long, a disk that fails."""
    monkeypatch.setattr(database, "_PATIENCE", 0.01)
    other = sqlite3.connect(store._data.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreFailedError, match=r"The store in /.*/kept cannot be used: database is locked\."):
        store.sessions.touch("s")
    other.close()
    store.sessions.touch("s")
    assert store.sessions.exists("s")


def test_folder_that_is_gone_refuses_contents(store: SqliteStore, tmp_path: Path) -> None:
    writer = store.blobs.create()
    writer.write(b"a")
    name = writer.finish()
    (tmp_path / "kept" / "blobs").rename(tmp_path / "gone")
    with pytest.raises(StoreFullError):
        store.objects.add("s", "file", "file_1", b"{}", blobs=[name])
    assert store.objects.get("s", "file", "file_1") is None
    (tmp_path / "gone").rename(tmp_path / "kept" / "blobs")


def test_server_with_a_full_disk_refuses_and_says_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = MockApp(Settings(store=str(tmp_path / "kept")))
    with TestClient(app, base_url="http://127.0.0.1", headers={"x-api-key": "demo"}) as client:
        assert client.post("/v1/messages", json=HELLO).status_code == 200
        fill(app.mock.store)
        scenario = {"scenarios": [{"name": "big", "calls": [BIG]}]}
        refused = client.post("/_mock/scenarios", json=scenario)
        assert refused.status_code == 507
        assert refused.json()["error"]["message"].startswith("The disk takes no more: there is no room in /")
        assert json.loads(client.get("/_mock/scenarios").text)["scenarios"] == []
        newcomers = [
            client.post("/v1/messages", json=HELLO, headers={"x-api-key": f"new {number}"}) for number in range(200)
        ]
        (status,) = {answer.status_code for answer in newcomers} - {200}
        assert status == 500
        error = newcomers[-1].json()["error"]
        assert error["type"] == "api_error"
        assert error["message"].startswith("The disk takes no more: there is no room in /")
        make_room(app.mock.store)
        assert client.post("/_mock/scenarios", json=scenario).status_code == 201
        assert client.post("/v1/messages", json=HELLO).json()["content"][0]["text"].startswith("xxx")
    assert "Traceback" not in caplog.text


def test_document_says_which_requests_a_store_that_cannot_be_written_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request of the control interface, while another process writes for too long."""
    monkeypatch.setattr(database, "_PATIENCE", 0.01)
    app = MockApp(Settings(store=str(tmp_path / "kept")))
    bodies: dict[str, Any] = {
        "/scenarios": {"name": "late", "calls": ["a"]},
        "/scenarios/{name}/calls": ["a"],
        "/scenarios/{name}/turns": ["a"],
        "/verify": {"when": {"model": HELLO["model"]}},
        "/explain": HELLO,
        "/settings": {"validation": "off"},
        "/clock": {"advance": "1m"},
    }
    with TestClient(app, base_url="http://127.0.0.1", headers={"x-api-key": "demo"}) as client:
        client.post("/v1/messages", json=HELLO)
        scenarios = [{"name": name, name: ["a"]} for name in ("calls", "turns")]
        client.post("/_mock/scenarios", json={"scenarios": scenarios})
        batch = client.post("/v1/messages/batches", json={"requests": [{"custom_id": "a", "params": HELLO}]}).json()
        document = client.get("/_mock/openapi.json").json()
        assert client.get("/_mock/requests").json()["total"] == 2
        with closing(sqlite3.connect(tmp_path / "kept" / "store.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            # Files that may be written are none of the store's.
            of_store = {path: row for path, row in document["paths"].items() if not path.startswith("/fixtures/")}
            for path, row in of_store.items():
                for method, operation in row.items():
                    name = "turns" if path.endswith("turns") else "calls"
                    url = f"/_mock{path}".format(name=name, number=1, id=batch["id"], file=page.list_files()[0])
                    body = bodies.get(path) if method in ("post", "patch") else None
                    status = client.request(method, url, json=body).status_code
                    assert (status == 507) == ("507" in operation["responses"]), (method, path, status)
                    assert status == 507 or status < 300
