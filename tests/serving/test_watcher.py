"""Hot reload, on a real server: what is saved is live soon."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.cli.test_cli import environment, serving
from tests.sockets import until

__all__ = ["environment"]

MAIN = "include: more/b.yaml\nscenarios: [{name: main, when: {user: hello}, reply: %s}]\n"
OTHER = "scenarios: [{name: other, when: {user: other}, reply: %s}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "served" / "more").mkdir(parents=True)
    (tmp_path / "served" / "a.yaml").write_text(MAIN % "first")
    (tmp_path / "served" / "more" / "b.yaml").write_text(OTHER % "{raw: {body_file: page.txt}}")
    (tmp_path / "served" / "more" / "page.txt").write_text("a page")
    return tmp_path / "served"


@pytest.fixture
def server(folder: Path) -> Iterator[MockServer]:
    with MockServer(folder, reload=True, unmatched="error") as server:
        yield server


def said(url: str, text: str) -> str:
    """What is answered to a text, or the status of an error."""
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}
    response = httpx.post(f"{url}/v1/messages", json=body)
    if response.headers["content-type"].startswith("text/plain"):
        return response.text
    return str(response.json()["content"][0]["text"]) if response.status_code == 200 else str(response.status_code)


def health(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{url}/_mock/health").json()
    return found


def test_saved_file_is_live(server: MockServer, folder: Path) -> None:
    assert said(server.url, "hello") == "first"
    for text in ("second", "third"):
        (folder / "a.yaml").write_text(MAIN % text)
        until(lambda text=text: said(server.url, "hello") == text)  # type: ignore[misc]


def test_file_put_in_the_place_of_another_is_live(server: MockServer, folder: Path) -> None:
    """As many editors save; more than once, since the file first watched is gone then."""
    for text in ("second", "third"):
        (folder / "a.yaml~").write_text(MAIN % text)
        (folder / "a.yaml~").replace(folder / "a.yaml")
        until(lambda text=text: said(server.url, "hello") == text)  # type: ignore[misc]


def test_all_files_that_scenarios_name_are_watched(server: MockServer, folder: Path) -> None:
    assert said(server.url, "other") == "a page"
    (folder / "more" / "page.txt").write_text("another page")
    until(lambda: said(server.url, "other") == "another page")
    (folder / "more" / "b.yaml").write_text(OTHER % "{text: {file: ../story.md}}")
    until(lambda: said(server.url, "other") == "500" or server.mock.fixtures.error is not None)
    (folder / "story.md").write_text("a story")
    until(lambda: said(server.url, "other") == "a story")
    (folder / "story.md").write_text("changed")
    until(lambda: said(server.url, "other") == "changed")


def test_new_file_is_served_and_deleted_one_forgotten(server: MockServer, folder: Path) -> None:
    (folder / "new.yaml").write_text("scenarios: [{name: new, when: {user: new}, reply: here}]")
    until(lambda: said(server.url, "new") == "here")
    (folder / "new.yaml").unlink()
    until(lambda: said(server.url, "new") == "404")


def test_newly_included_folder_is_watched_too(server: MockServer, folder: Path) -> None:
    apart = folder.parent / "apart.yaml"
    apart.write_text("scenarios: [{name: apart, when: {user: apart}, reply: one}]")
    (folder / "c.yaml").write_text("include: ../apart.yaml")
    until(lambda: said(server.url, "apart") == "one")
    apart.write_text("scenarios: [{name: apart, when: {user: apart}, reply: two}]")
    until(lambda: said(server.url, "apart") == "two")


def test_broken_file_keeps_the_earlier_scenarios(
    server: MockServer, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "a.yaml").write_text("scenarios: [{name: main, reply: {txet: oops}}]")
    until(lambda: bool(health(server.url).get("reload_error")))
    problem = f'{folder}/a.yaml:1:34: "txet" is no key of an answer: did you mean "text"?'
    assert health(server.url)["reload_error"] == problem
    assert health(server.url)["status"] == "ok"
    assert said(server.url, "hello") == "first"
    (folder / "a.yaml").write_text(MAIN % "mended")
    until(lambda: said(server.url, "hello") == "mended")
    assert not health(server.url).get("reload_error")
    told = capfd.readouterr().err
    assert problem in told
    assert "mockserver: the fixtures hold mistakes, the earlier scenarios stay in force" in told
    assert "mockserver: loaded 2 scenarios" in told


def test_what_was_saved_before_the_start_is_live(folder: Path) -> None:
    server = MockServer(folder, reload=True)
    (folder / "a.yaml").write_text(MAIN % "meanwhile")
    with server:
        until(lambda: said(server.url, "hello") == "meanwhile")


def test_single_file_is_watched(folder: Path) -> None:
    with MockServer(folder / "a.yaml", reload=True) as server:
        (folder / "unrelated.yaml").write_text("broken: [")
        (folder / "a.yaml").write_text(MAIN % "second")
        until(lambda: said(server.url, "hello") == "second")
        assert not health(server.url).get("reload_error")


def test_nothing_to_watch_is_no_mistake() -> None:
    with MockServer(reload=True) as server:
        assert health(server.url)["status"] == "ok"


def test_command_line_reloads_and_tells(environment: dict[str, str], folder: Path) -> None:
    with serving(str(folder), "--reload", environment=environment) as (process, url):
        (folder / "a.yaml").write_text("scenarios: [{name: main, reply: {txet: oops}}]")
        until(lambda: bool(health(url).get("reload_error")))
        (folder / "a.yaml").write_text(MAIN % "second")
        until(lambda: said(url, "hello") == "second")
        (folder / "a.yaml").write_text(OTHER % "third")
        until(lambda: said(url, "other") == "third")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert 'a.yaml:1:34: "txet" is no key of an answer' in errors
    assert "mockserver: loaded 1 scenario\n" in errors
