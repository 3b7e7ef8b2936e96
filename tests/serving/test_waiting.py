"""Verification that waits: until the request comes, the time is over, or the client goes. Others do not wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from mockserver import MockServer
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from mockserver.records.settings import Settings
from mockserver.serving import waiting
from mockserver.serving.service import Exchange
from mockserver.serving.waiting import JournalWatch, PatientAnswerer, answer_in_thread
from mockserver.store import MemoryStore
from mockserver.store.calls import CallRecord
from tests.sockets import Connection, until

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
NAMED = {"x-mock-session": "waiting", "x-api-key": "k"}
RECORD = CallRecord(Call("POST", "/v1/messages", {"x-mock-session": "waiting"}, b"{}"))


@pytest.fixture(autouse=True)
def _swift(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The thread that watches the journal ends soon, and with the test."""
    monkeypatch.setattr(waiting, "LOOK", 0.01)
    yield
    until(lambda: watchers() == [])


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


def ask(client: httpx2.Client) -> int:
    return client.post("/v1/messages", json=HELLO, headers=NAMED).status_code


def verify(client: httpx2.Client, wait: str, **body: Any) -> httpx2.Response:
    return client.post(f"/_mock/verify?wait={wait}", json=body, headers=NAMED, timeout=30)


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "journal watch"]


def is_waited_for(server: MockServer) -> bool:
    return bool(server.mock.store.journal._data.waiting)  # type: ignore[attr-defined]  # nobody else can tell


def later(server: MockServer, client: httpx2.Client, number: int = 1) -> threading.Thread:
    """Ask so often, each time when somebody waits."""

    def run() -> None:
        for _ in range(number):
            until(lambda: is_waited_for(server))
            ask(client)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("socket", [True, False])
def test_verification_waits_for_the_request(server: MockServer, socket: bool) -> None:
    transport = None if socket else server.transport
    with httpx2.Client(base_url=server.url, transport=transport) as client, httpx2.Client(base_url=server.url) as other:
        thread = later(server, other, 2)
        got = verify(client, "20s", exactly=2)
        thread.join()
    assert (got.status_code, got.json()) == (200, {"verified": True, "matched": [1, 2]})


def test_order_is_waited_for(server: MockServer) -> None:
    with httpx2.Client(base_url=server.url) as client:
        thread = later(server, client, 2)
        got = verify(client, "20s", in_order=[{"user": "Hi"}, {"user": "Hi"}])
        thread.join()
    assert got.json()["in_order"] == [1, 2]


@pytest.mark.parametrize("socket", [True, False])
def test_time_is_over_at_last(server: MockServer, socket: bool) -> None:
    transport = None if socket else server.transport
    with httpx2.Client(base_url=server.url, transport=transport) as client:
        got = verify(client, "50ms")
    assert (got.status_code, got.json()["error"]["matched"]) == (409, [])


@pytest.mark.parametrize(
    ("body", "status"),
    [({"exactly": 1}, 200), ({"at_most": 0}, 409), ({"in_order": []}, 400), ({"exactly": 2, "at_most": 1}, 400)],
)
def test_what_is_certain_is_answered_at_once(server: MockServer, body: dict[str, Any], status: int) -> None:
    with httpx2.Client(base_url=server.url) as client:
        ask(client)
        got = verify(client, "60s", **body)
    assert got.status_code == status
    assert watchers() == []


def test_others_are_answered_meanwhile(server: MockServer) -> None:
    """Also those who read the journal: they have one thread for all."""
    with httpx2.Client(base_url=server.url) as client:
        threads = [threading.Thread(target=verify, args=(client, "20s"), kwargs={"exactly": 2}) for _ in range(5)]
        for thread in threads:
            thread.start()
        until(lambda: is_waited_for(server))
        assert len(watchers()) == 1
        assert client.get("/_mock/requests").json()["total"] == 0
        assert (ask(client), verify(client, "20s").status_code, ask(client)) == (200, 200, 200)
        for thread in threads:
            thread.join(20)
            assert not thread.is_alive()


def test_client_that_goes_is_waited_for_no_longer(server: MockServer) -> None:
    with Connection(server) as connection:
        line = b"POST /_mock/verify?wait=60s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 2\r\n\r\n{}"
        connection.send(line)
        until(lambda: is_waited_for(server))
    until(lambda: watchers() == [])


def test_cancelled_client_without_a_socket_goes(server: MockServer) -> None:

    async def talk() -> None:
        async with httpx2.AsyncClient(transport=server.transport, base_url="http://127.0.0.1") as client:
            asking = asyncio.ensure_future(client.post("/_mock/verify?wait=60s", json={}, headers=NAMED))
            while not is_waited_for(server):
                await asyncio.sleep(0.001)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

    asyncio.run(talk())
    until(lambda: not is_waited_for(server))


