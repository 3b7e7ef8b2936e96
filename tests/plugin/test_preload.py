"""Clients that are made while modules are imported: ``messages_preload = true``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.projects import OTHERS, run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

# A client that is made while this module is imported, as applications do.
APP = """
import anthropic

client = anthropic.Anthropic(max_retries=0)
HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64}

def tell(text="Hello", asked=client):
    message = asked.messages.create(**HELLO, messages=[{"role": "user", "content": text}])
    return message.content[0].text

def tell_swallowing(text):
    try:
        return tell(text)
    except anthropic.APIError as error:
        return str(error)
"""
CONFTEST = """
import anthropic, pytest
from app import client, tell, tell_swallowing

shared = anthropic.Anthropic(max_retries=0)
told = tell_swallowing("from the conftest")

def pytest_unconfigure():
    shared.close()
    client.close()
"""


@pytest.fixture
def preloading(project: pytest.Pytester) -> pytest.Pytester:
    """A project with clients at module level, in the application and in the conftest."""
    project.makeini("[pytest]\nmessages_preload = true\n")
    project.makepyfile(app=APP)
    project.makeconftest(CONFTEST)
    project.syspathinsert()
    return project


def test_requests_of_early_clients_go_to_the_test_that_runs(preloading: pytest.Pytester) -> None:
    result = run(
        preloading,
        """
import threading
from app import client, tell
from conftest import shared
import anthropic

early = anthropic.AsyncAnthropic(max_retries=0)

@pytest.mark.parametrize("number", range(2))
def test_session(messages_api, messages_server, number):
    messages_api.reply(f"number {number}")
    assert messages_api.url == messages_server.url == str(client.base_url).rstrip("/")
    assert [tell(), tell(asked=shared), ask()] == [f"number {number}"] * 3
    messages_api.assert_called(3)
    told = []
    thread = threading.Thread(target=lambda: told.append(tell()))
    thread.start()
    thread.join()
    assert told == [f"number {number}"]
    assert messages_api.last_request.prompt.user == "Hello"

@pytest.mark.asyncio
async def test_async(messages_api):
    messages_api.reply("async")
    message = await early.messages.create(
        model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
    )
    assert message.content[0].text == "async"
    messages_api.assert_called(1)
    await early.close()

def test_check_at_the_end(messages_api):
    messages_api.when(user="weather").reply("Sunny.")
    with pytest.raises(anthropic.NotFoundError):
        tell()
""",
    )
    result.assert_outcomes(passed=4, errors=1)
    result.stdout.fnmatch_lines(["*no scenario fits requests[[]0], POST /v1/messages claude-haiku-4-5 'Hello', *"])


def test_request_while_no_test_runs_is_answered_and_told(
    preloading: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At import, and in what tests share: told at the end, and no test fails."""
    before = {name: f"before {name}" for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN")}
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    result = run(
        preloading,
        """
import os
import conftest
from app import tell_swallowing

@pytest.fixture(scope="session")
def logged_in():
    told = tell_swallowing("from the session")
    yield told
    assert "It came while test_it.py::test_last was set up or torn down" in tell_swallowing("at the end")

def test_first(logged_in, messages_api):
    messages_api.reply("Hi.")
    assert tell_swallowing("in the test") == "Hi."
    assert "It came while no test ran: only the files of messages_fixtures answer it." in conftest.told
    assert "It came while test_it.py::test_first was set up or torn down" in logged_in
    assert "ANTHROPIC_AUTH_TOKEN" not in os.environ
    assert messages_api.requests[0].prompt.user == "in the test"

def test_last(messages_server):
    messages_server.reset()
""",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*requests of the Messages API that belong to no test*",
            "POST /v1/messages claude-haiku-4-5 'at the end', answered 404 (its key: sk-*)",
            "POST /v1/messages claude-haiku-4-5 'from the conftest', answered 404 (its key: sk-*)",
            "POST /v1/messages claude-haiku-4-5 'from the session', answered 404 (its key: sk-*)",
        ]
    )
    result.stdout.no_fnmatch_line("*'in the test', answered*")
    assert {name: os.environ[name] for name in before} == before


