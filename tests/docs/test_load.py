"""The page on load tests: its commands are sent to a mock for a moment, and its files say what the page says."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import yaml

from mockserver import MockServer
from tests.docs.test_recipes import EXAMPLES, ROOT

LOAD = EXAMPLES / "load"
PAGE = (ROOT / "docs" / "load.md").read_text("utf-8")
URL = "http://127.0.0.1:8000"


def commands(name: str) -> list[str]:
    """The commands of the page that begin with a name."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.startswith(f"{name} ")]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(LOAD / "scenarios") as running:
        yield running


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not here (apt install wrk)")
@pytest.mark.parametrize("command", commands("wrk"))
def test_wrk_is_answered(server: MockServer, command: str) -> None:
    """As the page says, with fewer connections and for less time."""
    server.reset()
    shorter = re.sub(r"-c\d+ -d\d+s", "-c8 -d2s", command.replace(URL, server.url))
    done = subprocess.run(shlex.split(shorter), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ +\d+ requests in ", done.stdout, re.MULTILINE), done.stdout
    assert "Non-2xx" not in done.stdout
    stats = httpx2.get(f"{server.url}/_mock/stats").json()
    assert set(stats["scenarios"]) == {"spoken" if command.endswith(" stream") else "hello"}
    assert len(httpx2.get(f"{server.url}/_mock/sessions").json()["sessions"]) > 1


def test_page_has_both_loads() -> None:
    assert len(commands("wrk")) == 2
    assert len(commands("locust")) == 1


def test_users_ask_for_what_is_scripted() -> None:
    source = (LOAD / "locustfile.py").read_text("utf-8")
    asked = {
        call.args[0].value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "say"
        if isinstance(call.args[0], ast.Constant)
    }
    scenarios = yaml.safe_load((LOAD / "scenarios" / "load.yaml").read_text("utf-8"))["scenarios"]
    assert asked == {each["when"]["user"] for each in scenarios}


def test_users_are_answered_as_they_expect(server: MockServer) -> None:
    """By the scenario of an overload now and then, for each key by itself."""
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "sometimes"}]}
    for key in ("one", "other"):
        answers = [httpx2.post(f"{server.url}/v1/messages", json=body, headers={"x-api-key": key}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 529, 200]
        assert answers[4].headers["retry-after"] == "1"


@pytest.mark.parametrize("command", commands("mockserver"))
def test_server_is_one_that_starts(command: str) -> None:
    words = shlex.split(command)
    assert words[:2] == ["mockserver", "serve"]
    told = subprocess.run(
        [sys.executable, "-m", "mockserver", "config", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert all(Path(ROOT / word).exists() for word in words if word.startswith("examples/"))


def test_settings_are_changed_as_shown(server: MockServer) -> None:
    (command,) = [line for line in commands("curl") if "PATCH" in line]
    body = shlex.split(command)[-1]
    try:
        assert httpx2.patch(f"{server.url}/_mock/settings", content=body).status_code == 200
    finally:
        httpx2.post(f"{server.url}/_mock/reset")
