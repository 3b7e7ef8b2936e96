"""What the commands tell of models that retire."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli import console, main
from mockserver.records.settings import Settings
from mockserver.serving import assembly

FILE = """
scenarios:
  - when: {model: claude-sonnet-4-5}
    reply: Hi.
  - when: {model: claude-opus-5}
    reply: {text: Hi., model: claude-opus-4-5}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fixture, and the day on which claude-sonnet-4-5 retires."""
    monkeypatch.setattr(time, "time", lambda: 1_795_996_800.0)
    path = tmp_path / "file.yaml"
    path.write_text(FILE)
    return path


def test_check_warns_and_succeeds(file: Path) -> None:
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 0
    assert done.stdout.replace(str(file), "").splitlines() == [
        ':3:11: warning: claude-sonnet-4-5 retired on 2026-11-30: the API answers 404, "model: claude-sonnet-4-5"; '
        "use claude-sonnet-5-5",
        ":6:12: warning: claude-opus-4-5 retires on 2027-01-22: from then on the API answers 404; use claude-opus-5-5",
    ]
    assert done.stderr == "0 errors, 2 warnings\n"


@pytest.mark.parametrize(("form", "start"), [("github", "::warning file="), ("json", "[")])
def test_check_warns_in_every_form(file: Path, form: str, start: str) -> None:
    done = CliRunner().invoke(main, ["check", "--format", form, str(file)])
    assert (done.exit_code, done.stdout[: len(start)]) == (0, start)
    if form == "json":
        assert {row["level"] for row in json.loads(done.stdout)} == {"warning"}


def test_banner_names_models_that_retire(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings((str(file),))
    notices = assembly.build(settings).fixtures.list_retirements()
    assert [notice.split(":")[0] for notice in notices] == [
        "claude-opus-4-5 retires on 2027-01-22",
        "claude-sonnet-4-5 retired on 2026-11-30",
    ]
    shown = console._make_banner("http://127.0.0.1:1", settings, 2, "127.0.0.1", "", notices)
    assert all(notice in shown for notice in notices)
    assert "retir" not in console._make_banner("http://127.0.0.1:1", settings, 2, "127.0.0.1", "")
    assert capsys.readouterr() == ("", "")
