"""``--messages-record``: tests with the marker ``messages_cassette`` record an upstream, once, what is new, or anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.testing.server import MockServer
from tests.plugin.projects import QUIET, run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")
MARKED = "@pytest.mark.messages_cassette\n"
KEY = "sk-ant-api03-upstream-secret"
HI = f"{MARKED}def test_hi():\n    assert ask('Hi') == 'First.'"

AGAIN = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    from _pytest.runner import runtestprotocol
    runtestprotocol(item, nextitem=None, log=False)
    item._initrequest()
"""


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    """A server that answers differently each time, and takes one key alone."""
    for name in ("CI", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with MockServer(api_keys=(KEY,), unmatched="error") as server:
        server.scripts.when(user="Hi").calls(["First.", "Second.", "Third."])
        server.scripts.when(user="Bye").reply("Gone.")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        yield server


def received(upstream: MockServer) -> int:
    return upstream.mock.journal.received()


def read(project: pytest.Pytester, name: str = "test_hi") -> str:
    return (project.path / "cassettes" / "test_it" / f"{name}.yaml").read_text()


def test_once_records_and_replays(project: pytest.Pytester, upstream: MockServer) -> None:
    result = run(project, HI, "--messages-record=once")
    result.assert_outcomes(passed=1)
    assert "recorded: cassettes/test_it/test_hi.yaml" in result.stdout.str()
    assert "First." in read(project)
    for arguments in ([], ["--messages-record=once"], ["--messages-record=new_episodes"], ["--messages-record=none"]):
        again = project.runpytest(*QUIET, "--strict-cassettes", *arguments)
        again.assert_outcomes(passed=1)
        assert again.ret == pytest.ExitCode.OK
    assert received(upstream) == 1
    written = b"".join(path.read_bytes() for path in (project.path / "cassettes").rglob("*") if path.is_file())
    assert KEY.encode() not in written


def test_once_records_nothing_that_is_new(project: pytest.Pytester, upstream: MockServer) -> None:
    run(project, HI, "--messages-record=once").assert_outcomes(passed=1)
    result = run(project, f"{HI}\n    ask('Bye')", "--messages-record=once")
    result.assert_outcomes(failed=1)
    assert "--messages-record=new_episodes" in result.stdout.str()
    assert received(upstream) == 1


def test_new_episodes_adds_what_is_new(project: pytest.Pytester, upstream: MockServer) -> None:
    run(project, HI, "--messages-record=once").assert_outcomes(passed=1)
    before = read(project)
    source = f"{HI}\n    assert ask('Bye') == 'Gone.'"
    run(project, source, "--messages-record=new_episodes").assert_outcomes(passed=1)
    # But for the time of the newest exchange.
    assert read(project).partition("match:")[2].startswith(before.partition("match:")[2])
    project.runpytest(*QUIET, "--strict-cassettes").assert_outcomes(passed=1)
    assert received(upstream) == 2


def test_all_records_anew_when_the_test_passes(project: pytest.Pytester, upstream: MockServer) -> None:
    run(project, HI, "--messages-record=all").assert_outcomes(passed=1)
    before = read(project)
    result = project.runpytest(*QUIET, "--messages-record=all")
    result.assert_outcomes(failed=1)  # it got the second answer
    assert (
        "not recorded anew, since test_it.py::test_hi did not pass: cassettes/test_it/test_hi.yaml"
        in result.stdout.str()
    )
    assert read(project) == before
    run(project, HI.replace("First", "Third"), "--messages-record=all").assert_outcomes(passed=1)
    assert "Third." in read(project)
    assert "First." not in read(project)
    assert received(upstream) == 3


def test_all_without_a_key_does_not_say_that_there_is_no_file(
    project: pytest.Pytester, upstream: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project, HI, "--messages-record=once").assert_outcomes(passed=1)
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    result = project.runpytest(*QUIET, "--messages-record=all")
    result.assert_outcomes(failed=1)
    told = "test_it.py::test_hi cannot record cassettes/test_it/test_hi.yaml: *ANTHROPIC_API_KEY*"
    result.stdout.fnmatch_lines([told])
    assert received(upstream) == 1


def test_folder_is_not_recorded(project: pytest.Pytester, upstream: MockServer) -> None:
    project.mkdir("there")
    source = HI.replace("cassette\n", "cassette('there')\n")
    result = run(project, source, "--messages-record=once")
    result.assert_outcomes(failed=1)
    assert "record: " in result.stdout.str()
    assert "there is a folder" in result.stdout.str()
    assert received(upstream) == 0


def test_file_beside_one_that_cannot_be_added_to_is_told(project: pytest.Pytester, upstream: MockServer) -> None:
    project.mkdir("cassettes").joinpath("test_it").mkdir()
    project.path.joinpath("cassettes/test_it/test_hi.yaml").write_text("")
    result = run(project, HI, "--messages-record=new_episodes", "--strict-cassettes")
    result.assert_outcomes(passed=1)
    assert "recorded: cassettes/test_it/test_hi-2.yaml" in result.stdout.str()
    assert "no test uses" not in result.stdout.str()
    assert received(upstream) == 1


def test_failed_test_is_recorded_where_there_was_nothing(project: pytest.Pytester, upstream: MockServer) -> None:
    run(project, HI.replace("First", "Other"), "--messages-record=once").assert_outcomes(failed=1)
    run(project, HI).assert_outcomes(passed=1)
    assert received(upstream) == 1


@pytest.mark.parametrize("keeps", [False, True])
def test_errors_that_are_not_recorded_are_told(project: pytest.Pytester, upstream: MockServer, *, keeps: bool) -> None:
    upstream.scripts.when(user="Oops").error("invalid_request_error")
    project.path.joinpath("mockserver.yaml").write_text(f"record_errors: {str(keeps).lower()}")
    source = f"{MARKED}def test_oops():\n    with pytest.raises(Exception):\n        ask('Oops')"
    result = run(project, source, "--messages-record=once")
    result.assert_outcomes(passed=1)
    told = "cassettes/test_it/test_oops.yaml: 1 not recorded (status 400); record_errors in the config file"
    assert (told in result.stdout.str()) != keeps
    assert (project.runpytest(*QUIET).ret == pytest.ExitCode.OK) == keeps


def test_repeated_requests_become_calls(project: pytest.Pytester, upstream: MockServer) -> None:
    source = f"{HI}\n    assert ask('Hi') == 'Second.'"
    run(project, source, "--messages-record=once").assert_outcomes(passed=1)
    assert "calls:" in read(project)
    project.runpytest(*QUIET, "--strict-cassettes").assert_outcomes(passed=1)
    assert received(upstream) == 2


@pytest.mark.parametrize(
    ("arguments", "ci", "recorded"),
    [
        ([], "", 0),
        (["-o", "messages_record=once"], "", 1),
        (["-o", "messages_record=once"], "true", 0),
        (["-o", "messages_record=once"], "false", 1),
        (["--messages-record=once"], "true", 1),
        (["-o", "messages_record=once", "--messages-record=none"], "", 0),
    ],
)
def test_mode_comes_from_the_nearest(
    project: pytest.Pytester,
    upstream: MockServer,
    arguments: list[str],
    ci: str,
    recorded: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", ci)
    run(project, HI, *arguments)
    assert received(upstream) == recorded


def test_marker_says_that_nothing_is_recorded(project: pytest.Pytester, upstream: MockServer) -> None:
    source = HI.replace("cassette", "cassette(record='none')")
    result = run(project, source, "--messages-record=all")
    assert "has no cassette" in result.stdout.str()
    assert received(upstream) == 0


def test_two_tests_do_not_record_one_file(project: pytest.Pytester, upstream: MockServer) -> None:
    named = "@pytest.mark.messages_cassette('both.yaml'{})\n"
    one, other = f"{named.format('')}def test_hi():\n    ask('Hi')\n", "def test_again():\n    ask('Hi')\n"
    result = run(project, f"{one}{named.format('')}{other}", "--messages-record=once")
    result.assert_outcomes(errors=2)
    assert "both.yaml would be recorded by test_it.py::test_again and test_it.py::test_hi" in result.stdout.str()
    reader = named.format(", record='none'")
    run(project, f"{one}{reader}{other}", "--messages-record=once").assert_outcomes(passed=2)
    run(project, f"{one}{named.format('')}{other}").assert_outcomes(passed=2)
    assert received(upstream) == 1


@pytest.mark.usefixtures("upstream")
def test_words_of_the_marker_are_written(project: pytest.Pytester) -> None:
    words = "match={'ignore': ['ids', 'system']}, redact='(?i)first'"
    source = HI.replace("cassette", f"cassette({words})").replace("== 'First.'", "")
    run(project, source, "--messages-record=once").assert_outcomes(passed=1)
    assert "First" not in read(project)
    assert "system" in read(project)
    run(project, source).assert_outcomes(passed=1)


def test_upstream_of_the_ini_file_is_recorded(
    project: pytest.Pytester, upstream: MockServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_BASE_URL")
    run(project, HI, "--messages-record=once", "-o", f"messages_upstream={upstream.url}").assert_outcomes(passed=1)
    assert received(upstream) == 1


def test_clients_keep_their_key_where_it_is_forwarded(project: pytest.Pytester, upstream: MockServer) -> None:
    project.makefile(".yaml", mockserver=f"pytest: {{forward_auth: true, upstream: '{upstream.url}'}}")
    source = f"import os\n{HI}\n    assert os.environ['ANTHROPIC_API_KEY'] == '{KEY}'"
    run(project, source, "--messages-record=once").assert_outcomes(passed=1)
    run(project, HI).assert_outcomes(passed=1)
    assert received(upstream) == 1


def test_preloaded_clients_are_recorded(project: pytest.Pytester, upstream: MockServer) -> None:
    """The variables of the user are known, though clients were directed to the tests before."""
    source = (
        "import anthropic\nclient = anthropic.Anthropic(max_retries=0)\n"
        f"{MARKED}def test_hi():\n    message = client.messages.create(model='claude-haiku-4-5', max_tokens=9, "
        "messages=[{'role': 'user', 'content': 'Hi'}])\n    assert message.content[0].text == 'First.'\n"
    )
    project.makepyfile(test_it=f"import pytest\n{source}")
    preloaded = [*QUIET, "-o", "messages_preload=true"]
    project.runpytest_subprocess(*preloaded, "--messages-record=once").assert_outcomes(passed=1)
    project.runpytest_subprocess(*preloaded).assert_outcomes(passed=1)
    assert received(upstream) == 1


@pytest.mark.parametrize("preload", ["true", "false"])
def test_workers_record(project: pytest.Pytester, upstream: MockServer, preload: str) -> None:
    source = (
        f"@pytest.mark.parametrize('number', range(4))\n{MARKED}"
        "def test_hi(number):\n    assert ask(f'Bye {number}') == 'Gone.'"
    )
    project.makepyfile(test_it=f"import pytest\nfrom asking import ask\n{source}")
    arguments = [*QUIET, "-n", "2", "-o", f"messages_preload={preload}", "--strict-cassettes"]
    arguments[arguments.index("no:xdist")] = "no:randomly"
    project.runpytest_subprocess(*arguments, "--messages-record=once").assert_outcomes(passed=4)
    assert len([*Path(project.path, "cassettes", "test_it").glob("*.yaml")]) == 4
    result = project.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=4)
    assert result.ret == pytest.ExitCode.OK
    assert received(upstream) == 4


def test_test_that_runs_again_is_recorded_anew(project: pytest.Pytester, upstream: MockServer) -> None:
    """As plugins do that run failed tests again."""
    project.makeconftest(AGAIN)
    run(project, HI.replace("First", "Second"), "--messages-record=once").assert_outcomes(passed=1)
    assert "Second." in read(project)
    assert "First." not in read(project)
    assert received(upstream) == 2


def test_failed_file_that_is_recorded_at_last_is_told_as_recorded(
    project: pytest.Pytester, upstream: MockServer
) -> None:
    project.makeconftest(AGAIN)
    run(project, HI.replace("First", "Second"), "--messages-record=once").assert_outcomes(passed=1)
    upstream.scripts.when(user="Hi").calls(["Fourth.", "Fifth."])
    result = run(project, HI.replace("First", "Fifth"), "--messages-record=all")
    result.assert_outcomes(passed=1)
    assert "recorded: cassettes/test_it/test_hi.yaml" in result.stdout.str()
    assert "not recorded anew" not in result.stdout.str()
    assert received(upstream) == 4
