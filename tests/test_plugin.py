"""The pytest plugin, used as its users use it: whole test files, run by pytest in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

ASK = """
import anthropic

MODEL = "claude-haiku-4-5"

def ask(text="Hello", **more):
    with anthropic.Anthropic(max_retries=0) as client:
        message = client.messages.create(
            model=MODEL, max_tokens=64, messages=[{"role": "user", "content": text}], **more
        )
    return message.content[0].text
"""
OTHERS = "-p no:cacheprovider -p no:hypothesispytest -p no:faker"
QUIET = (*f"{OTHERS} -p no:xdist".split(), "-o", "asyncio_default_fixture_loop_scope=function")
WEATHER = """
scenarios:
  - name: weather
    when: {user: weather}
    reply: {text: Sunny.}
"""


@pytest.fixture(scope="module", autouse=True)
def _imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test run inside this one imports is forgotten at its end, unless it was imported before."""
    fixture = tmp_path_factory.mktemp("warm") / "weather.yaml"
    fixture.write_text(WEATHER)
    with MockServer(fixture) as server, anthropic.Anthropic(base_url=server.url, api_key="warm") as client:
        hello: Any = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        client.messages.create(**hello)
        session = server.session("warm")
        session.when(user="Hi").error("overloaded_error", status=400)
        with pytest.raises(anthropic.APIStatusError):
            client.messages.create(**hello)
        with pytest.raises(anthropic.BadRequestError):
            client.messages.create(**hello, extra_body={"temperature": 7})
        with pytest.raises(AssertionError):
            session.assert_called(5)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a helper that asks; its own settings, not ours."""
    pytester.makepyfile(asking=ASK)
    pytester.makefile(".yaml", weather=WEATHER)
    return pytester


def run(project: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    project.makepyfile(test_it=f"import pytest\nfrom asking import ask\n{source}")
    return project.runpytest(*QUIET, *arguments)


def test_test_gets_an_answer_it_scripted(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_reply(messages_api):
            messages_api.reply("Hi there.")
            assert ask() == "Hi there."
            assert messages_api.last_request.json["messages"][0]["content"] == "Hello"
            assert messages_api.last_request.scenario == "script 1"
            messages_api.assert_called(1)
        """.replace("\n        ", "\n"),
    )
    result.assert_outcomes(passed=1)


def test_environment_is_as_before(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "mine")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer corp")
    monkeypatch.setenv("NO_PROXY", "example.com")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    result = run(
        project,
        """
import os

def test_during(messages_api, monkeypatch):
    assert os.environ["ANTHROPIC_BASE_URL"] == messages_api.url
    assert os.environ["ANTHROPIC_API_KEY"] == messages_api.api_key
    assert os.environ["NO_PROXY"] == "127.0.0.1,example.com"
    assert "ANTHROPIC_AUTH_TOKEN" not in os.environ
    assert "ANTHROPIC_CUSTOM_HEADERS" not in os.environ
    monkeypatch.undo()
    assert os.environ["ANTHROPIC_BASE_URL"] == messages_api.url

def test_after():
    assert os.environ["ANTHROPIC_API_KEY"] == "mine"
    assert os.environ["ANTHROPIC_AUTH_TOKEN"] == "token"
    assert os.environ["NO_PROXY"] == "example.com"
    assert "ANTHROPIC_BASE_URL" not in os.environ
""",
    )
    result.assert_outcomes(passed=2)


def test_tests_do_not_see_each_other(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic

@pytest.mark.parametrize("number", range(3))
def test_own(messages_api, messages_server, number):
    assert messages_api.requests == ()
    messages_api.reply(f"number {number}", times=1)
    assert ask() == f"number {number}"
    with pytest.raises(anthropic.NotFoundError):
        ask()
    assert len(messages_server.mock.state.names()) == 1
    messages_api.check_at_end()
""",
    )
    result.assert_outcomes(passed=3)


def test_unmatched_request_fails_the_test_at_its_end(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic

def test_swallowed(messages_api):
    messages_api.when(user="weather").reply("Sunny.")
    try:
        ask("What is the whether?")
    except anthropic.APIError:
        pass
""",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*no scenario fits requests[[]0], POST /v1/messages claude-haiku-4-5 'What is the whether?', answered 404",
            '*script 1 (test_it.py:*): user: expected to contain "weather", got "What is the whether?"',
        ]
    )
    assert "mockserver/testing" not in result.stdout.str(), "the trace ends in the user's code"