def test_test_without_the_fixture_is_refused_by_name(preloading: pytest.Pytester) -> None:
    result = run(
        preloading,
        """
from app import tell, tell_swallowing

def test_fails():
    tell("fails")

def test_swallows():
    tell_swallowing("swallowed")

def test_silent():
    pass

@pytest.fixture
def logged_in():
    return tell_swallowing("too early")

def test_early(logged_in, messages_api):
    messages_api.reply("Hi.")
    assert tell_swallowing("in time") == "Hi."
    assert "test_it.py::test_early asks for messages_api later: let the fixture that sends this" in logged_in

@pytest.mark.xfail(strict=True)
def test_xfailed():
    tell("xfailed")
""",
    )
    result.assert_outcomes(passed=3, failed=1, errors=2, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_swallows*",
            "no scenario fits requests[[]0], POST /v1/messages claude-haiku-4-5 'swallowed', answered 404",
            "*test_it.py::test_swallows did not ask for messages_api: ask for it, and script the answer.",
            "*ERROR at teardown of test_early*",
            "no scenario fits requests[[]0], POST /v1/messages claude-haiku-4-5 'too early', answered 404",
            "*Messages API requests without messages_api*",
            "*requests[[]0], POST /v1/messages claude-haiku-4-5 'fails', answered 404: *",
            "test_it.py::test_fails did not ask for messages_api: ask for it, and script the answer.",
        ]
    )


def test_test_that_runs_again_begins_anew(preloading: pytest.Pytester) -> None:
    """As plugins do that give a test another chance."""
    preloading.makeconftest(
        CONFTEST
        + """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    runtestprotocol(item, log=False, nextitem=item)
    runtestprotocol(item, nextitem=nextitem)
    return True
"""
    )
    result = run(
        preloading,
        """
from app import tell_swallowing
tries = []

def test_it():
    tries.append(1)
    if len(tries) == 1:
        tell_swallowing("Hello")
        raise LookupError
""",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "told"),
    [("messages_strict = false", "*"), ("messages_fixtures = weather.yaml", "Sunny."), ("messages_check =", "*404*")],
)
def test_other_settings_hold_for_tests_without_the_fixture(preloading: pytest.Pytester, ini: str, told: str) -> None:
    """Generated answers, and those of files for every test; or whatever comes, without a check."""
    preloading.makeini(f"[pytest]\nmessages_preload = true\n{ini}\n")
    result = run(
        preloading,
        f"""
from app import tell_swallowing
import fnmatch

def test_it():
    assert fnmatch.fnmatch(tell_swallowing("weather"), {told!r})
""",
    )
    result.assert_outcomes(passed=1)


def test_mistake_in_a_fixture_is_told_to_all(preloading: pytest.Pytester) -> None:
    preloading.makeini("[pytest]\nmessages_preload = true\nmessages_fixtures = broken.yaml\n")
    preloading.makefile(".yaml", broken="scenarios: [{reply: {txet: Hi}}]")
    result = run(
        preloading,
        """
import conftest

def test_client():
    assert "could not start: messages_fixtures: " in conftest.told
    assert "txet" in conftest.told

@pytest.mark.parametrize("number", range(2))
def test_fixture(messages_api, number):
    pass
""",
    )
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["messages_fixtures: *broken.yaml:1:*txet*"])


def test_children_inherit_the_way(preloading: pytest.Pytester) -> None:
    result = run(
        preloading,
        """
import os, subprocess, sys
from app import tell

@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_fork(messages_api):
    messages_api.reply("Hi.")
    child = os.fork()
    if child == 0:
        try:
            os._exit(42 if tell() == "Hi." else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    messages_api.assert_called(1)

def test_process(messages_api):
    messages_api.reply("Hi.")
    code = "import urllib.request, os; urllib.request.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/api/hello')"
    subprocess.run([sys.executable, "-S", "-c", code], check=True)
""",
    )
    result.assert_outcomes(passed=2)


