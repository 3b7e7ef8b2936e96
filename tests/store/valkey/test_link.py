"""The link to the engine: what its errors mean, what happens while it is gone, and what is never sent twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
import valkey

from mockserver.store.errors import StoreClosedError, StoreError, StoreFullError, StoreGoneError
from mockserver.store.valkey import bridge
from mockserver.store.valkey.address import read_address
from mockserver.store.valkey.link import Link
from tests.store.valkey.engine import find_port, running

LIBRARY = """local P = KEYS[1]
local ops = {}
function ops.echo(...) return {...} end
function ops.count() return redis.call('INCR', P .. ':n') end
function ops.put(text) return redis.call('APPEND', P .. ':text', text) end
function ops.full() return redis.error_reply('FULL there is no room') end
return ops[ARGV[1]](unpack(ARGV, 2))
"""


@contextmanager
def linked(url: str) -> Iterator[Link]:
    link = Link(read_address(url), LIBRARY)
    try:
        yield link
    finally:
        link.close()


@pytest.fixture
def link(engine: str, tmp_path: Path) -> Iterator[Link]:
    with linked(f"{engine}?name={tmp_path.name}") as made:
        yield made


def count_until_back(link: Link) -> int:
    deadline = monotonic() + 20
    while True:
        try:
            return int(link.call("count"))
        except StoreGoneError:  # noqa: PERF203  it is waited for
            assert monotonic() < deadline, "it does not come back"
            sleep(0.02)


def test_arguments_arrive_as_bytes(link: Link) -> None:
    assert link.call("echo", "a\ud800", b"\xff", 1, 1.5) == [b"a\xed\xa0\x80", b"\xff", b"1", b"1.5"]


def test_refusals_for_lack_of_room_keep_their_words(link: Link) -> None:
    with pytest.raises(StoreFullError, match=r"^there is no room$"):
        link.call("full")


def test_lost_scripts_are_loaded_again(link: Link, engine: str) -> None:
    async def ask() -> list[int]:
        return list(await asyncio.gather(*[bridge.run(link.call, "count") for _ in range(3)]))

    with valkey.Valkey.from_url(engine) as client:
        client.script_flush()
        assert link.call("count") == 1
        client.script_flush()
        assert sorted(asyncio.run(ask())) == [2, 3, 4]


def test_closed_links_say_so(link: Link) -> None:
    link.close()
    with pytest.raises(StoreClosedError):
        link.call("count")
    link.open()
    assert link.call("count") == 1


def test_links_fail_at_once_while_the_engine_is_gone(tmp_path: Path) -> None:
    port = find_port()
    with running(tmp_path, port) as url:
        link = Link(read_address(url), LIBRARY)
        assert link.call("count") == 1
    try:
        for _ in range(3):
            begun = monotonic()
            with pytest.raises(StoreGoneError, match="cannot be used"):
                link.call("count")
            assert monotonic() - begun < 1
        assert link.reason
        with running(tmp_path, port):
            assert count_until_back(link) == 1
            assert link.reason is None
    finally:
        link.close()


def test_engines_that_hang_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.store.valkey.link.DEADLINE", 0.5)
    with running(tmp_path) as url, linked(url) as link, valkey.Valkey.from_url(url) as client:
        process = client.info("server")["process_id"]

        async def ask() -> None:
            await bridge.run(link.call, "count")
            os.kill(process, signal.SIGSTOP)
            try:
                with pytest.raises(StoreGoneError, match=r"did not answer within 0\.5 seconds"):
                    await bridge.run(link.call, "count")
            finally:
                os.kill(process, signal.SIGCONT)

        asyncio.run(ask())
        # The one that was given up was done once, or not at all; none was sent twice.
        assert count_until_back(link) in (2, 3)


def test_wrong_passwords_are_not_waited_for(engine: str) -> None:
    begun = monotonic()
    with pytest.raises(StoreError) as raised:
        Link(read_address(engine.replace("//", "//:very-secret@")), LIBRARY, patience=10)
    assert monotonic() - begun < 5
    assert "very-secret" not in str(raised.value)


def test_full_engines_refuse_and_recover(tmp_path: Path) -> None:
    with running(tmp_path) as url, linked(url) as link, valkey.Valkey.from_url(url) as client:
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreFullError, match="maxmemory"):
            link.call("put", "x" * 1000)
        assert link.call("echo") == []
        client.config_set("maxmemory", 0)
        assert link.call("count") == 1


def test_replicas_of_the_engine_are_no_store(tmp_path: Path) -> None:
    with running(tmp_path) as url, linked(url) as link, valkey.Valkey.from_url(url) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", find_port())
        with pytest.raises(StoreGoneError, match="replica"):
            link.call("count")
        client.execute_command("REPLICAOF", "NO", "ONE")
        assert count_until_back(link) == 1


def test_cancelled_callers_leave_the_answers_of_others_alone(link: Link) -> None:
    async def ask() -> list[bytes]:
        tasks = [asyncio.ensure_future(bridge.run(link.call, "echo", n)) for n in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(answers.pop(1), asyncio.CancelledError)
        return [answer[0] for answer in answers]  # type: ignore[index]

    assert asyncio.run(ask()) == [b"0", b"2", b"3"]