def test_failed_test_shows_its_requests_once(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
def test_fails(messages_api):
    messages_api.when(user="weather").reply("Sunny.")
    assert ask("What is the weather?") == "Rainy."

def test_unmatched(messages_api):
    ask()
""",
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*Messages API requests*",
            "*requests[[]0], POST /v1/messages claude-haiku-4-5 'What is the weather?', answered 200 by script 1",
            "*requests[[]0], POST /v1/messages * 'Hello', answered 404: No scenario fits this request: there are none*",
        ]
    )


@pytest.mark.parametrize(
    ("switch", "ini"),
    [
        ("messages_api.check_at_end()", ""),
        ("messages_api.configure(unmatched='generate')", ""),
        ("", "messages_check ="),
        ("", "messages_unmatched = generate"),
        ("", "messages_strict = false"),
    ],
)
def test_check_at_the_end_can_be_switched_off(project: pytest.Pytester, switch: str, ini: str) -> None:
    project.makeini(f"[pytest]\n{ini}\n")
    result = run(
        project,
        f"""
import anthropic, contextlib

def test_unmatched(messages_api):
    {switch}
    with contextlib.suppress(anthropic.NotFoundError):
        ask()
""",
    )
    result.assert_outcomes(passed=1)


def test_unsuccessful_test_is_not_checked_at_its_end(project: pytest.Pytester) -> None:
    """Skipped, expected to fail, or never begun: only a test that passed is held to its requests."""
    result = run(
        project,
        """
import anthropic

@pytest.fixture
def asked(messages_api):
    try:
        ask("from the fixture")
    except anthropic.NotFoundError:
        pass

@pytest.fixture
def broken(asked):
    raise RuntimeError("no set-up")

def test_skipped(asked):
    pytest.skip("not today")

@pytest.mark.xfail(strict=True, reason="known")
def test_xfailed(asked):
    assert False

def test_xfailed_inside(asked):
    pytest.xfail("known")

def test_set_up(broken):
    pass
""",
    )
    result.assert_outcomes(skipped=1, xfailed=2, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError*", "*Messages API requests*", "*'from the fixture', answered 404*"])


def test_wrapper_of_the_fixture_may_be_of_any_kind(project: pytest.Pytester) -> None:
    """Its requests are told, and those of a fixture that was asked for by name."""
    result = run(
        project,
        """
class Api:
    def __init__(self, session):
        self.session = session

class TestWrapped:
    @pytest.fixture
    def messages_api(self, messages_api):
        return Api(messages_api)

    def test_wrapped(self, messages_api):
        messages_api.session.reply("Sunny.")
        assert ask("wrapped") == "Rainy."

def test_by_name(request):
    request.getfixturevalue("messages_api").reply("Sunny.")
    assert ask("by name") == "Rainy."
""",
    )
    result.assert_outcomes(failed=2)
    for user in ("wrapped", "by name"):
        result.stdout.fnmatch_lines(["*Messages API requests*", f"*requests[[]0]*'{user}', answered 200 by script 1"])


def test_request_with_another_key_fails_the_test_too(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic, functools

@functools.lru_cache
def client():
    return anthropic.Anthropic(max_retries=0)

def hello(client):
    asked = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    return client.messages.create(**asked).content[0].text

def test_key_of_the_settings(messages_api):
    messages_api.reply("Hello.")
    with anthropic.Anthropic(api_key="sk-of-the-settings", max_retries=0) as own:
        with pytest.raises(anthropic.NotFoundError):
            hello(own)

def test_first(messages_api):
    messages_api.reply("Hello.")
    assert hello(client()) == "Hello."

def test_second(messages_api):
    messages_api.reply("Hello.")
    assert hello(client()) == "Hello."

@pytest.fixture(scope="module", autouse=True)
def closed():
    yield
    client().close()
""",
    )
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*no scenario fits POST /v1/messages claude-haiku-4-5 'Hi', answered 404",
            "*came with another key than this session's (sk-*ings): is the client made before the test begins, or*",
            "*Messages API requests*",
            "1 request came with another key than this session's (sk-*",
        ]
    )


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
        ("messages_profile = lax", "messages_profile: expected relay or anthropic, got 'lax'"),
        ("messages_check = vald", "messages_check: there is no check 'vald'; there are unmatched, valid, used"),
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
        ("messages_settings([])", "expected any of unmatched=, validation=, pace=, check=, got [[]]"),
        ("messages_settings(unmached='error')", "expected any of unmatched=, *, got unmached='error'"),
        ("messages_settings(check='vald')", "there is no check 'vald'; there are unmatched, valid, used"),
        ("messages_settings(unmatched='eror')", "unmatched: expected generate or error, got 'eror'"),
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


