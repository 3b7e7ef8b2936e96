"""Workers share one store: a client whose connections meet different ones sees no difference."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.cli.sharing import temporary_folder
from mockserver.records.settings import Settings
from mockserver.store.sqlite import open_store
from tests.cli.test_cli import COMMAND, serving
from tests.cli.test_workers import has_begun, is_running, workers_of
from tests.sockets import until

FIXTURE = """
scenarios:
  - name: numbers
    when: {user: count}
    calls: [{text: "one of {{ call }}"}, {text: two}, {text: three}]
  - name: weather
    when: {user: weather}
    reply: {tool_use: {name: get_weather, input: {city: Oslo}}}
"""
ADDED = {"scenarios": [{"name": "added", "when": {"user": "added"}, "calls": ["first", "second"]}]}


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [{"role": "user", "content": text}], **more}


def exchange(url: str, method: str, path: str, body: Any = None, key: str = "sk-own") -> Any:
    """The answer to a request over a connection of its own: whichever worker takes it."""
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    with httpx.Client(timeout=30) as client:
        answer = client.request(method, f"{url}{path}", json=body, headers=headers)
    return answer.status_code, answer.text, answer.headers.get("request-id")


def mask_times(text: str) -> str:
    """The text without what differs from run to run: times, durations, the port and the paths."""
    text = re.sub(r'("(?:at|duration_ms|first_byte_ms|first_ms|mean|p50|p95|p99|max)": )[0-9.]+', r"\1-", text)
    # Workers keep things in a folder.
    text = text.replace('"kind": "sqlite"', '"kind": "memory"')
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text)


SCRIPT: list[tuple[str, str, Any]] = [
    *[("POST", "/v1/messages", ask("count")) for _ in range(4)],
    ("POST", "/v1/messages", ask("weather", tools=[{"name": "get_weather", "input_schema": {"type": "object"}}])),
    ("POST", "/v1/messages", ask("anything", stream=True)),
    ("POST", "/_mock/scenarios", ADDED),
    ("GET", "/_mock/scenarios", None),
    *[("POST", "/v1/messages", ask("added")) for _ in range(3)],
    ("POST", "/_mock/scenarios/added/calls", ["third"]),
    ("POST", "/v1/messages", ask("added")),
    (
        "PATCH",
        "/_mock/settings",
        {"unmatched": "error", "pace": "realtime", "faults": {"then": "malformed", "calls": 1}},
    ),
    ("GET", "/_mock/settings", None),
    ("POST", "/v1/messages", ask("nobody answers this")),
    ("POST", "/v1/messages", {"model": 7}),
    ("GET", "/_mock/requests", None),
    ("GET", "/_mock/requests/3", None),
    ("GET", "/_mock/stats", None),
    ("POST", "/_mock/verify", {"when": {"user": "count"}, "exactly": 4}),
    ("POST", "/_mock/explain", ask("count")),
    ("DELETE", "/_mock/scenarios/added", None),
    ("DELETE", "/_mock/requests", None),
    ("POST", "/v1/messages", ask("count")),
    ("GET", "/_mock/requests", None),
    ("POST", "/_mock/reset", None),
    ("POST", "/v1/messages", ask("count")),
    ("GET", "/_mock/health", None),
]


def play(url: str) -> list[Any]:
    """The answers to the script, one request after the other."""
    return [
        (method, path, status, mask_times(text), request_id)
        for method, path, body in SCRIPT
        for status, text, request_id in [exchange(url, method, path, body)]
    ]


def test_answers_are_those_of_one_process(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    fixture.write_text(FIXTURE)
    played = []
    for workers in ("1", "3"):
        with serving("--workers", workers, "--quiet", str(fixture), environment=environment) as (_, url):
            played.append(play(url))
    statuses = Counter(status for _, _, status, _, _ in played[0])
    assert statuses == {200: 24, 201: 2, 400: 1, 404: 2}, statuses
    for one, several in zip(*played, strict=True):
        assert one == several


def test_each_answer_of_a_script_is_given_once(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    calls = [str(number) for number in range(200)]
    fixture.write_text(json.dumps({"scenarios": [{"name": "numbers", "calls": calls}]}))
    with serving("--workers", "2", "--quiet", str(fixture), environment=environment) as (_, url):
        with ThreadPoolExecutor(16) as pool:
            answers = [*pool.map(lambda _: exchange(url, "POST", "/v1/messages", ask("next")), range(200))]
        assert sorted(int(json.loads(text)["content"][0]["text"]) for _, text, _ in answers) == [*range(200)]
        entries = json.loads(exchange(url, "GET", "/_mock/requests?limit=1000")[1])
    assert len({request_id for _, _, request_id in answers}) == 200
    assert entries["total"] == 200, {key: value for key, value in entries.items() if key != "requests"}


@contextmanager
def temporary(tmp_path: Path, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A server of two workers, and the folder in which it makes its own."""
    folder = tmp_path / "temporary"
    folder.mkdir(exist_ok=True)
    with serving("--workers", "2", environment={**environment, "TMPDIR": str(folder)}) as (process, url):
        yield process, url, folder


