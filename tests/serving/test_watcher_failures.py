"""Hot reload goes on, whatever goes wrong: with the files, or with us."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from mockserver.scenarios.reading import file_reader
from mockserver.serving import watcher
from mockserver.testing.server import MockServer
from tests.serving.test_watcher import MAIN, OTHER, folder, health, said
from tests.sockets import until

__all__ = ["folder"]


def save(server: MockServer, folder: Path, text: str) -> None:
    (folder / "a.yaml").write_text(MAIN % text)
    until(lambda: said(server.url, "hello") == text)


def test_folder_that_was_replaced_is_followed(folder: Path) -> None:
    with MockServer(folder, reload=True) as server:
        for text in ("second", "third"):
            folder.rename(folder.with_name(text))
            shutil.copytree(folder.with_name(text), folder)
            save(server, folder, text)


def test_bug_of_ours_is_told_and_watching_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with MockServer(folder, reload=True) as server:
        monkeypatch.setattr("mockserver.serving.assembly.scenarios.load", lambda *_: 1 / 0)
        (folder / "a.yaml").write_text(MAIN % "second")
        until(lambda: health(server.url)["reload_error"])
        assert "a bug of the mock server: ZeroDivisionError: division by zero" in health(server.url)["reload_error"]
        assert said(server.url, "hello") == "first"
        monkeypatch.undo()
        save(server, folder, "third")
        assert health(server.url)["reload_error"] is None
    assert caplog.text.count("Traceback") == 1
    assert "watching the fixtures failed inside the mock server" in caplog.text


def test_bug_in_looking_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[object] = []

    def sign(look: object) -> Any:
        looks.append(look)
        raise ZeroDivisionError

    with MockServer(folder, reload=True) as server:
        monkeypatch.setattr(watcher, "sign", sign)
        until(lambda: len(looks) > 2)
        assert "ZeroDivisionError" in health(server.url)["reload_error"]
        monkeypatch.undo()
        save(server, folder, "second")
        assert health(server.url)["reload_error"] is None
    assert caplog.text.count("Traceback") == 1


def test_file_unreadable_for_a_moment_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing tells when a disk or a table of open files has recovered."""
    tries: list[object] = []

    def refuse(*given: Any, **_: Any) -> Any:
        tries.append(given)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with MockServer(folder, reload=True) as server:
        monkeypatch.setattr(file_reader, "_read_regular", refuse)
        (folder / "a.yaml").write_text(MAIN % "second")
        until(lambda: len(tries) > 3)
        assert "a.yaml:1:1: this file cannot be read: Too many open files" in health(server.url)["reload_error"]
        monkeypatch.undo()
        until(lambda: said(server.url, "hello") == "second")
    assert capfd.readouterr().err.count("Too many open files") == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("include: pipe\n", "a.yaml:1:10: the file {}/pipe cannot be read: it is a pipe"),
        ("scenarios: [{reply: {raw: {body_file: pipe}}}]", "a.yaml:1:39: this file cannot be read: it is a pipe"),
        ('scenarios: [{reply: {raw: {body_file: "a\\0"}}}]', "a.yaml:1:39: this file cannot be read: it is no path"),
        ("scenarios: [{reply: '" + "{% for a in [1] %}" * 30 + "{% endfor %}" * 30 + "'}]", "a.yaml:1:21: this placeh"),
    ],
    ids=["pipe", "pipe as body", "nul", "loops"],
)
def test_what_cannot_be_loaded_is_told(folder: Path, content: str, told: str) -> None:
    os.mkfifo(folder / "pipe")
    with MockServer(folder, reload=True) as server:
        (folder / "a.yaml").write_text(content)
        until(lambda: told.format(folder) in (health(server.url)["reload_error"] or ""))
        save(server, folder, "mended")


def test_files_that_come_later_are_found(folder: Path) -> None:
    """Whatever was looked for and not found is looked for again: also in folders in which nothing was loaded."""
    (folder.parent / "later").mkdir()
    with MockServer(folder / "a.yaml", reload=True, unmatched="error") as server:
        (folder / "a.yaml").write_text("include: ['../later/one.yaml', '../later/t*/*.yaml']")
        until(lambda: health(server.url)["reload_error"])
        (folder.parent / "later" / "one.yaml").write_text(OTHER % "one")
        (folder.parent / "later" / "two").mkdir()
        (folder.parent / "later" / "two" / "c.yaml").write_text("scenarios: [{name: two, reply: two}]")
        until(lambda: (said(server.url, "other"), said(server.url, "hello")) == ("one", "two"))
        (folder.parent / "later" / "two" / "d.yaml").write_text("scenarios: [{name: d, when: {user: d}, reply: three}]")
        until(lambda: health(server.url)["scenarios"] == 3)


def test_files_that_never_rest_are_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = iter(range(1_000_000))
    real = file_reader.sign

    def sign(look: Any) -> Any:
        return (*real(look), next(changes))

    with MockServer(folder, reload=True) as server:
        monkeypatch.setattr(watcher, "sign", sign)
        save(server, folder, "second")
        save(server, folder, "third")


def test_console_that_is_gone_is_no_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer(folder, reload=True) as server, (folder / "console").open("w") as console:
        console.close()
        monkeypatch.setattr("sys.stderr", console)
        save(server, folder, "second")
        save(server, folder, "third")
        assert health(server.url)["reload_error"] is None