def test_unittest_classes_work(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import unittest

class TestPlain(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _api(self, messages_api):
        self.api = messages_api

    def test_reply(self):
        self.api.reply("Hi there.")
        self.assertEqual(ask(), "Hi there.")

@pytest.mark.usefixtures("messages_api")
@pytest.mark.messages_scenarios("weather.yaml")
class TestFiles(unittest.TestCase):
    def test_file(self):
        self.assertEqual(ask("weather"), "Sunny.")
""",
    )
    result.assert_outcomes(passed=2)


def test_async_plugins_work(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic, asyncio

async def talk(api):
    api.reply("Hi there.")
    async with anthropic.AsyncAnthropic(max_retries=0) as client:
        asked = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        messages = await asyncio.gather(*(client.messages.create(**asked) for _ in range(5)))
    assert {message.content[0].text for message in messages} == {"Hi there."}
    api.assert_called(5)

@pytest.mark.asyncio
async def test_asyncio(messages_api):
    await talk(messages_api)

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio(messages_api):
    await talk(messages_api)

class TestUnittest(__import__("unittest").IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _api(self, messages_api):
        self.api = messages_api

    async def test_it(self):
        await talk(self.api)
""",
    )
    result.assert_outcomes(passed=3)


def test_threads_of_a_test_share_its_session(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
from concurrent.futures import ThreadPoolExecutor

def test_threads(messages_api):
    messages_api.calls([str(number) for number in range(20)])
    with ThreadPoolExecutor(5) as pool:
        told = list(pool.map(lambda _: ask(), range(20)))
    assert sorted(told, key=int) == [str(number) for number in range(20)]
    messages_api.assert_called(20)
    messages_api.assert_all_used()
""",
    )
    result.assert_outcomes(passed=1)


def test_workers_have_a_server_each(project: pytest.Pytester) -> None:
    """Small, as processes of their own import everything anew."""
    project.makepyfile(
        test_many="""
import pytest
import urllib.error
import urllib.request

@pytest.mark.parametrize("number", range(6))
def test_own(messages_api, number):
    headers = {"x-api-key": messages_api.api_key}
    request = urllib.request.Request(messages_api.url + "/v1/messages", data=b"{", headers=headers)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(request)
    assert len(messages_api.requests) == 1
"""
    )
    result = project.runpytest_subprocess("-n", "2", *f"{OTHERS} -p no:asyncio -p no:anyio".split())
    result.assert_outcomes(passed=6)


LEAKS = """
import os, threading
import pytest

def sockets():
    links = [os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]
    return sum("socket:" in link for link in links)

@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session):
    session.before = threading.active_count(), sockets()

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    print("left over:", threading.active_count() - session.before[0], sockets() - session.before[1])
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts sockets in /proc")
def test_nothing_is_left_over(project: pytest.Pytester) -> None:
    """No thread and no socket, also after a client that hangs and one that never closed its connection."""
    project.makeconftest(LEAKS)
    result = run(
        project,
        """
import anthropic, httpx2

def test_reply(messages_api):
    messages_api.reply("Hi.")
    assert ask() == "Hi."

def test_hanging(messages_api):
    messages_api.reply("Hi.", fault="stall")
    with pytest.raises(anthropic.APITimeoutError):
        with anthropic.Anthropic(max_retries=0, timeout=0.1) as client:
            client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
    assert messages_api.wait()
    assert messages_api.last_request.hung_up
""",
        "-s",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*left over: 0 0"])


def test_markers_and_options_are_declared(project: pytest.Pytester) -> None:
    result = project.runpytest(*QUIET, "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.messages_scenarios(*paths)*", "@pytest.mark.messages_settings(*"])
    told = project.runpytest(*QUIET, "--fixtures").stdout.str()
    assert "messages_api" in told
    options = project.runpytest(*QUIET, "--help").stdout.str()
    assert "messages_strict (bool)" in options
    assert "messages_check (args)" in options


def test_plugin_imports_nothing_until_it_is_used() -> None:
    """What a pytest run of a project pays that does not use it."""
    program = (
        "import sys, pytest, typing; before = set(sys.modules); import mockserver.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ}, check=True
    )
    assert done.stdout.strip() == "['mockserver', 'mockserver.pytest_plugin']"
