"""``mockserver store info`` and ``clear`` of a mock on an engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.cli.storing import clear_store, show_info
from mockserver.records.settings import Settings
from mockserver.store import Document, Script
from mockserver.store.valkey import open_store
from tests.store.conformance.subject import record


def fill(url: str) -> None:
    store = open_store(url, Settings())
    store.sessions.begin_call("a")
    store.scripts.add("a", [Script("one", Document("words", "{}"))])
    store.journal.append("a", record())
    writer = store.blobs.create()
    writer.write(b"x" * 5000)
    store.objects.add("a", "file", "file_1", b"{}", blobs=(writer.finish(),))
    store.close()


def test_what_a_mock_holds_is_told_and_removed(engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url, other = (f"{engine}?name=holds-{name}&files={tmp_path}" for name in ("one", "two"))
    for each in (url, other):
        fill(each)
    assert show_info(url, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["sessions"], shown["entries"], shown["scripts"], shown["objects"]) == (1, 1, 1, {"file": 1})
    assert (shown["url"], shown["in_use"], shown["bytes"] > 5000) == (url, False, True)
    assert clear_store(url) == 0
    assert "1 session, 1 journal entry, 1 added script, 1 file" in capsys.readouterr().out
    assert [file.parent.name for file in tmp_path.rglob("*") if file.is_file()] == ["mock-holds-two"]
    assert show_info(url, as_json=False) == show_info(other, as_json=False) == 0
    told = capsys.readouterr().out
    assert ("holds 0 sessions" in told, "holds 1 session," in told) == (True, True)


def test_mock_in_use_is_not_cleared(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{engine}?name=used"
    store = open_store(url, Settings())
    try:
        store.sessions.begin_call("a")
        assert clear_store(url) == 2
        assert "expected a mock that no server uses" in capsys.readouterr().err
        assert store.sessions.names() == ("a",)
    finally:
        store.close()


def test_engine_that_is_not_there_is_told_without_its_password(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_info("valkey://user:secret@127.0.0.1:1", as_json=False) == 2
    told = capsys.readouterr().err
    assert "@127.0.0.1:1 cannot be asked" in told
    assert "secret" not in told
