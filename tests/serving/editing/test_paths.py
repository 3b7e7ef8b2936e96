"""Which files may be written: scenario files in one folder, whatever name is asked for, and by whom."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.serving.editing.desk import Desk

NEW = "{name: windy, reply: x}"


@pytest.mark.parametrize(
    "name",
    [
        "../a.yaml",
        "more/../../a.yaml",
        "more/../a.yaml",
        "/etc/a.yaml",
        "//a.yaml",
        "./a.yaml",
        ".hidden.yaml",
        ".git/a.yaml",
        "more/.a.yaml",
        "a.py",
        "a.json",
        "a.yaml.exchanges.jsonl",
        "a",
        ".yaml",
        "mockserver.yaml",
        "a\\b.yaml",
        "C:a.yaml",
        "a\n.yaml",
        "a\0.yaml",
        "a\u202e.yaml",
        "x" * 500 + ".yaml",
        "more//a.yaml",
        "more/ /a.yaml",
    ],
)
def test_names_that_are_refused(desk: Desk, name: str) -> None:
    before = sorted(desk.folder.parent.rglob("*"))
    got = desk.put(name, NEW)
    assert (got.status, desk.ask("GET", f"fixtures/{name}").status) == (400, 400)
    assert sorted(desk.folder.parent.rglob("*")) == before


def test_folder_is_not_made(desk: Desk) -> None:
    assert desk.put("gone/a.yaml", NEW).status == 404
    assert not (desk.folder / "gone").exists()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_links_lead_nowhere_else(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "a.yaml").write_text("scenarios:\n")
    (desk.folder / ".secret").mkdir()
    (desk.folder / "link.yaml").symlink_to(outside / "a.yaml")
    (desk.folder / "new.yaml").symlink_to(outside / "new.yaml")
    (desk.folder / "away").symlink_to(outside)
    (desk.folder / "hidden").symlink_to(desk.folder / ".secret")
    for name in ("link.yaml", "new.yaml", "away/a.yaml", "hidden/a.yaml"):
        assert desk.put(name, NEW).status == 400, name
    assert [each.name for each in outside.iterdir()] == ["a.yaml"]
    assert (outside / "a.yaml").read_text() == "scenarios:\n"
    assert desk.ask("GET", "fixtures").json["files"] == ["more/other.yml", "weather.yaml"]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_link_within_the_folder_stays_one(desk: Desk) -> None:
    (desk.folder / "link.yaml").symlink_to("more/other.yml")
    assert desk.put("link.yaml", NEW).status == 200
    assert (desk.folder / "link.yaml").is_symlink()
    assert "windy" in (desk.folder / "more/other.yml").read_text()


def test_what_is_no_file_is_refused(desk: Desk) -> None:
    (desk.folder / "folder.yaml").mkdir()
    assert desk.put("folder.yaml", NEW).status == 409
    assert "folder.yaml" not in desk.ask("GET", "fixtures").json["files"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example", "content_type": "text/plain"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 403),
        ({"origin": "http://127.0.0.1:8000"}, 200),
        ({"content_type": "text/plain"}, 200),
    ],
)
def test_pages_of_others_write_nothing(desk: Desk, headers: dict[str, str], status: int) -> None:
    """A form of another site has its Origin; curl has none."""
    assert desk.put("a.yaml", NEW, **headers).status == status
    assert (desk.folder / "a.yaml").exists() is (status == 200)


def test_token_is_asked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path, control_token="TOKEN")
    assert desk.put("a.yaml", NEW).status == 401
    assert desk.ask("GET", "fixtures").status == 401
    assert not (tmp_path / "a.yaml").exists()
    assert desk.put("a.yaml", NEW, x_mock_token="TOKEN").status == 200


def test_listing_is_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.serving.editing.paths.MOST_FILES", 1)
    assert desk.ask("GET", "fixtures").json["files"] == ["more/other.yml"]
    monkeypatch.setattr("mockserver.serving.editing.paths.MOST_ENTRIES", 0)
    assert desk.ask("GET", "fixtures").json["files"] == []
