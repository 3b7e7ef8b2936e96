"""The command line, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import httpx2 as httpx
import pytest

from mockserver import __version__
from mockserver.serving.server import bind
from tests.conftest import FIXTURES
from tests.sockets import until
from tests.strict import message_of

COMMAND = [sys.executable, "-m", "mockserver"]
HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
SLOW = """
scenarios:
  - name: slow
    reply: {text: "one two three four five six seven eight nine ten", pace: {tokens_per_second: 20}}
"""
ENDLESS = """
scenarios:
  - name: endless
    reply: {text: never, fault: stall}
"""


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


@contextmanager
def serving(*arguments: str, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process; yields the process and its URL."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("mockserver listening on http://127.0.0.1:"), line or process.communicate()[1]
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.communicate()


def call(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def test_version_is_told(environment: dict[str, str]) -> None:
    assert call("--version", environment=environment).stdout == f"mockserver {__version__}\n"


def test_server_announces_itself_and_logs(environment: dict[str, str]) -> None:
    with serving(str(FIXTURES), environment=environment) as (process, url):
        message_of(httpx.post(f"{url}/v1/messages", json=HELLO))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"ANTHROPIC_BASE_URL={url}" in errors
    assert "ANTHROPIC_API_KEY=" in errors
    assert "POST /v1/messages 200 generated " in errors
    assert "Traceback" not in errors


def test_quiet_server_says_one_line(environment: dict[str, str]) -> None:
    with serving("--quiet", environment=environment) as (process, url):
        message_of(httpx.post(f"{url}/v1/messages", json=HELLO))
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


def test_options_come_from_the_environment(environment: dict[str, str]) -> None:
    given = {"MOCKSERVER_UNMATCHED": "error", "MOCKSERVER_PROFILE": "anthropic", "MOCKSERVER_API_KEY": "one two"}
    with serving(environment={**environment, **given}) as (_, url):
        headers = {"x-api-key": "two", "anthropic-version": "2023-06-01"}
        answered = httpx.post(f"{url}/v1/messages", json=HELLO, headers=headers)
        assert answered.status_code == 404
        assert httpx.post(f"{url}/v1/messages", json=HELLO, headers={"x-api-key": "six"}).status_code == 401


def test_interrupt_ends_open_streams(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "endless.yaml"
    fixture.write_text(ENDLESS)
    with serving(str(fixture), environment=environment) as (process, url):
        with httpx.stream("POST", f"{url}/v1/messages", json={**HELLO, "stream": True}) as response:
            chunks = response.iter_bytes()
            assert next(chunks)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0
            with pytest.raises(httpx.TransportError):
                list(chunks)
        assert "Traceback" not in process.communicate()[1]


def test_interrupt_never_makes_up_an_error(environment: dict[str, str], tmp_path: Path) -> None:
    """A whole answer that waits at its pace is cut, not replaced by a 500."""
    fixture = tmp_path / "slow.yaml"
    fixture.write_text(SLOW.replace("ten", "ten " * 100))
    with serving(str(fixture), environment=environment) as (process, url), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(httpx.post, f"{url}/v1/messages", json=HELLO, timeout=30)
        until_asked(url)
        process.send_signal(signal.SIGINT)
        with pytest.raises(httpx.TransportError):
            waiting.result()
        assert process.wait(timeout=60) == 0


def test_interrupt_cuts_a_drain_short(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "endless.yaml"
    fixture.write_text(ENDLESS)
    with (
        serving(str(fixture), environment=environment) as (process, url),
        httpx.stream("POST", f"{url}/v1/messages", json={**HELLO, "stream": True}) as response,
    ):
        chunks = response.iter_bytes()
        assert next(chunks)
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        with pytest.raises(httpx.TransportError):
            list(chunks)


def until_asked(url: str) -> None:
    """Returns once the server has read a request."""
    until(lambda: httpx.get(f"{url}/_mock/requests").json()["total"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_may_come_twice(environment: dict[str, str], number: signal.Signals) -> None:
    with serving(environment=environment) as (process, url):
        message_of(httpx.post(f"{url}/v1/messages", json=HELLO))

        def signal_again() -> bool:
            process.send_signal(number)
            return process.poll() is not None

        until(signal_again)
        assert process.returncode == 0


def test_examples_come_with_it(environment: dict[str, str]) -> None:
    with serving("--examples", environment=environment) as (_, url):
        assert httpx.get(f"{url}/_mock/health").json()["scenarios"] > 100


def test_termination_lets_streams_finish(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "slow.yaml"
    fixture.write_text(SLOW)
    with serving(str(fixture), environment=environment) as (process, url):
        with httpx.stream("POST", f"{url}/v1/messages", json={**HELLO, "stream": True}) as response:
            first = next(chunks := response.iter_bytes())
            process.send_signal(signal.SIGTERM)
            rest = b"".join(chunks)
        assert b"message_stop" not in first
        assert b"message_stop" in rest
        assert process.wait(timeout=60) == 0


def test_taken_port_is_told_in_a_line(environment: dict[str, str]) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        done = call("serve", "--port", port, environment=environment)
    assert done.returncode == 1
    assert done.stderr == (
        f"mockserver: port {port} on 127.0.0.1 is taken. Choose another with --port; 0 finds a free one.\n"
    )


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--workers", "2"], ["run", "--", "true"]])
def test_empty_host_does_not_open_the_server_to_others(environment: dict[str, str], arguments: list[str]) -> None:
    """As a variable of a shell that is not set would make it."""
    command, *rest = arguments
    done = call(command, "--host", "", "--port", "0", *rest, environment=environment)
    assert done.returncode == 1
    assert done.stderr.startswith("mockserver: cannot listen on :0: expected an address, got an empty text; ")


def test_mistake_in_a_fixture_stops_the_start(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "bad.yaml"
    fixture.write_text("scenarios:\n  - name: x\n    reply: {txet: hello}\n")
    done = call("serve", str(fixture), environment=environment)
    assert done.returncode == 2
    assert f"{fixture}:3:" in done.stderr
    assert "txet" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("form", "start"), [("text", "{file}:3:"), ("json", "["), ("github", "::error file={file},line=3")]
)
def test_check_prints_mistakes(environment: dict[str, str], tmp_path: Path, form: str, start: str) -> None:
    fixture = tmp_path / "bad.yaml"
    fixture.write_text("scenarios:\n  - name: x\n    reply: {txet: hello}\n")
    done = call("check", str(fixture), "--format", form, environment=environment)
    assert done.returncode == 1
    assert done.stdout.startswith(start.format(file=fixture))
    if form == "json":
        assert json.loads(done.stdout)[0]["line"] == 3


def test_check_passes_good_fixtures(environment: dict[str, str]) -> None:
    done = call("check", str(FIXTURES), environment=environment)
    assert (done.returncode, done.stdout) == (0, "")


def test_run_serves_a_command(environment: dict[str, str], tmp_path: Path) -> None:
    program = (
        "import anthropic, sys\n"
        "client = anthropic.Anthropic(max_retries=0)\n"
        "ask = {'model': 'claude-haiku-4-5', 'max_tokens': 9, 'messages': [{'role': 'user', 'content': 'Hi'}]}\n"
        "assert client.messages.create(**ask).type == 'message'\n"
        "try:\n"
        "    client.messages.create(**{**ask, 'messages': []})\n"
        "except anthropic.BadRequestError:\n"
        "    sys.exit(7)\n"
    )
    report, junit = tmp_path / "report.json", tmp_path / "junit.xml"
    written = ("--report", str(report), "--junit", str(junit))
    done = call("run", *written, "--", sys.executable, "-c", program, environment=environment)
    assert done.returncode == 7, done.stderr
    told = json.loads(report.read_text("utf-8"))
    assert (told["exit_status"], told["total"], told["refused"]) == (7, 2, 1)
    suite = ElementTree.parse(junit).getroot()  # noqa: S314  written by ourselves
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert "at least one message is required" in report.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--", "no-such-command"], 127, "command not found"),
        ([], 2, "No command to run"),
        (["--", sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"], 143, ""),
    ],
)
def test_run_exits_as_a_shell_would(environment: dict[str, str], arguments: list[str], status: int, told: str) -> None:
    done = call("run", *arguments, environment=environment)
    assert done.returncode == status
    assert told in done.stderr
