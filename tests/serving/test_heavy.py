"""Requests that may take long are answered beside the event loop: others are answered meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from math import inf
from threading import Event, Lock
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.records.spool import Spool
from mockserver.serving.app import MockApp
from mockserver.serving.heavy import LARGE, LARGE_CONTROL, LONG, REMEMBERED, HeavyWorker, Job, Lane, is_heavy
from mockserver.serving.service import Exchange, Service
from mockserver.serving.transport import ServiceTransport

# Seconds until a test gives up; nothing takes as long.
DEADLINE = 20
MESSAGE = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
READING = Call("GET", "/_mock/requests", {}, b"")
PACKED = Call("POST", "/v1/messages", {"content-encoding": "gzip"}, b"x")
LARGE_MESSAGE = {**MESSAGE, "messages": [{"role": "user", "content": "x" * LARGE}]}


@pytest.mark.parametrize(
    ("path", "size", "heavy"),
    [
        ("/v1/messages", LARGE, False),
        ("/v1/messages", LARGE + 1, True),
        ("/_mock/explain", LARGE_CONTROL, False),
        ("/_mock/explain", LARGE_CONTROL + 1, True),
        ("/_mock/requests", 0, True),
        ("/_mock/requests/7", 0, True),
        ("/_mock/verify", 2, True),
        ("/_mock/scenarios", 0, True),
        ("/_mock/health", 0, True),
        ("/_mock/reset", 0, True),
    ],
)
def test_size_and_path_tell_what_may_take_long(path: str, size: int, heavy: bool) -> None:
    assert is_heavy(Call("POST", path, {}, b"x" * size)) is heavy


def test_spooled_body_may_take_long() -> None:
    spool = Spool()
    spool.write(b"x" * (LARGE + 1))
    assert is_heavy(Call("POST", "/v1/files", {}, spool=spool))


def test_packed_bodies_and_threads_may_take_long() -> None:
    assert is_heavy(PACKED)
    assert is_heavy(Call("POST", "/v1/messages", {}, b'{"thread": {"previous_message_id": "msg_1"}}'))


@pytest.mark.parametrize("header", ["x-api-key", "x-mock-session"])
def test_callers_whose_answers_take_long_are_answered_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    """In a busy time unknown callers are too; those known to be quick are not, nor those that others kept waiting."""
    worker, loop, costs = HeavyWorker(), threading.get_ident(), {"slow": LONG + 1.0}
    spent, now = 0.0, 10.0

    def answer(call: Call) -> Exchange:
        nonlocal spent, now
        spent += costs.get(call.session, 0.0)
        now += LONG + 1.0 if call.session == "held up" else costs.get(call.session, 0.0)
        return Exchange(Delivery(threading.get_ident() == loop, (), ()))

    async def ask(caller: str) -> bool:
        """Whether the call was answered in the event loop."""
        return bool((await worker.answer(answer, Call("POST", "/", {header: caller}, b""))).delivery.status)

    async def run() -> dict[str, list[bool]]:
        asked: dict[str, list[bool]] = {}
        for caller in ("quick", "held up", "held up", "slow", "slow", "new", "quick"):
            asked.setdefault(caller, []).append(await ask(caller))
        return asked

    monkeypatch.setattr(time, "thread_time", lambda: spent)
    monkeypatch.setattr(time, "monotonic", lambda: now)
    always = {"quick": [True, True], "held up": [True, True]}
    assert asyncio.run(run()) == {**always, "slow": [True, False], "new": [False]}
    costs, now = {}, now + REMEMBERED
    assert asyncio.run(run()) == {**always, "slow": [True, True], "new": [True]}


def find_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "heavy request"]


@pytest.fixture
def answered_first(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Holds each heavy request back until a small one was answered; holds for each whether one was."""
    met: list[bool] = []
    small = Event()
    answer_api, answer_control = Service.answer_api, Service.answer_control

    def wait(call: Call) -> None:
        if is_heavy(call):
            met.append(small.wait(DEADLINE))

    def hold_api(self: Service, call: Call) -> Exchange:
        wait(call)
        exchange = answer_api(self, call)
        if not is_heavy(call):
            small.set()
        return exchange

    def hold_control(self: Service, call: Call) -> Exchange:
        wait(call)
        return answer_control(self, call)

    monkeypatch.setattr(Service, "answer_api", hold_api)
    monkeypatch.setattr(Service, "answer_control", hold_control)
    return met


async def ask_both(transport: Any, method: str, path: str, body: object) -> list[int]:
    """The statuses of a heavy request and of a small one that comes behind it."""
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        heavy = client.request(method, path, content=json.dumps(body))
        small = client.post("/v1/messages", json=MESSAGE)
        return [answer.status_code for answer in await asyncio.gather(heavy, small)]


HEAVY = [
    ("POST", "/v1/messages", LARGE_MESSAGE, 200),
    ("POST", "/v1/messages/count_tokens", {key: LARGE_MESSAGE[key] for key in ("model", "messages")}, 200),
    ("POST", "/_mock/scenarios", {"reply": "x" * LARGE_CONTROL}, 201),
    ("POST", "/_mock/explain", LARGE_MESSAGE, 200),
    ("GET", "/_mock/requests", None, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), HEAVY)
