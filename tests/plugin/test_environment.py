"""The plugin beside other things: unittest, async plugins, threads, workers, and runs that do not use it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.projects import OTHERS, run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")


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


def test_plugin_imports_nothing_until_it_is_used() -> None:
    """What a pytest run of a project pays that does not use it."""
    program = (
        "import sys, pytest, typing; before = set(sys.modules); import mockserver.pytest_plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ}, check=True
    )
    version = ["mockserver.records", "mockserver.records.version"]
    assert done.stdout.strip() == str(["mockserver", "mockserver.pytest_plugin", *version])
