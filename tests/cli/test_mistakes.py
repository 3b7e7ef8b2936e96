"""Mistakes around the command line that are told with what was meant: variables, and a command without its dashes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.commands import main
from mockserver.cli.variables import find_unknown, list_variables


def unknown(*names: str) -> list[str]:
    return list(find_unknown(dict.fromkeys(names, "secret-value"), list_variables(main)))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MOCKSERVER_PROFLE", "MOCKSERVER_PROFILE"),
        ("MOCKSERVER_API_KEYS", "MOCKSERVER_API_KEY"),
        ("MOCKSERVER_FIXTURE", "MOCKSERVER_FIXTURES"),
        ("MOCKSERVER_PREFIXES", "MOCKSERVER_PREFIX"),
        ("MOCKSERVER_profile", "MOCKSERVER_PROFILE"),
    ],
)
def test_unknown_variable_is_told_with_what_was_meant(name: str, meant: str) -> None:
    assert unknown(name) == [f"mockserver: there is no variable {name}; did you mean {meant}?"]


def test_variable_like_no_other_is_told_with_all_there_are() -> None:
    (line,) = unknown("MOCKSERVER_ZZZ")
    assert line.startswith("mockserver: there is no variable MOCKSERVER_ZZZ; known are MOCKSERVER_ACCEPT_BETA, ")
    assert "secret-value" not in line


@pytest.mark.parametrize(
    "name",
    [
        *sorted(list_variables(main)),
        "OTHER_PROFLE",
        # What Kubernetes and Docker add beside a service of this name.
        "MOCKSERVER_SERVICE_HOST",
        "MOCKSERVER_SERVICE_PORT",
        "MOCKSERVER_SERVICE_PORT_HTTP",
        "MOCKSERVER_PORT_8000_TCP",
        "MOCKSERVER_PORT_8000_TCP_ADDR",
        "MOCKSERVER_NAME",
    ],
)
def test_other_variables_are_no_mistakes(name: str) -> None:
    assert unknown(name) == []


def test_every_option_of_a_server_has_a_variable() -> None:
    assert {"MOCKSERVER_PROFILE", "MOCKSERVER_FIXTURES", "MOCKSERVER_EXAMPLES"} <= list_variables(main)


@pytest.mark.parametrize("command", [["serve", "--prefix", "wrong"], ["run", "--", "true"], ["check", "."]])
def test_commands_tell_of_unknown_variables(command: list[str]) -> None:
    told = CliRunner().invoke(main, command, env={"MOCKSERVER_PROFLE": "x"}).output
    assert "there is no variable MOCKSERVER_PROFLE; did you mean MOCKSERVER_PROFILE?" in told


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", *arguments])


@pytest.fixture
def fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("scenarios: []\n")
    return "a.yaml"


@pytest.mark.parametrize(
    ("before", "command", "line"),
    [
        ([], ["sh"], "mockserver run a.yaml -- sh"),
        ([], ["sh", "-x"], "mockserver run a.yaml -- sh …"),
        ([], ["sh", "a.yaml"], "mockserver run a.yaml -- sh …"),
        (["--api-key", "hidden-hidden"], ["sh"], "mockserver run … -- sh"),
    ],
)
def test_command_without_dashes_is_told_where_they_belong(
    fixture: str, before: list[str], command: list[str], line: str
) -> None:
    result = run(*before, fixture, *command)
    assert result.exit_code == 2
    assert f"The command belongs behind two dashes: {line}\n" in result.output
    assert "hidden-hidden" not in result.output


@pytest.mark.parametrize("arguments", [["a.yaml"], ["a.yaml", "no-such-program"], ["--profil", "x", "a.yaml"], []])
def test_other_mistakes_without_dashes_tell_of_them_too(fixture: str, arguments: list[str]) -> None:
    assert Path(fixture).exists()
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Write it behind two dashes: mockserver run fixtures/ -- pytest" in result.output


def test_mistakes_before_dashes_are_told_as_they_are(fixture: str) -> None:
    result = run(fixture, "none.yaml", "--", "true")
    assert result.exit_code == 2
    assert result.output.endswith("Path 'none.yaml' does not exist.\n")