def test_others_are_answered_meanwhile(
    answered_first: list[bool], method: str, path: str, body: object, status: int
) -> None:
    transport = httpx.ASGITransport(MockApp())
    assert asyncio.run(ask_both(transport, method, path, body)) == [status, 200]
    assert answered_first == [True]


@pytest.mark.parametrize(("method", "path", "body", "status"), HEAVY)
def test_others_in_the_same_process_are_answered_meanwhile(
    answered_first: list[bool], method: str, path: str, body: object, status: int
) -> None:
    transport = ServiceTransport(MockApp().mock)
    assert asyncio.run(ask_both(transport, method, path, body)) == [status, 200]
    assert answered_first == [True]


def test_a_heavy_request_gets_the_same_bytes() -> None:
    def ask(transport: Any) -> bytes:
        async def run() -> bytes:
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                answer = await client.post("/v1/messages", json={**LARGE_MESSAGE, "max_tokens": 900, "stream": True})
                return bytes(answer.content)

        return asyncio.run(run())

    bodies = {ask(httpx.ASGITransport(MockApp())) for _ in range(2)}
    assert len(bodies | {ask(ServiceTransport(MockApp().mock))}) == 1


def test_large_bodies_are_answered_one_at_a_time_in_their_order() -> None:
    calls = [Call("POST", "/", {"x-api-key": str(number)}, b"x" * (LARGE + number + 1)) for number in range(20)]
    busy, done = Lock(), []

    def answer(call: Call) -> Exchange:
        assert busy.acquire(blocking=False)
        done.append(call)
        busy.release()
        return Exchange(Delivery(len(call.body) - LARGE, (), ()))

    async def run() -> list[Exchange]:
        worker = HeavyWorker()
        return await asyncio.gather(*[worker.answer(answer, call) for call in calls])

    assert [exchange.delivery.status for exchange in asyncio.run(run())] == [*range(1, 21)]
    assert done == calls


def test_callers_have_their_turns() -> None:
    """One who asks for much again and again keeps others waiting for one answer alone."""
    answered: list[str] = []
    release = Event()

    def answer(call: Call) -> Exchange:
        assert release.wait(DEADLINE)
        answered.append(call.path)
        return Exchange(Delivery(200, (), ()))

    async def run() -> None:
        loop, lane = asyncio.get_running_loop(), Lane()
        futures: list[asyncio.Future[Exchange]] = []
        for caller, path in ((1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2"), (3, "c1")):
            futures.append(loop.create_future())
            lane.add(caller, Job(answer, Call("POST", path, {}, b""), loop, futures[-1]))
        release.set()
        await asyncio.wait_for(asyncio.gather(*futures), DEADLINE)

    asyncio.run(run())
    assert answered == ["a1", "a2", "b1", "c1", "a3", "b2"]


def test_callers_do_not_wait_for_large_bodies() -> None:
    release = Event()

    def answer(call: Call) -> Exchange:
        if is_heavy(call):
            assert release.wait(DEADLINE)
        return Exchange(Delivery(200, (), ()))

    async def run() -> None:
        worker = HeavyWorker()
        worker._busy_until = inf
        held = [asyncio.ensure_future(worker.answer(answer, call)) for call in (PACKED, READING)]
        await asyncio.sleep(0)
        await asyncio.wait_for(worker.answer(answer, Call("POST", "/", {}, b"")), DEADLINE)
        assert not any(task.done() for task in held)
        release.set()
        await asyncio.wait_for(asyncio.gather(*held), DEADLINE)

    asyncio.run(run())


def test_a_failure_is_told_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(threading, "excepthook", shown.append)

    def fail(_: Call) -> Exchange:
        raise AssertionError

    async def run() -> Exchange:
        worker = HeavyWorker()
        with pytest.raises(RuntimeError, match="failed in its thread"):
            await asyncio.wait_for(worker.answer(fail, PACKED), DEADLINE)
        exchange = Exchange(Delivery(204, (), ()))
        return await asyncio.wait_for(worker.answer(lambda _: exchange, PACKED), DEADLINE)

    assert asyncio.run(run()).delivery.status == 204
    for thread in find_threads():
        thread.join(DEADLINE)
    assert len(shown) == 1


def test_stopping_does_not_wait() -> None:
    started, release = Event(), Event()

    def answer(_: Call) -> Exchange:
        started.set()
        release.wait(DEADLINE)
        return Exchange(Delivery(200, (), ()))

    async def run() -> None:
        task = asyncio.ensure_future(HeavyWorker().answer(answer, PACKED))
        await asyncio.to_thread(started.wait, DEADLINE)
        task.cancel()

    asyncio.run(run())
    assert not release.is_set()
    (thread,) = find_threads()
    assert thread.daemon
    release.set()
    thread.join(DEADLINE)
