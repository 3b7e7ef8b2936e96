"""What the commands print holds no secret, and cannot steer a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver.cli import console, main
from mockserver.endpoints.fixtures import Fixtures
from mockserver.gateways.reading import load
from mockserver.records.settings import Settings
from mockserver.records.terminal import escape_text
from mockserver.scenarios.choosing import NO_SCENARIOS

KEY = "sk-ant-api03-AbCdEfGh-0123456789-wxyz"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A fixture with odd characters and a key in its mistakes, and in its name."""
    file = tmp_path / "a\x1b[2J\nforged,line=1.yaml"
    texts = (f"{KEY}", "a\x1b[2J\u202eb", "a\nforged")
    scenarios = [{"name": "a", "when": {text: 1}, "reply": {"text": "x"}} for text in texts]
    file.write_text(json.dumps({"scenarios": scenarios}))
    return file


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_problems_are_safe_to_print(broken: Path, form: str) -> None:
    result = CliRunner().invoke(main, ["check", "--format", form, str(broken)])
    assert result.exit_code == 1
    assert KEY not in result.output
    assert escape_text(result.output) == result.output
    assert not any(line.startswith("forged") for line in result.output.splitlines())
    if form == "json":
        assert all(row["file"] == str(broken) for row in json.loads(result.stdout))


def test_refusal_to_start_is_safe_to_print(broken: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "0", str(broken)])
    assert result.exit_code == 2
    assert KEY not in result.output
    assert escape_text(result.output) == result.output
    assert not any(line.startswith("forged") for line in result.output.splitlines())


def test_banner_is_safe_to_print(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(fixtures=("a\x1b[2J\nforged",), api_keys=(KEY,))
    shown = console._make_banner("http://127.0.0.1:1", settings, 1, "127.0.0.1", "")
    assert "a\\u001b[2J\\nforged" in shown
    assert "ANTHROPIC_API_KEY=sk-ant-…wxyz" in shown
    assert "OPENAI_BASE_URL=http://127.0.0.1:1/v1" in shown
    assert KEY not in shown
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("records", "words"), [(False, "a generated reply"), (True, "the upstream's answer")])
def test_banner_says_who_answers_what_no_scenario_fits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str, *, records: bool
) -> None:
    monkeypatch.setattr(console, "tune_collector", lambda: None)
    console.announce("http://x", Settings(), Fixtures(NO_SCENARIOS), host="x", token="", quiet=False, records=records)
    assert f"none fits: {words}" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "wires"), [("", "both"), ("new-api", "both"), ("one-api", "chat")])
def test_banner_names_the_wires_of_a_gateway(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, wires: str
) -> None:
    monkeypatch.setattr(console, "tune_collector", lambda: None)
    settings, gateway = Settings(gateway=name), load(name) if name else None
    console.announce("http://x", settings, Fixtures(NO_SCENARIOS), host="x", token="", quiet=False, gateway=gateway)
    shown = capsys.readouterr().err
    assert ("ANTHROPIC_BASE_URL=http://x" in shown) == ("ANTHROPIC_API_KEY" in shown) == (wires == "both")
    assert "OPENAI_BASE_URL=http://x/v1" in shown
