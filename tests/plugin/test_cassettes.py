"""The marker ``messages_cassette`` replays the file of a test, and tells what is missing and what was not used."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cassettes.written import write_cassette
from tests.plugin.projects import QUIET, run
from tests.recordings.planting import FORMED

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")
MARKED = "@pytest.mark.messages_cassette\n"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def cassette(project: pytest.Pytester, name: str, *turns: tuple[str, str | list[str]]) -> Path:
    return write_cassette(project.path / "cassettes" / name, turns)


def test_test_is_answered_from_its_own_file(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."))
    result = run(project, f"{MARKED}def test_hi():\n    assert ask('Hi') == 'Recorded.'")
    result.assert_outcomes(passed=1)
    assert "unplayed" not in result.stdout.str()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (
            "class TestIt:\n    @pytest.mark.messages_cassette\n    def test_hi(self):\n        ask('Hi')",
            "TestIt.test_hi",
        ),
        ("pytestmark = pytest.mark.messages_cassette\ndef test_hi():\n    ask('Hi')", "test_hi"),
        (
            "@pytest.mark.messages_cassette\nclass TestIt:\n    class TestIn:\n        def test_hi(self):\n"
            "            ask('Hi')",
            "TestIt.TestIn.test_hi",
        ),
        (
            "import unittest\n@CASSETTE\nclass TestIt(unittest.TestCase):\n    def test_hi(self):\n        ask('Hi')",
            "TestIt.test_hi",
        ),
        (f"@pytest.mark.parametrize('a', ['x'])\n{MARKED}def test_hi(a):\n    ask('Hi')", "test_hi-x"),
        (f"{MARKED}@pytest.mark.asyncio\nasync def test_hi():\n    ask('Hi')", "test_hi"),
        ("@pytest.mark.messages_cassette('other/named.yaml')\ndef test_hi():\n    ask('Hi')", "../other/named"),
    ],
)
def test_file_is_named_by_the_test(project: pytest.Pytester, source: str, name: str) -> None:
    cassette(project, f"test_it/{name}.yaml" if not name.startswith("..") else f"{name}.yaml", ("Hi", "Recorded."))
    run(project, f"CASSETTE = pytest.mark.messages_cassette\n{source}").assert_outcomes(passed=1)


def test_parameters_that_look_alike_have_files_of_their_own(project: pytest.Pytester) -> None:
    source = (
        "@pytest.mark.parametrize('a', ['x/y', 'x:y', 'x::y', 'x.y', 'X', 'x'])\n"
        + MARKED
        + "def test_hi(a):\n    ask('Hi')"
    )
    lines = [line for line in run(project, source).stdout.str().splitlines() if line.startswith("test_it")]
    files = {line.split("has no cassette ")[1].split(": run")[0] for line in lines if "has no cassette" in line}
    assert len({file.lower() for file in files}) == 6
    assert {"cassettes/test_it/test_hi-x.yaml", "cassettes/test_it/test_hi-x.y.yaml"} < files


def test_secrets_of_parameters_are_in_no_name_of_a_file(project: pytest.Pytester) -> None:
    secrets = [FORMED["key of the API"], FORMED["e-mail"], FORMED["workspace"], "ACME-4711", "ACME-4712"]
    mark = f"@pytest.mark.parametrize('a', {secrets})\n@pytest.mark.messages_cassette(redact='ACME-[0-9]+')\n"
    lines = run(project, f"{mark}def test_hi(a):\n    ask('Hi')").stdout.str().splitlines()
    files = {line.split("has no cassette ")[1].split(": run")[0] for line in lines if "has no cassette" in line}
    assert len(files) == 5
    assert sorted(file.rpartition("-")[0] for file in files) == [
        f"cassettes/test_it/test_hi-{name}"
        for name in ("_redacted_", "_redacted_", "_secret_", "redacted_example.com", f"wrkspc_{'0' * 24}")
    ]


def test_missing_cassette_is_told_in_one_sentence(project: pytest.Pytester) -> None:
    result = run(project, f"{MARKED}def test_hi():\n    ask('Hi')")
    result.assert_outcomes(failed=1)
    told = (
        "test_it.py::test_hi has no cassette cassettes/test_it/test_hi.yaml: "
        "run `pytest --messages-record=once test_it.py::test_hi` with ANTHROPIC_API_KEY set."
    )
    assert told in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert "NotFoundError" not in result.stdout.str()


def test_swallowed_error_of_a_missing_cassette_fails_the_test(project: pytest.Pytester) -> None:
    source = "try:\n        ask('Hi')\n    except Exception:\n        pass"
    result = run(project, f"{MARKED}def test_hi():\n    {source}")
    assert "has no cassette" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_test_that_asks_nothing_needs_no_cassette(project: pytest.Pytester) -> None:
    run(project, f"{MARKED}def test_hi():\n    pass").assert_outcomes(passed=1)


def test_test_whose_scripts_answer_all_needs_no_cassette(project: pytest.Pytester) -> None:
    source = "    messages_api.reply('Scripted.')\n    assert ask('Hi') == 'Scripted.'"
    run(project, f"{MARKED}def test_hi(messages_api):\n{source}").assert_outcomes(passed=1)


def test_missing_turn_says_what_to_run(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."))
    result = run(project, f"{MARKED}def test_hi():\n    ask('Hello')")
    result.assert_outcomes(failed=1)
    assert "pytest --messages-record=new_episodes test_it.py::test_hi" in result.stdout.str()


def test_recording_without_a_key_is_told(project: pytest.Pytester) -> None:
    result = run(project, f"{MARKED}def test_hi():\n    ask('Hi')", "--messages-record=once")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py::test_hi has no cassette * and none can be recorded: *ANTHROPIC_API_KEY*"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("('a.yaml', 'b.yaml')", "expected a path and any of match="),
        ("(mode='once')", "expected a path and any of match="),
        ("(replay='fast')", "replay: expected content or paced or exact, got 'fast'"),
        ("(match={'ignored': []})", "match: expected a mapping with ignore or volatile"),
        ("(match={'ignore': ['id']})", "match: ignore: expected"),
        ("(match={'ignore': 'id'})", "match: ignore: expected betas or * got 'id'"),
        ("(match={'volatile': 7})", "volatile: expected a text or a list of texts, got 7"),
        ("(match={'volatile': ['(']})", "volatile: /(/ is no regular expression: missing )"),
        ("(redact=7)", "redact: expected a text or a list of texts, got 7"),
        ("(redact='(')", "redact: /(/ is no regular expression: missing )"),
        ("(record='twice')", "record: expected"),
    ],
)
def test_mistakes_in_the_marker_are_told(project: pytest.Pytester, marker: str, told: str) -> None:
    result = run(
        project, f"@pytest.mark.messages_cassette{marker}\ndef test_hi():\n    ask('Hi')", "--messages-record=none"
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"the marker messages_cassette: {told}*"])


def test_mode_of_the_ini_file_is_checked(project: pytest.Pytester) -> None:
    result = run(project, f"{MARKED}def test_hi():\n    ask('Hi')", "-o", "messages_record=onec")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: messages_record: expected once or new_episodes or all or none, got 'onec'"])


def test_markers_of_the_test_win_over_the_cassette(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."))
    source = f"{MARKED}@pytest.mark.messages_settings(unmatched='generate')\ndef test_hi():\n    ask('Hello')"
    run(project, source).assert_outcomes(passed=1)


def test_reset_keeps_the_cassette(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."))
    source = (
        f"{MARKED}def test_hi(messages_api):\n    assert ask('Hi') == 'Recorded.'\n    messages_api.reset()\n"
        "    assert ask('Hi') == 'Recorded.'\n    ask('Bye')"
    )
    result = run(project, source)
    result.assert_outcomes(failed=1)
    assert "--messages-record=new_episodes test_it.py::test_hi" in result.stdout.str()


def test_unplayed_turns_are_told(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."), ("Bye", "Gone."), ("So", ["1", "2"]))
    source = f"{MARKED}def test_hi():\n    ask('Hi')\n    ask('So')"
    result = run(project, source)
    result.assert_outcomes(passed=1)
    told = "unplayed turns: cassettes/test_it/test_hi.yaml: test_hi-2, test_hi-3 (1 of 2 answers)"
    assert told in result.stdout.str()
    strict = project.runpytest(*QUIET, "--strict-cassettes")
    assert strict.ret == pytest.ExitCode.TESTS_FAILED
    assert project.runpytest(*QUIET, "-o", "messages_strict_cassettes=true").ret == pytest.ExitCode.TESTS_FAILED


def test_turns_of_a_failed_test_are_not_judged(project: pytest.Pytester) -> None:
    cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."), ("Bye", "Gone."))
    assert "unplayed" not in run(project, f"{MARKED}def test_hi():\n    assert not ask('Hi')").stdout.str()


def test_file_of_two_tests_is_judged_by_both(project: pytest.Pytester) -> None:
    cassette(project, "both.yaml", ("Hi", "Recorded."), ("Bye", "Gone."))
    marker = "@pytest.mark.messages_cassette('cassettes/both.yaml')\n"
    source = f"{marker}def test_hi():\n    ask('Hi')\n{marker}def test_bye():\n    ask('Bye')"
    result = run(project, source)
    result.assert_outcomes(passed=2)
    assert "unplayed" not in result.stdout.str()
    assert "unplayed" not in project.runpytest(*QUIET, "-k", "hi").stdout.str()


def test_files_that_no_test_uses_are_told(project: pytest.Pytester) -> None:
    used = cassette(project, "test_it/test_hi.yaml", ("Hi", "Recorded."))
    for name in ("test_it/test_old.yaml", "test_gone/test_x.yaml", "free.yaml", ".hidden.yaml"):
        cassette(project, name, ("Hi", "Recorded."))
    source = f"{MARKED}def test_hi():\n    ask('Hi')"
    output = run(project, source).stdout.str()
    told = [line for line in output.splitlines() if line.startswith("no test uses")]
    names = ("free", "test_gone/test_x", "test_it/test_old")
    assert told == [f"no test uses cassettes/{name}.yaml" for name in names]
    assert "no test uses" not in project.runpytest(*QUIET, "test_it.py::test_hi").stdout.str()
    assert "test_old" in project.runpytest(*QUIET, "test_it.py").stdout.str()
    assert "test_gone" not in project.runpytest(*QUIET, "test_it.py").stdout.str()
    assert used.exists()


def test_folders_of_tests_may_share_one_of_cassettes(project: pytest.Pytester) -> None:
    for name in ("test_one/test_hi.yaml", "test_two/test_hi.yaml", "test_gone/test_hi.yaml"):
        cassette(project, name, ("Hi", "Recorded."))
    for folder in ("one", "two"):
        source = f"import pytest\nfrom asking import ask\n{MARKED}def test_hi():\n    ask('Hi')"
        project.mkdir(folder).joinpath(f"test_{folder}.py").write_text(source)
    result = project.runpytest(*QUIET, "-o", "messages_cassettes=../cassettes", "-o", "pythonpath=.")
    result.assert_outcomes(passed=2)
    told = [line for line in result.stdout.lines if line.startswith("no test uses")]
    assert told == ["no test uses cassettes/test_gone/test_hi.yaml"]


def test_files_that_tests_load_themselves_are_used(project: pytest.Pytester) -> None:
    for name in ("free.yaml", "loaded.yaml", "test_it/test_hi.yaml"):
        cassette(project, name, ("Hi", "Recorded."))
    source = (
        f"{MARKED}def test_hi():\n    ask('Hi')\n"
        "def test_free(messages_api):\n    with messages_api.cassette('cassettes/free.yaml'):\n        ask('Hi')\n"
        "@pytest.mark.messages_scenarios('cassettes/loaded.yaml')\ndef test_loaded(messages_api):\n    ask('Hi')\n"
    )
    result = run(project, source, "--strict-cassettes")
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.OK


def test_workers_tell_together(project: pytest.Pytester) -> None:
    cassette(project, "both.yaml", ("Hi", "Recorded."), ("Bye", "Gone."), ("So", "Never."))
    marker = "@pytest.mark.messages_cassette('cassettes/both.yaml')\n"
    source = f"{marker}def test_hi():\n    ask('Hi')\n{marker}def test_bye():\n    ask('Bye')"
    project.makepyfile(test_it=f"import pytest\nfrom asking import ask\n{source}")
    arguments = [*QUIET, "-n", "2", "--strict-cassettes"]
    arguments[arguments.index("no:xdist")] = "no:randomly"
    result = project.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=2)
    assert "unplayed turns: cassettes/both.yaml: both-3" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