def test_folder_of_workers_is_its_owners_alone_and_goes_with_them(environment: dict[str, str], tmp_path: Path) -> None:
    with temporary(tmp_path, environment) as (process, url, folder):
        (made,) = folder.iterdir()
        assert made.stat().st_mode & 0o777 == 0o700
        exchange(url, "POST", "/v1/messages", ask("hello"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert [*folder.iterdir()] == []


def test_folder_that_a_killed_server_left_is_removed_by_the_next(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with temporary(tmp_path, environment) as (process, _, folder):
        workers = workers_of(process)
        process.kill()
        until(lambda: not any(map(is_running, workers)))
    (left,) = folder.iterdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with temporary_folder():
        assert left in folder.iterdir(), "it may be that of a server that is only just starting"
    os.utime(left, (1, 1))
    with temporary_folder() as other:
        assert left not in folder.iterdir()
        with closing(open_store(other, Settings())):
            os.utime(other, (1, 1))
            with temporary_folder():
                assert other.exists(), "one that is in use stays"


def test_nothing_is_lost_with_a_worker(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    fixture.write_text(FIXTURE)
    with serving("--workers", "2", str(fixture), environment=environment) as (process, url):
        exchange(url, "POST", "/_mock/scenarios", ADDED)
        first = json.loads(exchange(url, "POST", "/v1/messages", ask("added"))[1])
        before = workers_of(process)
        assert json.loads(exchange(url, "GET", "/_mock/requests")[1])["total"] == 1
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        until(lambda: len(workers_of(process)) == 2 and not {*before} & {*workers_of(process)})
        second = json.loads(exchange(url, "POST", "/v1/messages", ask("added"))[1])
        listed = json.loads(exchange(url, "GET", "/_mock/requests")[1])
    assert [each["content"][0]["text"] for each in (first, second)] == ["first", "second"]
    assert listed["total"] == 2


def test_store_in_use_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    store = str(tmp_path / "kept")
    with serving("--workers", "2", "--store", store, environment=environment) as (process, _):
        command = [*COMMAND, "serve", "--port", "0", "--store", store]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert done.stderr.startswith("mockserver: store: expected a folder that no other server uses, but ")
        assert f"in use by process {process.pid}" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_who_waits_hears_of_what_another_worker_answers(environment: dict[str, str]) -> None:
    expected = {"when": {"user": "later"}, "exactly": 6}
    with serving("--workers", "3", "--quiet", environment=environment) as (_, url), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(exchange, url, "POST", "/_mock/verify?wait=20s", expected)
        for _ in range(6):
            exchange(url, "POST", "/v1/messages", ask("later"))
        status, text, _ = waiting.result(30)
    assert status == 200, text


def test_reload_is_seen_by_all_workers(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    fixture.write_text("scenarios: [{name: before, when: {user: weather}, reply: Before.}]")
    with serving("--workers", "2", "--reload", "--quiet", str(fixture), environment=environment) as (process, url):
        # Only who has loaded the files as they were can explain by them.
        until(lambda: all(map(has_begun, workers_of(process))))
        exchange(url, "POST", "/v1/messages", ask("hello"))
        fixture.write_text("scenarios: [{name: after, reply: After.}]")

        def answer() -> str:
            return str(json.loads(exchange(url, "POST", "/v1/messages", ask("hello"))[1])["content"][0]["text"])

        until(lambda: [answer() for _ in range(8)] == ["After."] * 8)
        entry = json.loads(exchange(url, "GET", "/_mock/requests/1")[1])
    assert [miss["scenario"] for miss in entry["misses"]] == ["before"], "explained by the files as they were"


def test_files_of_fixtures_are_of_one_time_in_all_workers(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "fixture.yaml"
    fixture.write_text("files: [{id: file_own, path: fixture.yaml, expires_in: 2h}]")
    with serving("--workers", "2", "--quiet", str(fixture), environment=environment) as (process, url):
        shown = {exchange(url, "GET", "/v1/files")[1] for _ in range(10)}
        before = workers_of(process)
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(workers_of(process)) == 2 and workers_of(process) != before)
        shown |= {exchange(url, "GET", "/v1/files")[1] for _ in range(20)}
    assert len(shown) == 1, shown
