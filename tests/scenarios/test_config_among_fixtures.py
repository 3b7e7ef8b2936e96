"""The server's config file is no scenario file, wherever it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.scenarios import load

SCENARIOS = "scenarios: [{name: %s, reply: {text: Hi}}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario file and a config file."""
    (tmp_path / "one.yaml").write_text(SCENARIOS % "one")
    (tmp_path / "mockserver.yaml").write_text("fixtures: .\nport: 1\n")
    return tmp_path


def told(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load([path])
    return str(caught.value)


def test_folder_is_read_without_it(folder: Path) -> None:
    assert load([folder]).files == (str(folder / "one.yaml"),)


def test_pattern_does_not_find_it(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "all.yaml").write_text("include: ../*.yaml\n")
    assert str(folder / "below" / "mockserver.yaml") not in load([folder / "below" / "all.yaml"]).files
    assert len(load([folder / "below" / "all.yaml"]).scenarios) == 1


def test_naming_it_is_a_mistake(folder: Path) -> None:
    expected = (
        "mockserver.yaml:1:1: a file named mockserver.yaml holds the options of the server, so give scenario files"
    )
    assert expected in told(folder / "mockserver.yaml")
    (folder / "one.yaml").write_text("include: mockserver.yaml\n")
    assert expected in told(folder / "one.yaml")


@pytest.mark.parametrize(
    "text", [SCENARIOS % "lost", '"scenarios":\n- {name: lost, reply: Hi}\n', "x-a: 1\nscenarios : []"]
)
def test_scenarios_in_it_are_not_passed_over_in_silence(folder: Path, text: str) -> None:
    (folder / "mockserver.yaml").write_text(text)
    assert "this one holds scenarios" in told(folder)


def test_other_files_of_a_like_name_are_scenario_files(folder: Path) -> None:
    (folder / "my-mockserver.yaml").write_text(SCENARIOS % "two")
    (folder / "mockserver.yml").write_text(SCENARIOS % "three")
    assert len(load([folder]).scenarios) == 3
