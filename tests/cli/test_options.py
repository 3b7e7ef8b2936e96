"""One table of options: the command line, the environment, the config file, ``mockserver config`` and the README."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from mockserver.cli.commands import main
from mockserver.records.option import Option
from mockserver.records.options import OPTIONS, options_of
from mockserver.records.settings import Settings, SettingWords
from tests.conftest import ROOT

KEY, TOKEN, PASSWORD = "sk-ant-api03-0123456789-wxyz", "a-token-nobody-knows", "open sesame"
# The options that are no settings: where a server listens, and what a command writes.
PLACES = {"host", "port", "workers", "quiet", "examples", "report", "junit", "html"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MOCKSERVER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


def show(*arguments: str, **variables: str) -> dict[str, Any]:
    """What ``mockserver config --json`` prints."""
    done = CliRunner().invoke(
        main, ["config", "--json", *arguments], env={f"MOCKSERVER_{k}": v for k, v in variables.items()}
    )
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def held(key: str, *arguments: str, **variables: str) -> tuple[Any, str]:
    row = show(*arguments, **variables)["options"][key]
    return row["value"], row["where"] or row["source"]


def refuse(*arguments: str, **variables: str) -> str:
    done = CliRunner().invoke(main, [*arguments], env={f"MOCKSERVER_{k}": v for k, v in variables.items()})
    assert done.exit_code == 2, done.output
    return done.output


def parameters(command: str) -> Iterator[tuple[Option, click.Parameter]]:
    given = {str(parameter.name): parameter for parameter in main.commands[command].params}
    assert given.keys() - {"config", "no_config"} == options_of(command).keys()
    return ((option, given[key]) for key, option in options_of(command).items())


@pytest.mark.parametrize("command", ["serve", "run"])
def test_command_line_is_the_table(command: str) -> None:
    for option, parameter in parameters(command):
        assert parameter.envvar == option.variable
        if not option.argument:
            assert f"--{option.name}" in parameter.opts
            assert parameter.default == option.default_for(command)


def test_settings_of_the_command_line_are_those_there_are() -> None:
    assert {*OPTIONS} - PLACES - {"fixtures"} <= {*SettingWords.__annotations__}
    defaults = Settings()
    assert {key: getattr(defaults, key) for key in {*OPTIONS} - PLACES} == {
        key: option.default for key, option in OPTIONS.items() if key not in PLACES
    }


def test_run_takes_what_serve_takes() -> None:
    assert options_of("serve").keys() - options_of("run").keys() == {"workers"}
    assert options_of("run").keys() - options_of("serve").keys() == {"report", "junit", "html"}


def test_readme_names_options_that_there_are() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`--[^|]+)) \| ([^|]+) \|", page, re.MULTILINE)
    named = [name for first, _ in rows for name in re.findall(r"`--([\w-]+)`", first)]
    known = {option.name: option for option in OPTIONS.values()}
    assert len(named) > 10
    assert {*named} <= {*known}
    simple = {re.findall(r"`--([\w-]+)`", first)[0]: default.strip("` ") for first, default in rows if "," not in first}
    assert {name: default for name, default in simple.items() if default in ("off", "relay", "auto", "strict")} == {
        "examples": "off",
        "profile": "relay",
        "unmatched": "auto",
        "validation": "strict",
        "reload": "off",
    }
    for name, default in simple.items():
        if isinstance(known[name].default, int | str) and known[name].default:
            assert default == str(known[name].default), name


def test_option_before_variable_before_file_before_default(tmp_path: Path) -> None:
    assert held("seed") == (0, "default")
    (tmp_path / "mockserver.yaml").write_text("host: ::1\nseed: 1\n")
    assert held("seed") == (1, "mockserver.yaml:2:1")
    assert held("seed", SEED="2") == (2, "environment MOCKSERVER_SEED")
    assert held("seed", "--seed", "3", SEED="2") == (3, "option --seed")
    assert held("seed", "--no-config") == (0, "default")
    assert held("seed", NO_CONFIG="1") == (0, "default")


def test_lists_and_fixtures_are_replaced(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "mockserver.yaml").write_text("fixtures: one\nprefixes: [/a, /b]\n")
    assert held("fixtures") == (["one"], "mockserver.yaml:1:1")
    assert held("fixtures", "two") == (["two"], "argument")
    assert held("fixtures", FIXTURES=os.pathsep.join(["two", "one"])) == (
        ["two", "one"],
        "environment MOCKSERVER_FIXTURES",
    )
    assert held("prefixes") == (["/a", "/b"], "mockserver.yaml:2:1")
    assert held("prefixes", "--prefix", "/c") == (["/c"], "option --prefix")


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if option.default is False and option.off])
def test_flags_of_the_file_can_be_switched_off(tmp_path: Path, key: str) -> None:
    (tmp_path / "mockserver.yaml").write_text(f"{key}: true\n")
    assert held(key) == (True, "mockserver.yaml:1:1")
    flag = f"--no-{OPTIONS[key].name}"
    assert held(key, flag) == (False, f"option {flag}")


def test_commands_differ_where_the_file_says_so(tmp_path: Path) -> None:
    assert [held("port", command)[0] for command in ("serve", "run")] == [8000, 0]
    (tmp_path / "mockserver.yaml").write_text("port: 1\nserve: {port: 2}\nworkers: 3\n")
    assert [held("port", command)[0] for command in ("serve", "run")] == [2, 1]
    assert held("workers") == (3, "mockserver.yaml:3:1")
    assert "workers" not in show("run")["options"]


def test_other_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("seed: 1\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "other.yaml").write_text("seed: 2\nfixtures: .\n")
    assert held("seed", "--config", "below/other.yaml") == (2, "below/other.yaml:1:1")
    assert held("fixtures", CONFIG="below/other.yaml")[0] == ["below"]
    assert held("seed", "--no-config", CONFIG="below/other.yaml") == (0, "default")
    assert held("seed", "--config", "below/other.yaml", NO_CONFIG="1")[0] == 2
    for given in (("--config", "below/other.yaml", "--no-config"), ("--no-config", "--config", "below/other.yaml")):
        assert "--config and --no-config: give one of them." in refuse("serve", *given)
    assert "gone.yaml:1:1: this config file cannot be read: No such file" in refuse("serve", "--config", "gone.yaml")


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    text = f"api_keys: [{KEY}]\ncontrol_token: {TOKEN}\nssl_keyfile_password: {PASSWORD}\n"
    (tmp_path / "mockserver.yaml").write_text(text)
    for output in (json.dumps(show()), CliRunner().invoke(main, ["config"]).output):
        assert not any(secret in output for secret in (KEY, TOKEN, PASSWORD))
    options = show()["options"]
    assert [options[key]["value"] for key in ("api_keys", "control_token", "ssl_keyfile_password")] == [
        ["sk-ant-…wxyz"],
        "***",
        "***",
    ]


def test_people_read_columns(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("profile: anthropic\n")
    lines = CliRunner().invoke(main, ["config", "run", "--pace", "realtime"]).output.splitlines()
    assert lines[0] == "# run, with config file mockserver.yaml"
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:]}
    assert rows["profile"] == ["anthropic", "mockserver.yaml:1:1"]
    assert rows["pace"] == ["realtime", "option", "--pace"]
    assert rows["reload"] == ["false", "default"]
    assert len(lines) == 1 + len(options_of("run"))
    assert CliRunner().invoke(main, ["config", "--no-config"]).output.startswith("# serve, with no config file\n")


def test_page_shows_what_config_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "config.md").read_text("utf-8")
    file, shown = (
        re.findall(rf"^```{kind}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[0] for kind in ("yaml", "console")
    )
    (tmp_path / "mockserver.yaml").write_text(file)
    (tmp_path / "scenarios").mkdir()
    command, *lines, end = shown.splitlines()
    _, variable, _, *arguments = command.split()
    name, _, value = variable.partition("=")
    printed = CliRunner().invoke(main, arguments, env={name: value}).output.splitlines()
    assert (printed[: len(lines)], end) == (lines, "…")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "x"], "Invalid value for '--port'"),
        (["--prot", "1"], "No such option"),
        (["--prefix", "/v1"], "prefixes: expected a path"),
        (["gone"], "'gone' does not exist"),
    ],
)
def test_mistakes_of_the_command_line_are_those_of_the_command(arguments: list[str], told: str) -> None:
    assert told in refuse("config", *arguments)


@pytest.mark.parametrize("command", ["serve", "run", "config", "check"])
def test_mistake_in_the_file_stops_every_command(tmp_path: Path, command: str) -> None:
    (tmp_path / "mockserver.yaml").write_text("prot: 1\nseed: x\n")
    told = refuse(command, *(["--", "true"] if command == "run" else []))
    assert 'mockserver.yaml:1:1: "prot" is no key of the config: did you mean "port"?' in told
    assert 'mockserver.yaml:2:7: seed: expected a whole number, got "x"' in told
    assert "mockserver: 2 mistakes in the config file, not started" in told


@pytest.mark.parametrize("columns", ["80", "66"])
def test_the_list_of_commands_cuts_no_sentence(columns: str) -> None:
    text = CliRunner().invoke(main, ["--help"], env={"COLUMNS": columns}).output.partition("Commands:\n")[2]
    rows = [line.split(maxsplit=1) for line in text.splitlines()]
    assert [name for name, _ in rows] == sorted(main.commands)
    assert all(re.fullmatch(r"[A-Z].*[^.]\.", sentence) for _, sentence in rows), text


def test_help_and_other_commands_need_no_file(tmp_path: Path) -> None:
    (tmp_path / "mockserver.yaml").write_text("prot: 1\n")
    for arguments in (["serve", "--help"], ["--version"], ["serve", "--no-config", "--help"]):
        assert CliRunner().invoke(main, arguments).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "variables", "holds"),
    [
        (["--no-control-token"], {"CONTROL_TOKEN": TOKEN}, ("", True)),
        (["--control-token", "x"], {"NO_CONTROL_TOKEN": "1"}, ("***", False)),
        ([], {"NO_CONTROL_TOKEN": "1"}, ("", True)),
        ([], {}, ("***", False)),
        (["run"], {}, ("", False)),
        (["run", "--host", "0.0.0.0"], {}, ("***", False)),  # noqa: S104
        (["run", "--control-token", "x"], {}, ("***", False)),
    ],
)
def test_nearer_of_two_that_contradict_wins(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], holds: tuple[str, bool]
) -> None:
    (tmp_path / "mockserver.yaml").write_text("control_token: that-of-the-file\n")
    options = show(*arguments, **variables)["options"]
    assert (options["control_token"]["value"], options["no_control_token"]["value"]) == holds


def test_command_of_run_is_left_alone() -> None:
    assert held("port", "run", "--port", "1", "--", "npm", "--port", "2") == (1, "option --port")


def test_both_at_once_are_a_mistake() -> None:
    assert "leave one out" in refuse("config", "--control-token", "x", "--no-control-token")


def test_check_looks_at_the_fixtures_of_the_file(tmp_path: Path) -> None:
    assert "Missing argument 'FIXTURES...'" in refuse("check")
    (tmp_path / "bad.yaml").write_text("scenarios: [{name: x, reply: {txet: hello}}]")
    (tmp_path / "mockserver.yaml").write_text("fixtures: bad.yaml\n")
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 1
    assert done.stdout.startswith("bad.yaml:1:")


def test_what_stands_behind_the_dashes_is_looked_at_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios: []")
    assert held("fixtures", "serve", "--", "a.yaml") == (["a.yaml"], "argument")
    assert "Path 'nofile' does not exist" in refuse("config", "serve", "--", "nofile")
    # Of run it is the command.
    assert held("fixtures", "run", "a.yaml", "--", "nofile") == (["a.yaml"], "argument")