def test_async_client_without_a_socket_waits(server: MockServer) -> None:
    async def talk() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=server.transport, base_url="http://127.0.0.1") as client:
            asking = asyncio.ensure_future(client.post("/_mock/verify?wait=20s", json={}, headers=NAMED))
            while not is_waited_for(server):
                await asyncio.sleep(0.001)
            await client.post("/v1/messages", json=HELLO, headers=NAMED)
            got: httpx2.Response = await asking
            return got

    assert asyncio.run(talk()).json()["matched"] == [1]


def test_waiting_ends_with_the_server() -> None:
    with MockServer() as server, httpx2.Client(base_url=server.url) as client:
        got: list[object] = []

        def wait() -> None:
            try:
                got.append(verify(client, "60s").status_code)
            except httpx2.HTTPError as error:
                got.append(type(error))

        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: is_waited_for(server))
        server.stop()
        thread.join(20)
    # A server that is stopped at once may not have the time to answer.
    assert got in ([409], [httpx2.RemoteProtocolError])


def test_waiting_ends_when_no_more_is_awaited() -> None:
    """As things are; and a server that starts again waits again."""
    journal = MemoryStore(Settings()).journal
    watch, asked = JournalWatch(journal), 0
    patient = PatientAnswerer(watch)

    async def ask() -> Exchange:
        nonlocal asked
        asked += 1
        return Exchange(Delivery(409, (), ()), wait=20.0)

    async def sleep(seconds: float, future: asyncio.Future[None] | None = None) -> bool:
        if future is not None:
            asyncio.get_running_loop().call_soon(watch.close)
            await asyncio.wait_for(future, seconds)
        return False

    async def wait() -> int:
        return (await patient.answer(ask, sleep)).delivery.status

    assert (asyncio.run(wait()), asked) == (409, 2)
    assert (asyncio.run(wait()), asked) == (409, 3)
    watch.open()
    assert (asyncio.run(wait()), asked) == (409, 5)


def pending(journal: Any, needed: int) -> Callable[[], Exchange]:
    """Answers that are final once so many calls are in the journal; one call comes while each is being given."""

    def answer() -> Exchange:
        found = len(journal.entries())
        journal.append("waiting", RECORD)
        return Exchange(Delivery(200 if found >= needed else 409, (), ()), wait=0.0 if found >= needed else 20.0)

    return answer


def test_change_between_looking_and_waiting_is_not_missed() -> None:
    journal = MemoryStore(Settings()).journal
    assert answer_in_thread(pending(journal, 3), journal).delivery.status == 200

    async def sleep(seconds: float, future: asyncio.Future[None] | None = None) -> bool:
        if future is not None:
            await asyncio.wait_for(future, seconds)
        return False

    async def wait() -> Exchange:
        answer = pending(journal, 8)

        async def ask() -> Exchange:
            return answer()

        return await PatientAnswerer(JournalWatch(journal)).answer(ask, sleep)

    assert asyncio.run(wait()).delivery.status == 200


def test_change_is_not_missed_while_the_thread_waits_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits for another client knows of the change already, and would not tell of it again."""
    monkeypatch.setattr(waiting, "LOOK", 30.0)
    journal: Any = MemoryStore(Settings()).journal
    patient, is_over = PatientAnswerer(JournalWatch(journal)), False
    done, not_yet = Exchange(Delivery(200, (), ())), Exchange(Delivery(409, (), ()), wait=60.0)

    async def sleep(seconds: float, future: asyncio.Future[None] | None = None) -> bool:
        await asyncio.wait((future or asyncio.get_running_loop().create_future(),), timeout=seconds)
        return is_over

    async def waited() -> None:
        while not journal._data.waiting:
            await asyncio.sleep(0.001)

    async def other() -> Exchange:
        return not_yet

    asked: list[int] = []

    async def ask() -> Exchange:
        asked.append(len(asked))
        if len(asked) == 2:
            return done
        journal.append("waiting", RECORD)
        await asyncio.sleep(2 * waiting.PAUSE)
        await waited()
        return not_yet

    async def talk() -> int:
        nonlocal is_over
        first = asyncio.ensure_future(patient.answer(other, sleep))
        await waited()
        exchange = await asyncio.wait_for(patient.answer(ask, sleep), 20)
        is_over = True
        journal.append("waiting", RECORD)
        await first
        return exchange.delivery.status

    assert asyncio.run(talk()) == 200
