"""Large bodies are in files that go when nobody uses them, and have no name while they are there."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from mockserver.records import content_path
from mockserver.records.content_path import ContentPath


def test_a_content_is_there_as_long_as_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = ContentPath.make()
    with path.open("ab") as file:
        file.write(b"one ")
    with path.open("ab") as file:
        file.write(b"two")
    assert path.read_bytes() == path.read_bytes() == b"one two"
    shutil.copyfile(path, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"one two"
    assert not list(tmp_path.glob("mockserver-*")) or not content_path._OPEN_FILES.is_dir()
    name = str(path)
    del path
    gc.collect()
    assert not Path(name).exists()


def test_a_content_has_a_name_where_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(content_path, "_OPEN_FILES", tmp_path / "none")
    path = ContentPath.make()
    path.write_bytes(b"a")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"a"]
    del path
    gc.collect()
    assert list(tmp_path.iterdir()) == []
