"""Replicas that are killed, workers that die, and an engine that goes away and comes back, under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.crash.server import Server
from tests.replicas.asking import WITHIN, Asker, Json, make_body, until
from tests.store.valkey.engine import MISSING, find_engine, find_port, running

pytestmark = pytest.mark.skipif(find_engine() is None, reason=MISSING)

BATCHES, MANY = "/v1/messages/batches", 400


@pytest.fixture
def victims(store: str, tmp_path: Path) -> Iterator[list[Server]]:
    """Two replicas of which a test may kill what it likes."""
    made = [Server("--store", store, log=tmp_path / f"log-{number}") for number in range(2)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Server.start, made))
    yield made
    for server in made:
        server.kill()


def test_what_a_killed_replica_was_doing_is_ended_by_the_other(victims: list[Server]) -> None:
    first, second = victims
    with Asker([first.url]) as one, Asker([second.url], one.session) as other, ThreadPoolExecutor(2) as pool:
        one.add(name="slow", when={"user": "slow"}, reply="word " * 400)
        one.add(name="many", when={"user": "many"}, reply="one of many")
        one.change(pace={"first": "0ms", "tokens_per_second": 20})
        stream = pool.submit(_read_stream, first.url, one.session)
        items = [{"custom_id": f"i{number}", "params": make_body("many")} for number in range(MANY)]
        creation = pool.submit(one.send, "POST", BATCHES, json={"requests": items})
        until(lambda: _has_begun(other), "not begun")
        first.kill()
        assert isinstance(stream.exception(WITHIN), httpx.TransportError)
        creation.exception(WITHIN)
        until(lambda: bool(_find_stream(other)["hung_up"]), "the journal does not say that the stream was cut")
        (batch,) = other.get(BATCHES)["data"]
        until(lambda: other.get(f"{BATCHES}/{batch['id']}")["processing_status"] == "ended", "the batch does not end")
        rows = other.send("GET", f"{BATCHES}/{batch['id']}/results").text.splitlines()
        results = [json.loads(row) for row in rows]
        assert [each["custom_id"] for each in results] == [each["custom_id"] for each in items]
        assert {each["result"]["type"] for each in results} == {"succeeded"}


def test_workers_share_an_engine_and_are_replaced(store: str, tmp_path: Path) -> None:
    server = Server("--store", store, "--workers", "2", log=tmp_path / "log")
    try:
        server.start()
        with Asker([server.url]) as asker:
            texts = [f"answer {number}" for number in range(24)]
            asker.add(name="s", when={}, calls=texts)
            heard = [_ask_anew(server.url, asker.session) for _ in texts[:12]]
            os.kill(_find_workers(server.pid)[0], signal.SIGKILL)
            until(lambda: len(_find_workers(server.pid)) == 2, "the worker is not replaced")
            heard += [_ask_anew(server.url, asker.session) for _ in texts[12:]]
            assert heard == texts
    finally:
        server.kill()


def test_engine_that_comes_back_is_used_again(tmp_path: Path) -> None:
    port = find_port()
    server = Server("--store", f"valkey://127.0.0.1:{port}?name=n", log=tmp_path / "log")
    try:
        with running(tmp_path, port):
            server.start()
            with Asker([server.url]) as asker:
                asker.ask()
        with Asker([server.url]) as asker, ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: asker.send("POST", "/v1/messages", json=make_body()), range(12)))
            # A connection that is cut under a command is noticed by that command.
            assert {answer.status_code for answer in answers} == {503}
            assert [answer.json()["error"]["type"] for answer in answers] == ["api_error"] * 12
            assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
            assert asker.send("GET", "/_mock/sessions").status_code == 503
            health = asker.send("GET", "/_mock/health")
            assert (health.status_code, health.json()["store"]["status"]) == (503, "gone")
            assert "Connection refused" in health.json()["store"]["reason"]
            with running(tmp_path, port):
                until(lambda: asker.send("POST", "/v1/messages", json=make_body()).status_code == 200, "still 503")
                asker.add(name="s", when={}, calls=["one", "two"])
                assert [asker.hear(), asker.hear()] == ["one", "two"]
    finally:
        server.kill()


def test_engine_restarted_under_load_costs_503_and_nothing_else(tmp_path: Path) -> None:
    port = find_port()
    server = Server("--store", f"valkey://127.0.0.1:{port}?name=n", log=tmp_path / "log")
    seen: list[int] = []
    try:
        with running(tmp_path, port):
            server.start()
            with Asker([server.url]) as asker:
                asker.ask()

        def load(_: int) -> None:
            with Asker([server.url]) as own:
                while seen.count(200) < 40:
                    seen.append(own.send("POST", "/v1/messages", json=make_body()).status_code)

        with ThreadPoolExecutor(4) as pool:
            done = [pool.submit(load, number) for number in range(4)]
            until(lambda: 503 in seen, "no 503")
            for _ in range(2):
                with running(tmp_path, port):
                    before = seen.count(200)
                    until(partial(_has_more, seen, before), "no 200")
            with running(tmp_path, port):
                for each in done:
                    each.result(30)
        assert {*seen} == {200, 503}
    finally:
        server.kill()


def _has_more(seen: list[int], before: int) -> bool:
    return seen.count(200) > before


def _read_stream(url: str, session: str) -> str:
    with Asker([url], session) as asker:
        text: str = asker.send("POST", "/v1/messages", json=make_body("slow", stream=True, max_tokens=1000)).text
    return text


def _find_stream(asker: Asker) -> Json:
    return next((entry for entry in asker.read_journal() if entry.get("scenario") == "slow"), {})


def _has_begun(asker: Asker) -> bool:
    return bool(_find_stream(asker) and asker.get(BATCHES)["data"])


def _ask_anew(url: str, session: str) -> str:
    """By a connection of its own, so that any worker answers."""
    with Asker([url], session) as asker:
        heard: str = asker.hear()
    return heard


def _find_workers(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]
