"""The plugin's ini options and markers, and its messages about mistakes in them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.plugin.projects import QUIET, WEATHER, run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")


def test_marker_changes_settings_for_a_test(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
pytestmark = pytest.mark.messages_settings(unmatched="generate", check=[])

def test_module(messages_api):
    assert ask()

@pytest.mark.messages_settings(check=["used"])
def test_nearest_wins(messages_api):
    messages_api.reply("never")

@pytest.mark.messages_settings(validation="warn", check="valid")
def test_valid(messages_api):
    assert ask(extra_body={"temperature": 7})
""",
    )
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(
        ["*script 1 (test_it.py:*) gave 0 of 1 answers", "*the API refuses requests[[]0]*", "*temperature*"]
    )


@pytest.mark.parametrize(
    ("ini", "status"),
    [("", 404), ("messages_strict = false", 200), ("messages_profile = relay\nmessages_unmatched = generate", 200)],
)
def test_strictness_is_one_line_of_ini(project: pytest.Pytester, ini: str, status: int) -> None:
    project.makeini(f"[pytest]\nmessages_check =\n{ini}\n")
    result = run(
        project,
        f"""
import httpx2

def test_unknown_model(messages_api):
    body = {{"model": "claude-nobody", "max_tokens": 9, "messages": [{{"role": "user", "content": "Hi"}}]}}
    headers = {{"x-api-key": messages_api.api_key, "anthropic-version": "2023-06-01"}}
    answered = httpx2.post(messages_api.url + "/v1/messages", json=body, headers=headers)
    assert answered.status_code == {status}
    assert messages_api.requests[0].unmatched == ({status} == 200)
""",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "told"),
    [
        ("messages_strict = maybe", "messages_strict: invalid truth value 'maybe'"),
        ("messages_profile = lax", "messages_profile: expected relay or anthropic, got 'lax'"),
        (
            "messages_check = vald",
            "messages_check: there is no check 'vald'; there are unmatched, valid, used, answers, called",
        ),
        ("messages_gateway = new-ap", 'gateway: there is no preset "new-ap" and no such file: did you mean "new-api"?'),
        ("messages_gateway = gone.yaml", "*/gone.yaml:1:1: this file of a gateway cannot be read: *"),
        (
            "messages_gateway = new-api\nmessages_profile = anthropic",
            "messages_gateway: expected profile relay beside it, got 'anthropic'",
        ),
        ("messages_tool_use = twice", "messages_tool_use: expected asked or once or all or none, got 'twice'"),
        ("messages_fixtures = gone.yaml", "messages_fixtures: */gone.yaml:1:1: this file cannot be read: *"),
    ],
)
def test_wrong_setting_is_told(project: pytest.Pytester, ini: str, told: str) -> None:
    project.makeini(f"[pytest]\n{ini}\n")
    result = run(project, "def test_it(messages_api): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    assert "pytest_plugin.py" not in result.stdout.str()


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("messages_scenarios()", "expected paths of scenario files or folders, got nothing"),
        ("messages_scenarios(path='x')", "expected paths of scenario files or folders, got path='x'"),
        (
            "messages_settings([])",
            "expected any of unmatched=, validation=, pace=, tool_use=, batches=, check=, got [[]]",
        ),
        ("messages_settings(unmached='error')", "expected any of unmatched=, *, got unmached='error'"),
        (
            "messages_settings(check='vald')",
            "there is no check 'vald'; there are unmatched, valid, used, answers, called",
        ),
        ("messages_settings(tool_use='twice')", "tool_use: expected asked or once or all or none, got 'twice'"),
        ("messages_settings(unmatched='eror')", "unmatched: expected auto or error or generate, got 'eror'"),
        ("messages_settings(pace={'frist': 1})", '*"frist" is no key of *'),
    ],
)
def test_wrong_marker_is_told(project: pytest.Pytester, marker: str, told: str) -> None:
    result = run(project, f"@pytest.mark.{marker}\ndef test_it(messages_api): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"the marker {marker.partition('(')[0]}: {told}"])
    assert "pytest_plugin.py" not in result.stdout.str()


@pytest.mark.parametrize(
    "mistake",
    [
        "messages_api.reply(txet='Hi')",
        "messages_api.when(usr='x').reply('Hi')",
        "messages_api.fault('disconect')",
        "messages_api.configure(unmatched='eror')",
        "messages_api.check_at_end('vald')",
        "messages_api.load('gone.yaml')",
        "messages_api.assert_called(when={'usr': 'x'})",
    ],
)
def test_trace_of_a_mistake_ends_in_the_test(project: pytest.Pytester, mistake: str) -> None:
    result = run(project, f"def test_it(messages_api):\n    {mistake}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f">*{mistake}", "E *", "test_it.py:4: *Error"])
    assert "mockserver/testing" not in result.stdout.str()


def test_scenario_files_are_found(project: pytest.Pytester) -> None:
    """Beside the test, at the root, in the ini file; the marker nearest to the test comes first."""
    folder = project.mkpydir("deeper")
    (folder / "near.yaml").write_text(WEATHER.replace("Sunny", "Near"))
    project.makefile(".yaml", always="scenarios: [{name: always, reply: {text: Always.}}]")
    project.makeini("[pytest]\nmessages_fixtures = always.yaml\n")
    (folder / "test_files.py").write_text(
        """
import pytest
from asking import ask

pytestmark = pytest.mark.messages_scenarios("weather.yaml")

def test_root(messages_api):
    assert ask("weather") == "Sunny."
    assert ask("Hello") == "Always."

@pytest.mark.messages_scenarios("near.yaml")
def test_beside(messages_api):
    assert ask("weather") == "Near."

def test_load(messages_api):
    messages_api.load("near.yaml")
    assert ask("weather") == "Near."

@pytest.mark.messages_scenarios("nowhere.yaml")
def test_missing(messages_api):
    pass
"""
    )
    project.syspathinsert()
    result = project.runpytest(*QUIET, "deeper")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines([f"*nowhere.yaml:1:1: there is no such file or folder; looked in {folder}, *"])


def test_markers_and_options_are_declared(project: pytest.Pytester) -> None:
    result = project.runpytest(*QUIET, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.messages_scenarios(*paths)*", "@pytest.mark.messages_settings(*"])
    told = project.runpytest(*QUIET, "--fixtures").stdout.str()
    assert "messages_api" in told
    options = project.runpytest(*QUIET, "--help").stdout.str()
    assert "messages_strict (bool)" in options
    assert "messages_check (args)" in options


def test_prefixes_are_served(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_prefixes = /gateway\n")
    source = """
    import os

    def test_below_the_prefix(messages_api):
        messages_api.reply("Hi.")
        os.environ["ANTHROPIC_BASE_URL"] += "/gateway"
        assert ask() == "Hi."
    """
    run(project, dedent(source)).assert_outcomes(passed=1)


def test_wrong_prefix_is_told(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_prefixes = gateway\n")
    result = run(project, "def test_it(messages_api): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*messages_prefixes: expected a path such as /anthropic*"])


def test_claims_reach_back_over_many_requests(project: pytest.Pytester) -> None:
    source = """
import httpx2

def test_many(messages_api):
    messages_api.reply("Hello.")
    asked = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {"x-api-key": messages_api.api_key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(transport=messages_api.transport, headers=headers) as client:
        for _ in range(1001):
            client.post("http://mock/v1/messages", json=asked)
    messages_api.assert_called(1001)
"""
    run(project, source).assert_outcomes(passed=1)
