"""Scenarios written into files of --allow-edit."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.serving.editing.conftest import WEATHER
from tests.serving.editing.desk import Desk

ROOT = Path(__file__).parents[3]
RAIN = "scenarios:\n  - name: rainy\n    when: {user: rain}\n    reply: It pours.\n"
NEW = "name: windy\nwhen: {user: wind}\nreply: It blows.\n"


def test_scenario_is_replaced_and_answers_at_once(desk: Desk) -> None:
    got = desk.put("weather.yaml", RAIN)
    assert (got.status, got.json) == (
        200,
        {"file": "weather.yaml", "added": [], "replaced": ["rainy"], "loaded": True},
    )
    new = "  - name: rainy\n    when: {user: rain}\n    reply: It pours.\n"
    written = (desk.folder / "weather.yaml").read_text()
    assert written == WEATHER[: WEATHER.index("  - {name: rainy")] + new
    assert desk.ask("GET", "scenarios/rainy").json["yaml"].endswith(new)


def test_new_scenario_stands_in_front(desk: Desk) -> None:
    got = desk.put("weather.yaml", NEW)
    assert got.json == {"file": "weather.yaml", "added": ["windy"], "replaced": [], "loaded": True}
    assert desk.names() == ["windy", "sunny", "rainy"]


@pytest.mark.parametrize("sent", [NEW, "scenarios:\n- name: windy\n  when: {user: wind}\n  reply: It blows."])
def test_new_file(desk: Desk, sent: str) -> None:
    got = desk.put("wind.yaml", sent)
    assert got.json == {"file": "wind.yaml", "added": ["windy"], "replaced": [], "loaded": True}
    assert desk.names() == ["sunny", "rainy", "windy"]
    assert desk.ask("GET", "fixtures").json == {
        "folder": str(desk.folder),
        "files": ["more/other.yml", "weather.yaml", "wind.yaml"],
    }
    assert desk.ask("GET", "fixtures/wind.yaml").body.decode().startswith("scenarios:\n")


def test_file_that_is_not_served_is_written_and_not_loaded(desk: Desk) -> None:
    assert desk.put("more/other.yml", NEW).json["loaded"] is False
    assert desk.names() == ["sunny", "rainy"]
    assert (desk.folder / "more/other.yml").read_text() == (
        "scenarios:\n- name: windy\n  when: {user: wind}\n  reply: It blows.\n- {name: apart, reply: x}\n"
    )


@pytest.mark.parametrize(
    ("sent", "place", "said"),
    [
        ("scenarios:\n- name: a\n  reply: {txt: x}\n", (3, 11), "txt"),
        ("name: a\nreply: {text: x}\nwhen: {usr: x}\n", (3, 8), "usr"),
        ("scenarios:\n- reply: x\n", (2, 3), "needs a name"),
        ("scenarios:\n- name: sunny\n  reply: x\n- name: sunny\n  reply: y\n", (4, 9), "another scenario"),
        ("defaults: {priority: 2}\nscenarios:\n- {name: a, reply: x}\n", (1, 1), "weather.yaml has other defaults"),
        ("lifecycle: today\nscenarios:\n- {name: a, reply: x}\n", (1, 1), "weather.yaml has no lifecycle"),
        ("scenarios: [\n", (2, 1), "YAML"),
        ("scenarios:\n- {name: a, reply: {text: {file: gone.md}}}\n", (2, 34), "gone.md"),
    ],
)
def test_mistakes_are_told_where_they_stand_in_what_was_sent(
    desk: Desk, sent: str, place: tuple[int, int], said: str
) -> None:
    got = desk.put("weather.yaml", sent)
    assert (got.status, (desk.folder / "weather.yaml").read_text()) == (400, WEATHER)
    problem = got.error["problems"][0]
    assert ((problem["line"], problem["column"]), said in problem["message"]) == (place, True), problem


def test_mistakes_that_only_the_file_makes_are_told_there_too(desk: Desk) -> None:
    """Alone the words are right; by the defaults of the file they are not."""
    (desk.folder / "weather.yaml").write_text("defaults: {when: {turn: 1}}\nscenarios: []\n".replace(" []", ""))
    sent = "scenarios:\n- name: a\n  when: {endpoint: models}\n  reply: {error: 500}\n"
    got = desk.put("weather.yaml", sent)
    assert got.status == 400
    assert [row["line"] for row in got.error["problems"]] == [3]


def test_name_that_another_file_has_is_refused(desk: Desk) -> None:
    got = desk.put("wind.yaml", "scenarios:\n- name: b\n  reply: x\n- name: sunny\n  reply: x\n")
    assert (got.status, (desk.folder / "wind.yaml").exists()) == (400, False)
    assert 'there is another scenario "sunny"' in got.error["message"]


def test_mistakes_in_other_files_do_not_stand_in_the_way(desk: Desk) -> None:
    (desk.folder / "broken.yaml").write_text("scenarios: [")
    got = desk.put("weather.yaml", RAIN)
    assert (got.status, got.json["loaded"]) == (200, False)
    assert "It pours." in (desk.folder / "weather.yaml").read_text()


def test_broken_file_is_left_alone(desk: Desk) -> None:
    (desk.folder / "weather.yaml").write_text("scenarios:\n  - name: [\n")
    got = desk.put("weather.yaml", RAIN)
    assert (got.status, got.error["problems"][0]["line"]) == (400, None)
    assert "weather.yaml, line 3" in got.error["message"]


def test_file_must_be_what_it_was(desk: Desk) -> None:
    tag = desk.ask("GET", "fixtures/weather.yaml").headers["etag"]
    assert desk.ask("GET", "scenarios/sunny").headers["etag"] == tag
    got = desk.put("weather.yaml", RAIN, if_match=tag)
    assert (got.status, got.headers["etag"]) == (200, desk.ask("GET", "fixtures/weather.yaml").headers["etag"])
    assert desk.put("weather.yaml", NEW, if_match=tag).status == 412
    assert desk.put("weather.yaml", NEW, if_none_match="*").status == 412
    assert desk.put("wind.yaml", NEW, if_match="*").status == 412
    assert desk.put("wind.yaml", NEW, if_none_match="*").status == 200


def test_file_that_changes_meanwhile_is_not_overwritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = desk.folder / "weather.yaml"
    monkeypatch.setattr("mockserver.serving.editing.files.check_file", lambda *_: path.write_text("scenarios:\n"))
    got = desk.put("weather.yaml", RAIN)
    assert (got.status, path.read_text()) == (409, "scenarios:\n")
    assert sorted(each.name for each in desk.folder.iterdir()) == ["more", "weather.yaml"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_permissions_are_kept(desk: Desk) -> None:
    path = desk.folder / "weather.yaml"
    path.chmod(0o640)
    assert desk.put("weather.yaml", RAIN).status == 200
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_folder_that_cannot_be_written_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    got = desk.put("weather.yaml", RAIN)
    assert (got.status, (desk.folder / "weather.yaml").read_text()) == (507, WEATHER)
    assert "No space left" in got.error["message"]
    assert sorted(each.name for each in desk.folder.iterdir()) == ["more", "weather.yaml"]


def test_cassettes_are_read_not_written(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/recorded", tmp_path / "recorded")
    desk = Desk(tmp_path, fixtures=(str(tmp_path / "recorded" / "weather.yaml"),))
    assert desk.ask("GET", "fixtures").json["files"] == []
    assert desk.put("recorded/weather.yaml", NEW).status == 409
    name = desk.names()[0]
    shown = desk.ask("GET", f"scenarios/{name}").json
    assert (shown["file"], shown["yaml"].startswith("# Recorded: ")) == (None, True)
    assert f"name: {name}" in shown["yaml"]


def test_masks_are_not_written_in_place_of_secrets(desk: Desk) -> None:
    key = "sk-ant-api03-" + "k" * 40
    path = desk.folder / "weather.yaml"
    path.write_text(f"scenarios:\n- name: keyed\n  when: {{headers: {{x-api-key: {key}}}}}\n  reply: {key}\n")
    shown = desk.ask("GET", "scenarios/keyed").json
    assert desk.mock.fixtures.scenarios.scenarios  # those loaded before: the file has changed
    assert shown["error"]["message"]
    assert desk.put("more/other.yml", NEW).status == 200
    assert desk.put("weather.yaml", "{name: calm, reply: x}").json["loaded"] is True
    shown = desk.ask("GET", "scenarios/keyed").json
    assert (shown["file"], key in str(shown), "masked" in shown["yaml"]) == (None, False, True)
    got = desk.put("weather.yaml", shown["yaml"])
    assert (got.status, key in path.read_text()) == (400, True)
    assert "masked" in got.error["problems"][0]["message"]
    assert key not in desk.ask("GET", "fixtures/weather.yaml").body.decode()
    assert key not in desk.ask("GET", "scenarios").body.decode()


def test_without_the_option_nothing_is_written(tmp_path: Path) -> None:
    desk = Desk(tmp_path, allow_edit="")
    got = desk.put("a.yaml", NEW)
    assert (got.status, "--allow-edit" in got.error["expected"]) == (403, True)
    assert desk.ask("GET", "fixtures").json == {"folder": None, "files": []}
    assert desk.ask("GET", "fixtures/a.yaml").status == 403


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"3", b"scenarios:\n", b"{}", b"[" * 2000, b"cassette: {}"])
def test_what_holds_no_scenario_is_refused(desk: Desk, body: bytes) -> None:
    assert desk.put("weather.yaml", body).status == 400
    assert desk.put("new.yaml", body).status == 400
    assert not (desk.folder / "new.yaml").exists()


def test_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_edit: there is no folder"):
        Desk(tmp_path, allow_edit=str(tmp_path / "gone"))