def test_fork_of_the_run_has_a_server_of_its_own(preloading: pytest.Pytester) -> None:
    """No thread serves the port there: plugins run each test in one."""
    preloading.makeconftest(
        """
import os
from mockserver.pytest_plugin import PRELOAD

def pytest_sessionstart(session):
    session.config.stash[PRELOAD]._port._process = 0

def pytest_sessionfinish(session):
    session.config.stash[PRELOAD]._port._process = os.getpid()
"""
    )
    source = """
import os
COMMON = os.environ["ANTHROPIC_BASE_URL"]

def test_it(messages_api, messages_server):
    messages_api.reply("Hi.")
    assert ask() == "Hi."
    assert COMMON != messages_api.url == messages_server.url
"""
    run(preloading, source).assert_outcomes(passed=1)


WORKERS = """
import os
import pytest
import urllib.error
import urllib.request

BASE_URL, KEY = os.environ["ANTHROPIC_BASE_URL"], os.environ["ANTHROPIC_API_KEY"]

def send(text):
    body = b'{"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "%s"}]}' % text
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    return urllib.request.urlopen(urllib.request.Request(BASE_URL + "/v1/messages", data=body, headers=headers))
"""


def test_workers_have_a_port_each(project: pytest.Pytester) -> None:
    """Small, as processes of their own import everything anew."""
    project.makeini("[pytest]\nmessages_preload = true\n")
    project.makeconftest(WORKERS)
    project.makepyfile(
        test_many="""
import sys
import urllib.error
import conftest, pytest

if hasattr(sys, "argv"):
    with pytest.raises(urllib.error.HTTPError):
        conftest.send(b"at import")

@pytest.mark.parametrize("number", range(6))
def test_own(messages_api, number):
    assert messages_api.url == conftest.BASE_URL
    messages_api.reply("Hi.")
    conftest.send(b"in a test")
    messages_api.assert_called(1)
"""
    )
    result = project.runpytest_subprocess("-n", "2", *f"{OTHERS} -p no:asyncio -p no:anyio".split())
    result.assert_outcomes(passed=6)
    told = [line for line in result.outlines if "'at import', answered 404" in line]
    assert len(told) == 1


@pytest.mark.parametrize("how", ["-p", "conftest"])
def test_plugin_may_be_loaded_by_hand(project: pytest.Pytester, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project.makeini("[pytest]\nmessages_preload = true\n")
    project.makeconftest("pytest_plugins = ['mockserver.pytest_plugin']" if how == "conftest" else WORKERS)
    project.makepyfile(
        test_nothing="""
import os, sys
BASE_URL = os.environ["ANTHROPIC_BASE_URL"]

def test_nothing():
    assert BASE_URL.startswith("http://127.0.0.1:")
    assert not [name for name in sys.modules if name.startswith(("mockserver.serving", "mockserver.store"))]
    assert "uvicorn" not in sys.modules
"""
    )
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    by_hand = ("-p", "mockserver.pytest_plugin") if how == "-p" else ()
    result = project.runpytest_subprocess("-p", "no:cacheprovider", *by_hand)
    result.assert_outcomes(passed=1)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts sockets in /proc")
@pytest.mark.parametrize("conftest", ["", "raise LookupError"])
def test_nothing_is_left_over(preloading: pytest.Pytester, conftest: str) -> None:
    """No thread, no socket and no variable, whether the server was needed, or the run cannot even begin."""
    preloading.makeconftest(f"{CONFTEST}\nclient.close(), shared.close()\n{conftest}")
    program = """
import os, threading, pytest
def clients():
    return {name: value for name, value in os.environ.items() if "ANTHROPIC" in name or "PROXY" in name.upper()}
def count():
    links = [os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")]
    return threading.active_count(), sum("socket:" in link for link in links), clients()
before = count()
code = pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:asyncio"])
after = count()
print("left over:", [one == other for one, other in zip(before, after)], int(code))
"""
    preloading.makepyfile(test_it="def test_it(messages_api): pass")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == f"left over: [True, True, True] {4 if conftest else 0}"
