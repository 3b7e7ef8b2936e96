"""The option that names a gateway: where it may stand, and what is told of a wrong one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver import MockServer, Settings, asgi_transport
from mockserver.cli.commands import main
from mockserver.records.errors import ScenarioError

WRONG = "language: fr\nkeys: {sk-a: nope}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MOCKSERVER_GATEWAY", raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "wrong.yaml").write_text(WRONG, "utf-8")
    (tmp_path / "right.yaml").write_text("language: en\n", "utf-8")


def invoke(*arguments: str, gateway: str | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments], env={"MOCKSERVER_GATEWAY": gateway})


def find_gateway(*arguments: str, gateway: str | None = None) -> tuple[str, str]:
    row = json.loads(invoke("config", "--json", *arguments, gateway=gateway).stdout)["options"]["gateway"]
    return row["value"], row["source"]


@pytest.mark.parametrize("command", ["serve", "run", "check"])
def test_wrong_preset_is_told_with_a_similar_one(command: str) -> None:
    done = invoke(command, "--gateway", "newapi", *(["--", "true"] if command == "run" else []))
    assert done.exit_code == 2
    assert 'Error: gateway: there is no preset "newapi" and no such file: did you mean "new-api"?' in done.output


def test_mistakes_of_the_file_stop_the_server() -> None:
    done = invoke("serve", "--gateway", "wrong.yaml")
    assert done.exit_code == 2
    assert done.output.splitlines() == [
        'wrong.yaml:1:11: language: expected zh or en, got "fr"',
        *[line for line in done.output.splitlines() if line.startswith('wrong.yaml:2:14: "nope" is no error')],
        "mockserver: 2 mistakes in the file of the gateway, not started",
    ]


def test_missing_file_stops_the_server() -> None:
    done = invoke("serve", "--gateway", "gone.yaml")
    assert done.exit_code == 2
    assert "gone.yaml:1:1: this file of a gateway cannot be read: No such file or directory" in done.output


def test_strict_profile_goes_with_no_gateway() -> None:
    done = invoke("serve", "--gateway", "new-api", "--profile", "anthropic")
    assert done.exit_code == 2
    assert "gateway: expected profile relay beside it, got 'anthropic'" in done.output


def test_check_tells_the_mistakes_of_a_gateway_beside_those_of_fixtures() -> None:
    Path("a.yaml").write_text("scenaros: []\n", "utf-8")
    done = invoke("check", "a.yaml", "--gateway", "wrong.yaml", "--format", "json")
    assert done.exit_code == 1
    assert [(row["file"], row["line"]) for row in json.loads(done.stdout)] == [
        ("a.yaml", 1),
        ("wrong.yaml", 1),
        ("wrong.yaml", 2),
    ]


@pytest.mark.parametrize("name", ["right.yaml", "new-api"])
def test_check_takes_a_gateway_alone(name: str) -> None:
    done = invoke("check", "--gateway", name)
    assert (done.exit_code, done.stdout) == (0, "")


def test_path_in_a_config_file_counts_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mockserver.yaml").write_text("gateway: right.yaml\n", "utf-8")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert find_gateway() == (str(tmp_path / "right.yaml"), "file")
    assert invoke("check").exit_code == 0
    assert find_gateway(gateway="one-api") == ("one-api", "environment")
    assert find_gateway("serve", "--gateway", "new-api", gateway="one-api") == ("new-api", "option")


def test_config_file_may_name_a_preset_and_nothing_else(tmp_path: Path) -> None:
    Path("mockserver.yaml").write_text("gateway: one-api\n", "utf-8")
    assert find_gateway() == ("one-api", "file")
    Path("mockserver.yaml").write_text("gateway: newapi\n", "utf-8")
    told = f'mockserver.yaml:1:10: there is no preset and no file "newapi"; relative paths count from {tmp_path}'
    assert told in invoke("check").output


def test_servers_in_python_take_names_and_paths(tmp_path: Path) -> None:
    for given in ("one-api", tmp_path / "right.yaml"):
        server = MockServer(gateway=given)
        assert server.mock.gateway is not None
        assert server.mock.gateway.name == Path(given).stem
    with pytest.raises(ScenarioError, match=r"wrong.yaml:1:11"):
        asgi_transport(gateway=tmp_path / "wrong.yaml")
    with pytest.raises(ValueError, match="there is no preset"):
        asgi_transport(gateway="newapi")
    with pytest.raises(ValueError, match="gateway: expected profile relay beside it, got 'anthropic'"):
        Settings(gateway="new-api", profile="anthropic")


def test_without_an_option_there_is_no_gateway() -> None:
    assert MockServer().mock.gateway is None
