"""The config file beside the arguments of ``MockServer``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver import MockServer
from mockserver.records.errors import ScenarioError

TEXT = """
fixtures: one.yaml
profile: anthropic
control_token: that-of-the-file
port: 1
serve: {seed: 3}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "mockserver.yaml").write_text(TEXT)
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(f"scenarios: [{{name: {name}, reply: {{text: Hi}}}}]")


@pytest.mark.parametrize("config", [True, "mockserver.yaml", Path("mockserver.yaml")])
def test_options_of_the_file_hold(config: Any, tmp_path: Path) -> None:
    with MockServer(config=config) as server:
        assert server.settings.fixtures == (str(tmp_path / "one.yaml"),)
        assert (server.settings.profile, server.settings.seed) == ("anthropic", 0)
        assert server.control_token == "that-of-the-file"
        assert not server.url.endswith(":1")


@pytest.mark.parametrize("config", [None, False])
def test_it_is_read_only_when_asked_for(config: Any) -> None:
    assert MockServer(config=config).settings == MockServer().settings
    assert MockServer().settings.fixtures == ()


def test_arguments_win() -> None:
    server = MockServer("two.yaml", config=True, profile="relay", no_control_token=True)
    assert server.settings.fixtures == ("two.yaml",)
    assert (server.settings.profile, server.settings.control_token) == ("relay", "")


def test_there_need_be_none(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").unlink()
    assert MockServer(config=True).settings == MockServer().settings
    with pytest.raises(ScenarioError, match=r"^mockserver.yaml:1:1: this config file cannot be read"):
        MockServer(config="mockserver.yaml")


def test_examples_are_served_too(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("examples: true\nfixtures: one.yaml\n")
    assert len(MockServer(config=True).mock.fixtures.scenarios) > 100
    assert len(MockServer("two.yaml", config=True).mock.fixtures.scenarios) == 1
