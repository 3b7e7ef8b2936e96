"""The config file in tests: it applies, the ini file wins, and the header says which file it is."""

from __future__ import annotations

import pytest

from tests.plugin.projects import QUIET, run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

SETTINGS = """
def test_settings(messages_server):
    settings = messages_server.settings
    print("HELD", settings.profile, settings.unmatched, settings.validation, settings.seed, settings.prefixes)
"""
HELD = "HELD anthropic error strict 0 ()"


def held(project: pytest.Pytester, *arguments: str) -> str:
    result = run(project, SETTINGS, "-s", *arguments)
    result.assert_outcomes(passed=1)
    return next(line[line.index("HELD") :] for line in result.outlines if "HELD" in line)


@pytest.fixture
def project(project: pytest.Pytester) -> pytest.Pytester:
    """The same, in a repository of its own."""
    project.mkdir(".git")
    return project


@pytest.mark.parametrize(
    ("config", "ini", "holds"),
    [
        (None, "", "HELD anthropic error strict 0 ()"),
        ("seed: 3", "", "HELD anthropic error strict 3 ()"),
        ("profile: relay", "", "HELD relay error strict 0 ()"),
        ("profile: relay", "messages_strict = true", "HELD anthropic error strict 0 ()"),
        ("unmatched: error", "messages_strict = false", "HELD relay auto strict 0 ()"),
        ("profile: relay", "messages_profile = anthropic", "HELD anthropic error strict 0 ()"),
        ("validation: warn", "", "HELD anthropic error warn 0 ()"),
        ("validation: warn", "messages_validation = off", "HELD anthropic error off 0 ()"),
        ("prefixes: /a", "", "HELD anthropic error strict 0 ('/a',)"),
        ("prefixes: /a", "messages_prefixes = /b", "HELD anthropic error strict 0 ('/b',)"),
        ("serve: {profile: relay, seed: 4}", "", HELD),
        ("seed: 4\npytest: {seed: 5, unmatched: generate}", "", "HELD anthropic generate strict 5 ()"),
        (
            "api_keys: [sk-real]\nport: 1\nhost: 0.0.0.0\ncontrol_token: x\nreload: true\nssl_keyfile_password: x",
            "",
            HELD,
        ),
        ("profile: relay", "messages_config = none", HELD),
        ("profile: relay", "messages_config = other.yaml", "HELD anthropic error strict 9 ()"),
    ],
)
def test_ini_before_file_before_strictness(project: pytest.Pytester, config: str | None, ini: str, holds: str) -> None:
    project.makeini(f"[pytest]\n{ini}\n")
    project.makefile(".yaml", other="seed: 9")
    if config is not None:
        project.makefile(".yaml", mockserver=config)
    assert held(project) == holds


def test_variables_are_not_read(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_PROFILE", "relay")
    assert held(project) == HELD


def test_fixtures_of_the_file_are_served(project: pytest.Pytester) -> None:
    project.makefile(".yaml", mockserver="fixtures: weather.yaml")
    source = """
def test_weather(messages_api, monkeypatch, tmp_path):
    assert ask("weather") == "Sunny."
"""
    run(project, source).assert_outcomes(passed=1)
    project.makefile(".yaml", other="scenarios: [{name: other, reply: {text: Other.}}]")
    project.makeini("[pytest]\nmessages_fixtures = other.yaml\n")
    run(project, source.replace("Sunny", "Other")).assert_outcomes(passed=1)


def test_file_is_that_of_the_root_not_of_the_folder(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    project.makeini("[pytest]\n")
    project.makefile(".yaml", mockserver="seed: 3")
    below = project.mkdir("below")
    (below / "mockserver.yaml").write_text("seed: 4")
    monkeypatch.chdir(below)
    project.makepyfile(test_it=SETTINGS)
    result = project.runpytest(*QUIET, "-s", "-c", "../tox.ini", "--rootdir", str(project.path), "../test_it.py")
    result.stdout.fnmatch_lines([f"mockserver: options from {project.path}/mockserver.yaml *", "*HELD * 3 ()*"])


def test_header_names_the_file(project: pytest.Pytester) -> None:
    project.makepyfile(test_it="def test_it(): pass")
    assert "mockserver:" not in project.runpytest(*QUIET).stdout.str()
    project.makepyprojecttoml("[tool.mockserver]\nseed = 1\n[tool.pytest.ini_options]\n")
    project.runpytest(*QUIET).stdout.fnmatch_lines(
        [f"mockserver: options from {project.path}/pyproject.toml where the ini file has none"]
    )
    told = project.runpytest(*QUIET, "-o", "messages_config=none").stdout.str()
    assert "mockserver:" not in told


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("prot: 1", '*/mockserver.yaml:1:1: "prot" is no key of the config: did you mean "port"?'),
        ("fixtures: bad.yaml", "*/bad.yaml:1:*txet*"),
        ("pytest: {port: 1}", '*/mockserver.yaml:1:10: "port" is no key of pytest: *'),
    ],
)
def test_mistake_in_the_file_is_a_line(project: pytest.Pytester, config: str, told: str) -> None:
    project.makefile(".yaml", mockserver=config, bad="scenarios: [{name: x, reply: {txet: Hi}}]")
    result = run(project, "def test_it(messages_api): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert "pytest_plugin.py" not in result.stdout.str()


def test_mistake_matters_to_users_alone(project: pytest.Pytester) -> None:
    project.makefile(".yaml", mockserver="prot: 1")
    run(project, "def test_it(): pass\n").assert_outcomes(passed=1)


def test_named_file_must_be_there(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_config = gone.yaml\n")
    result = run(project, "def test_it(messages_api): pass\n")
    result.stdout.fnmatch_lines(["*/gone.yaml:1:1: this config file cannot be read: No such file or directory"])
