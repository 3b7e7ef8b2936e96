"""Who may use the control interface of ``mockserver serve``, and how its banner says so."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2 as httpx
import pytest

EVERYWHERE = "0.0.0.0"  # noqa: S104  what the tests are about
TOKEN = "a-token-of-our-own"


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process; yields the process and its URL."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**inherited, **environment}
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("mockserver listening on http://"), line or process.communicate()[1]
        yield process, line.split()[-1]
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str]) -> str:
    """Stop the server; return what it wrote to stderr."""
    process.send_signal(signal.SIGTERM)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    return errors


def status(url: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return int(httpx.get(f"{url}/_mock/requests", headers=named, timeout=30).status_code)


def test_banner_shows_the_token_it_made_up_and_where_to_call() -> None:
    with serving("--host", EVERYWHERE) as (process, url):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        assert (status(url), httpx.get(f"{url}/_mock/health").status_code) == (401, 200)
        banner = stop(process)
    found = re.search(r"send there +x-mock-token: (\S+)\n", banner)
    assert found, banner
    assert f"look inside   {url}/_mock/ in a browser\n" in banner
    assert banner.count(found[1]) == 1
    assert f"http://{socket.gethostname()}:{url.rpartition(':')[2]}" in banner
    assert EVERYWHERE not in banner


def test_token_of_the_banner_is_taken() -> None:
    with serving("--host", EVERYWHERE, "--quiet") as (process, url):
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("mockserver: the control interface asks for x-mock-token: ")
        assert status(url, x_mock_token=line.split()[-1]) == 200
        assert stop(process) == ""


@pytest.mark.parametrize("host", [EVERYWHERE, "127.0.0.1"])
def test_token_that_was_given_is_asked_for_and_not_shown(host: str) -> None:
    with serving("--host", host, "--control-token", TOKEN) as (process, url):
        assert (status(url), status(url, x_mock_token=TOKEN), status(url, authorization=f"Bearer {TOKEN}")) == (
            401,
            200,
            200,
        )
        assert httpx.get(f"{url}/_mock/requests?token={TOKEN}").status_code == 200
        banner = stop(process)
    assert TOKEN not in banner
    assert "x-mock-token: the token that was given" in banner


def test_loopback_server_needs_no_token() -> None:
    with serving() as (process, url):
        assert status(url) == 200
        assert "token" not in stop(process)


def test_token_may_be_switched_off() -> None:
    with serving("--host", EVERYWHERE, MOCKSERVER_NO_CONTROL_TOKEN="1") as (process, url):
        assert status(url) == 200
        assert "token" not in stop(process)


def test_settings_come_from_the_environment() -> None:
    given = {"MOCKSERVER_CONTROL_TOKEN": TOKEN, "MOCKSERVER_ALLOWED_ORIGIN": "https://a.example https://b.example"}
    with serving(**given) as (_, url):
        assert (status(url), status(url, x_mock_token=TOKEN)) == (401, 200)
        assert status(url, x_mock_token=TOKEN, origin="https://b.example") == 200
        assert status(url, x_mock_token=TOKEN, origin="https://c.example") == 403


def test_workers_share_the_token() -> None:
    """It stands in no command line: everybody on the machine may read those."""
    with serving("--host", EVERYWHERE, "--workers", "2", "--control-token", TOKEN, "--api-key", "sk-secret") as (
        process,
        url,
    ):
        for _ in range(8):
            assert (status(url), status(url, x_mock_token=TOKEN)) == (401, 200)
        listed = subprocess.run(
            ["ps", "-o", "args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True, timeout=20
        )
        workers = listed.stdout.splitlines()
        assert len(workers) == 2
        assert [line for line in workers if TOKEN in line or "sk-secret" in line] == []
        stop(process)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--control-token", "a b"], "control_token: expected letters, digits and signs of ASCII"),
        (["serve", "--control-token", "x", "--no-control-token"], "no_control_token: expected no control_token"),
        (["serve", "--allowed-origin", "app.example"], "expected an origin such as https://app.example"),
        (["run", "--allowed-origin", "https://a.example/", "--", "true"], "got 'https://a.example/'"),
    ],
)
def test_wrong_value_is_told_as_a_mistake_in_the_command_line(arguments: list[str], told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_command_of_run_needs_no_token() -> None:
    """Its server is for this machine alone, whatever the environment says of others."""
    program = (
        "import os, urllib.request as r; print(r.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/_mock/requests').status)"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "run", "--", sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "MOCKSERVER_CONTROL_TOKEN": TOKEN},
    )
    assert (done.returncode, done.stdout) == (0, "200\n"), done.stderr
