"""The option --allow-edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli import console
from mockserver.cli.commands import main
from mockserver.records.settings import Settings


@pytest.mark.parametrize("command", [["serve"], ["run", "--", "true"]])
def test_folder_must_be_there(command: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [command[0], "--allow-edit", str(tmp_path / "gone"), *command[1:]])
    assert done.exit_code == 2
    assert "allow_edit: there is no folder" in done.output


def test_banner_says_what_may_be_written(tmp_path: Path) -> None:
    shown = console._make_banner("http://127.0.0.1:1", Settings(allow_edit=str(tmp_path)), 0, "127.0.0.1", "")
    assert f"scenario files in {tmp_path}" in shown
    assert "may write" not in console._make_banner("http://127.0.0.1:1", Settings(), 0, "127.0.0.1", "")
