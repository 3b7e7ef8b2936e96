"""A server whose process may open no more files: it refuses and answers all the same, and goes on afterwards."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.serving.descriptors import RESERVE, is_scarce
from mockserver.serving.preloading import preload
from tests.sockets import until

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
KEY = {"x-api-key": "sk-test"}
TOOL = {
    "name": "look",
    "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]},
}
FIXTURE = """
scenarios:
  - {name: template, when: {user: template}, reply: {text: "{% if 1 %}{{ 'filled' }}{% endif %}"}}
  - {name: fake, when: {user: fake}, reply: {text: "{{ fake.name() }}"}}
  - {name: pattern, when: {user: "/(a|b)*pattern/"}, reply: {text: found}}
"""
# Each is the first of its kind that the server gets: what it needs was not loaded by another one.
REQUESTS: dict[str, tuple[str, Any, int]] = {
    "no messages": ("/v1/messages", {**HELLO, "messages": []}, 400),
    "no schema of a tool": ("/v1/messages", {**HELLO, "tools": [{"name": "x"}]}, 400),
    "unknown key": ("/v1/messages", {**HELLO, "max_tokns": 3}, 400),
    "no such path": ("/v1/nothing", {}, 404),
    "unknown key of a count": ("/v1/messages/count_tokens", {**HELLO, "max_tokens": 3}, 400),
    "no such control": ("/_mock/nothing", {}, 404),
    "unknown key of the control interface": ("/_mock/verify", {"whn": {}}, 400),
}
# These load more than refusals need.
RARE: dict[str, tuple[str, Any, int]] = {
    "generated": ("/v1/messages", HELLO, 200),
    "tool call": ("/v1/messages", {**HELLO, "tools": [TOOL], "tool_choice": {"type": "any"}}, 200),
    "template": ("/v1/messages", {**HELLO, "messages": [{"role": "user", "content": "template"}]}, 200),
    "fake": ("/v1/messages", {**HELLO, "messages": [{"role": "user", "content": "fake"}]}, 200),
    "pattern": ("/v1/messages", {**HELLO, "messages": [{"role": "user", "content": "a pattern"}]}, 200),
    "added": ("/_mock/scenarios", {"name": "new", "when": {"body": {"$..x": 1}}, "reply": "{{ 1 | string }}"}, 201),
}
LIMIT = 64


def ask(clients: Sequence[HTTPConnection], requests: dict[str, tuple[str, Any, int]]) -> dict[str, int]:
    """The statuses of requests, each sent on a connection that stands already."""
    return {
        name: ask_once(client, path, body)
        for client, (name, (path, body, _)) in zip(clients, requests.items(), strict=True)
    }


def ask_once(client: HTTPConnection, path: str, body: Any) -> int:
    """The status of one request; its connection stays."""
    client.request("POST", path, json.dumps(body), KEY)
    response = client.getresponse()
    response.read()
    return response.status


def expected(requests: dict[str, tuple[str, Any, int]]) -> dict[str, int]:
    return {name: status for name, (_, _, status) in requests.items()}


def connect(stack: ExitStack, url: str) -> HTTPConnection:
    """A client with a connection to the server, which has accepted it."""
    client = HTTPConnection(urlsplit(url).netloc, timeout=20)
    stack.callback(client.close)
    assert ask_once(client, "/v1/nothing", {}) == 404
    return client


def is_accepting(url: str) -> bool:
    """Whether a new connection is taken."""
    try:
        with ExitStack() as stack:
            connect(stack, url)
    except (OSError, HTTPException):
        return False
    return True


def limit_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server whose process may have few descriptors, and its URL."""
    fixture = tmp_path / "rare.yaml"
    fixture.write_text(FIXTURE)
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--quiet", str(fixture)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=limit_descriptors)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


def test_many_connections_stop_no_answer(server: tuple[subprocess.Popen[str], str]) -> None:
    """Connections that would use up the last descriptors are closed; whatever is asked on the others is answered."""
    process, url = server
    with ExitStack() as stack:
        asked = REQUESTS | RARE
        clients = [connect(stack, url) for _ in asked]
        with suppress(OSError, HTTPException):
            for _ in range(LIMIT):
                connect(stack, url)
            pytest.fail("there are more connections than descriptors")
        assert ask(clients, asked) == expected(asked)
    until(lambda: is_accepting(url))
    assert process.poll() is None


EXHAUSTED = """
import json, os, sys
from contextlib import ExitStack
from mockserver import MockServer
from tests.serving.test_descriptors import REQUESTS, ask, connect, is_accepting, limit_descriptors
from tests.sockets import until

limit_descriptors()
with MockServer() as server, ExitStack() as stack:
    clients = [connect(stack, server.url) for _ in REQUESTS]
    opened = []
    try:
        while True:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        found = ask(clients, REQUESTS)
    for descriptor in opened:
        os.close(descriptor)
    until(lambda: is_accepting(server.url))
print(json.dumps(found))
"""


def test_refusals_need_no_descriptor() -> None:
    """The program around the server has taken every one."""
    done = subprocess.run([sys.executable, "-c", EXHAUSTED], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected(REQUESTS)
    assert "Traceback" not in done.stderr


def test_last_descriptors_are_kept() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert [is_scarce(limit - RESERVE + offset) for offset in (-1, 0)] == [False, True]


def test_preloading_again_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    preload()
    monkeypatch.setattr(Path, "read_bytes", None)
    monkeypatch.setattr(Path, "iterdir", None)
    preload()
