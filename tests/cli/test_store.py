"""A server with a folder for its store, killed and started again; and the commands that look at such a folder."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.cli.storing import show_info
from mockserver.records.settings import Settings
from mockserver.store.sqlite import open_store
from tests.cli.test_cli import call, serving
from tests.cli.test_sharing import ask, exchange
from tests.cli.test_workers import workers_of
from tests.sockets import until

ENDLESS = {"name": "numbers", "calls": [str(number) for number in range(5000)]}
ENDLESS_STREAM = """
scenarios:
  - {name: endless, reply: {text: one two three, fault: {then: stall, after_events: 3}}}
"""


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


def next_answer(url: str) -> int:
    return int(json.loads(exchange(url, "POST", "/v1/messages", ask("next"))[1])["content"][0]["text"])


def list_journal(url: str) -> Any:
    return json.loads(exchange(url, "GET", "/_mock/requests?limit=1000")[1])


def test_next_server_goes_on_where_the_last_one_ended(environment: dict[str, str], tmp_path: Path) -> None:
    store = str(tmp_path / "kept")
    with serving("--store", store, environment=environment) as (process, url):
        assert exchange(url, "POST", "/_mock/scenarios", {"scenarios": [ENDLESS]})[0] == 201
        exchange(url, "PATCH", "/_mock/settings", {"unmatched": "error"})
        assert [next_answer(url) for _ in range(3)] == [0, 1, 2]
        before = [exchange(url, "GET", path)[1] for path in ("/_mock/requests", "/_mock/settings", "/_mock/scenarios")]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0
    assert f"keeps in      {store}" in errors
    with serving("--store", store, environment=environment) as (_, url):
        after = [exchange(url, "GET", path)[1] for path in ("/_mock/requests", "/_mock/settings", "/_mock/scenarios")]
        assert after == before
        assert next_answer(url) == 3
        assert [each["number"] for each in list_journal(url)["requests"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_nothing_that_was_answered_is_lost_by_a_kill(environment: dict[str, str], tmp_path: Path, workers: str) -> None:
    store = str(tmp_path / "kept")
    arguments = ("--quiet", "--workers", workers, "--store", store)
    given: list[int] = []
    for least in (20, 40):
        with serving(*arguments, environment=environment) as (process, url):
            if not given:
                assert exchange(url, "POST", "/_mock/scenarios", {"scenarios": [ENDLESS]})[0] == 201
            # What is in the journal was answered, or was being answered when the server was killed.
            assert list_journal(url)["total"] <= len(given) + 4
            threads = [threading.Thread(target=keep_asking, args=(url, given)) for _ in range(4)]
            for thread in threads:
                thread.start()
            until(lambda least=least: len(given) >= least)  # type: ignore[misc]
            process.kill()
            for thread in threads:
                thread.join()
        wait_until_free(store, environment)
    assert len({*given}) == len(given), "no answer was given twice"
    with serving(*arguments, environment=environment) as (process, url):
        assert next_answer(url) > max(given)


def test_journal_that_was_written_is_there_after_a_kill(environment: dict[str, str], tmp_path: Path) -> None:
    store = str(tmp_path / "kept")
    with serving("--quiet", "--store", store, environment=environment) as (process, url):
        for _ in range(5):
            exchange(url, "POST", "/v1/messages", ask("hello"))
        before = exchange(url, "GET", "/_mock/requests")[1]
        process.kill()
    with serving("--quiet", "--store", store, environment=environment) as (_, url):
        assert exchange(url, "GET", "/_mock/requests")[1] == before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_answer_that_a_kill_cut_is_told_as_left(environment: dict[str, str], tmp_path: Path, workers: str) -> None:
    """Nobody waits for its end, and its thread can be continued."""
    store, fixture = str(tmp_path / "kept"), tmp_path / "endless.yaml"
    fixture.write_text(ENDLESS_STREAM)
    arguments = ("--quiet", "--workers", workers, "--store", store, str(fixture))
    with serving(*arguments, environment=environment) as (process, url):
        with suppress(httpx.TransportError), open_stream(url):
            entries = list_journal(url)["requests"]
            assert [each["hung_up"] for each in entries] == [None]
            killed = [process.pid] if workers == "1" else workers_of(process)
            for each in killed:
                os.kill(each, signal.SIGKILL)
        if workers == "2":
            until(lambda: len(workers_of(process)) == 2 and not {*killed} & {*workers_of(process)})
            until(lambda: [each["hung_up"] for each in list_journal(url)["requests"]] == [True])
            return
    with serving(*arguments, environment=environment) as (_, url):
        assert [each["hung_up"] for each in list_journal(url)["requests"]] == [True]


@contextmanager
def open_stream(url: str) -> Iterator[None]:
    """A streamed answer that has begun."""
    headers = {"x-api-key": "sk-own", "anthropic-version": "2023-06-01"}
    body = ask("hello", stream=True)
    with httpx.stream("POST", f"{url}/v1/messages", json=body, headers=headers, timeout=30) as answer:
        pieces = answer.iter_bytes()
        assert next(pieces)
        yield


def keep_asking(url: str, given: list[int]) -> None:
    """Ask until the server is gone."""
    headers = {"x-api-key": "sk-own", "anthropic-version": "2023-06-01"}
    with suppress(httpx.TransportError), httpx.Client(headers=headers, timeout=30) as client:
        while True:
            answer = client.post(f"{url}/v1/messages", json=ask("next")).json()
            given.append(int(answer["content"][0]["text"]))


def wait_until_free(store: str, environment: dict[str, str]) -> None:
    deadline = time.monotonic() + 20
    while json.loads(call("store", "info", store, "--json", environment=environment).stdout)["in_use"]:
        assert time.monotonic() < deadline


def test_info_says_what_a_folder_holds(environment: dict[str, str], tmp_path: Path) -> None:
    store = str(tmp_path / "kept")
    with serving("--store", store, environment=environment) as (process, url):
        exchange(url, "POST", "/_mock/scenarios", {"scenarios": [ENDLESS]})
        next_answer(url)
        told = call("store", "info", store, environment=environment)
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith(f"{store}: version 1, in use by a server\nholds 1 session, ")
        refused = call("store", "clear", store, environment=environment)
        assert refused.returncode == 2
        assert f"{store} is in use by process {process.pid}" in refused.stderr
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    shown = json.loads(call("store", "info", store, "--json", environment=environment).stdout)
    size = shown.pop("bytes")
    assert size > 10_000
    assert shown == {
        "folder": store,
        "version": 1,
        "in_use": False,
        "sessions": 1,
        "entries": 1,
        "scripts": 1,
        "objects": {},
    }
    cleared = call("store", "clear", store, environment=environment)
    assert cleared.stdout.startswith(f"removed from {store}: 1 session, 1 journal entry, 1 added script; ")
    for command in ("info", "clear"):
        gone = call("store", command, store, environment=environment)
        assert gone.returncode == 2
        assert gone.stderr.startswith("mockserver: store: expected a folder in which a server has kept things, but ")


def test_info_tells_of_objects_that_a_user_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = open_store(tmp_path / "kept", Settings())
    parts = ("batch_requests", "batch_rows", "batch_unfinished", "deleted_file")
    for kind in (*parts, "batch", "file", "skill", "skill_version", "user_profile"):
        opened.objects.add("s", kind, f"{kind}_1", b"{}")
    opened.objects.add("s", "file", "file_2", b"{}")
    opened.close()
    assert show_info(str(tmp_path / "kept"), as_json=False) == 0
    told = capsys.readouterr().out
    assert ", 1 batch, 2 files, 1 skill, 1 version of a skill, 1 user profile; " in told
    assert show_info(str(tmp_path / "kept"), as_json=True) == 0
    objects = json.loads(capsys.readouterr().out)["objects"]
    assert objects == {"batch": 1, "file": 2, "skill": 1, "skill_version": 1, "user_profile": 1}


def test_store_that_cannot_be_opened_is_told_in_one_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "store.db").write_text("this is no database" * 100)
    for name, told in (("file", "is none; name another one"), ("broken", "its store.db cannot be read")):
        for command in (["serve", "--port", "0"], ["serve", "--port", "0", "--workers", "2"], ["run"]):
            more = ["--", "true"] if command == ["run"] else []
            done = call(*command, "--store", str(tmp_path / name), *more, environment=environment)
            assert done.returncode == 2, done
            assert done.stderr.startswith("mockserver: store: expected ")
            assert told in done.stderr
            assert len(done.stderr.splitlines()) == 1
