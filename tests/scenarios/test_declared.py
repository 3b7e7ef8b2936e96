"""The files of the Files API that fixtures declare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.records.errors import ScenarioError
from mockserver.records.files import DeclaredFile
from mockserver.scenarios import load, parse
from mockserver.scenarios.reading.file_reader import FileReader, Look


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "r.pdf").write_bytes(b"%PDF-1.4 and more")
    return tmp_path


def declare(folder: Path, *files: Any, name: str = "a.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump({"files": list(files)}), "utf-8")
    return path


def complain(folder: Path, *files: Any) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load([declare(folder, *files)])
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


FILE = {"id": "file_r", "path": "data/r.pdf"}


def test_file_is_known_by_its_bytes_and_its_path(folder: Path) -> None:
    found = load([declare(folder, FILE)]).declared
    assert found == {"file_r": DeclaredFile("file_r", "r.pdf", "application/pdf", 17, str(folder / "data/r.pdf"))}


def test_what_is_said_of_a_file_counts(folder: Path) -> None:
    said = {**FILE, "filename": "b.csv", "mime_type": "text/csv", "downloadable": True}
    later = {**FILE, "id": "f2", "expires_in": "2h"}
    until = {**FILE, "id": "f3", "expires_at": "2027-01-01T00:00:00Z"}
    found = load([declare(folder, said, later, until)]).declared
    assert (found["file_r"].filename, found["file_r"].mime_type, found["file_r"].downloadable) == (
        "b.csv",
        "text/csv",
        True,
    )
    assert (found["f2"].make(1000.0).expires_at, found["f3"].make(1000.0).expires_at) == (8200.0, 1_798_761_600.0)
    assert found["file_r"].make(1000.0).expires_at is None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": "gone.pdf"}, "a.yaml:3:9: the file {}/gone.pdf cannot be read: No such file or directory"),
        ({"path": "data"}, "a.yaml:3:9: the file {}/data cannot be read: Is a directory"),
        ({"id": "a b"}, 'id: expected an id of letters, digits, _ and -, at most 100, got "a b"'),
        ({"id": 7}, "id: expected an id"),
        ({"filename": "a/b"}, "filename: expected a name of 1 to 255 characters"),
        ({"mime_type": "pdf"}, "mime_type: expected a media type such as text/csv"),
        ({"expires_at": "soon"}, "expires_at: expected a time such as"),
        ({"expires_at": "1999-01-01"}, "expires_at: expected a time of the years 2000 to 2"),
        ({"expires_in": "soon"}, "expires_in: expected a duration such as"),
        ({"expires_in": "-2h"}, "expires_in: expected a duration such as"),
        ({"expires_in": "2h", "expires_at": "2027-01-01"}, "expires_in has no place beside expires_at"),
        ({"content": "x"}, '"content" is no key of a file'),
    ],
)
def test_mistake_is_told_at_its_place(folder: Path, changes: dict[str, Any], told: str) -> None:
    (problem,) = complain(folder, {**FILE, **changes})
    assert told.format(folder) in problem
    assert problem.startswith("a.yaml:")


@pytest.mark.parametrize("given", ["text", 7, [7], [{}]])
def test_other_values_are_no_files(folder: Path, given: Any) -> None:
    path = folder / "a.yaml"
    path.write_text(yaml.safe_dump({"files": given}), "utf-8")
    with pytest.raises(ScenarioError, match=r"expected|needs|id"):
        load([path])


def test_id_is_that_of_one_file(folder: Path) -> None:
    assert complain(folder, FILE, dict(FILE))[0].endswith(f'with the id "file_r" already: {folder / "a.yaml"}:2:7')
    declare(folder, FILE, name="b.yaml")
    with pytest.raises(ScenarioError, match=r'b.yaml.*the id "file_r" already: .*a.yaml'):
        load([declare(folder, FILE), folder / "b.yaml"])


def test_larger_file_than_the_api_takes_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.scenarios.declared.MOST", 16)
    assert "it is larger than 0 MB" in complain(folder, FILE)[0]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_pipe_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "it is a pipe, and only regular files are read" in complain(folder, {**FILE, "path": "pipe"})[0]


def test_large_file_is_not_read_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.scenarios.reading.file_reader.MAX_BYTES", 10_000)
    (folder / "large").write_bytes(b"x" * 200_000)
    assert load([declare(folder, {**FILE, "path": "large"})]).declared["file_r"].size_bytes == 200_000


def test_files_are_watched(folder: Path) -> None:
    reader = FileReader()
    load([declare(folder, FILE)], reader=reader)
    assert Look(str(folder / "data/r.pdf")) in reader.looked


def test_session_declares_no_files() -> None:
    with pytest.raises(ScenarioError, match="files works in fixture files only"):
        parse("files: []\nscenarios: [{reply: a}]", "sent")
