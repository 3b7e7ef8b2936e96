"""Functions of the user on a real server: they block nobody, and end in time."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver import Answer, MockServer, Prompt, asgi_transport
from mockserver.records.errors import Place
from mockserver.records.functions import OutOfTimeError, describe_function
from mockserver.serving import heavy
from mockserver.serving.functions import call_function
from tests.sockets import until

DEADLINE = 20
HELLO: Any = {"model": "claude-haiku-4-5", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
PROMPT = Prompt(HELLO)


def post(url: str, key: str = "k", **more: Any) -> httpx.Response:
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return httpx.post(f"{url}/v1/messages", headers=headers, json={**HELLO, **more}, timeout=DEADLINE)


def test_others_are_answered_while_functions_run() -> None:
    release, running = threading.Event(), threading.Semaphore(0)

    def block(_: Prompt) -> Answer:
        running.release()
        return "released" if release.wait(DEADLINE) else "late"

    with MockServer() as server, ThreadPoolExecutor(8) as pool:
        server.session("k").reply(block)
        server.session("other").reply("quick")
        asked = [pool.submit(post, server.url) for _ in range(4)]
        for _ in asked:  # all at once, in one session
            assert running.acquire(timeout=DEADLINE)
        assert post(server.url, "other").json()["content"][0]["text"] == "quick"
        release.set()
        assert [each.result().json()["content"][0]["text"] for each in asked] == ["released"] * 4


def test_more_functions_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heavy, "FUNCTIONS", 2)
    release, lock, seen = threading.Event(), threading.Lock(), [0, 0]

    def count(_: Prompt) -> Answer:
        with lock:
            seen[0] += 1
            seen[1] = max(seen)
        release.wait(DEADLINE)
        with lock:
            seen[0] -= 1
        return "done"

    with MockServer() as server, ThreadPoolExecutor(8) as pool:
        server.scripts.reply(count)
        asked = [pool.submit(post, server.url, f"k{number}") for number in range(6)]
        until(lambda: seen[0] == 2)
        release.set()
        assert [each.result().status_code for each in asked] == [200] * 6
    assert seen == [0, 2]


def test_function_that_takes_too_long_is_told(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    with MockServer(function_timeout=0.05) as server:
        session = server.session("k")
        session.when(stream=False).reply(lambda _: str(release.wait(DEADLINE)))
        session.when(stream=True).reply(lambda _: asyncio.sleep(DEADLINE))  # type: ignore[arg-type,return-value]
        for stream in (False, True):
            answer = post(server.url, stream=stream)
            assert answer.status_code == 500
            assert "the function <lambda> did not answer within 0.05 seconds" in answer.json()["error"]["message"]
        release.set()
        assert [entry.status for entry in session.requests] == [500, 500]
    assert [record for record in caplog.records if record.name == "mockserver"] == []


def test_async_function_is_cancelled_when_nobody_waits() -> None:
    cancelled = threading.Event()

    async def sleep(_: Prompt) -> Answer:
        try:
            await asyncio.sleep(DEADLINE)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return "late"

    with pytest.raises(OutOfTimeError):
        call_function(describe_function(sleep, Place("x")), PROMPT, 0.01)
    assert cancelled.wait(DEADLINE)


def test_traceback_begins_with_the_function(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_: Prompt) -> Answer:
        raise ValueError("\x1b[31mred")

    for function in (fail, lambda prompt: asyncio.run(fail(prompt))):
        caplog.clear()
        with pytest.raises(ValueError, match="red"):
            call_function(describe_function(function, Place("x")), PROMPT, DEADLINE)
        (record,) = caplog.records
        assert record.getMessage().splitlines()[2].startswith(f'  File "{__file__}", line ')
        assert "\x1b" not in record.getMessage()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), True, "1"])
def test_wrong_time_is_refused(seconds: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="function_timeout: expected a number of seconds"):
        MockServer(function_timeout=seconds)


def test_async_client_without_a_socket() -> None:
    transport = asgi_transport()
    transport.session("k").reply(lambda prompt: f"You said {prompt.user}")

    async def ask() -> Any:
        async with anthropic.AsyncAnthropic(api_key="k", http_client=httpx.AsyncClient(transport=transport)) as client:
            return await asyncio.gather(*[client.messages.create(**HELLO) for _ in range(3)])

    assert [message.content[0].text for message in asyncio.run(ask())] == ["You said Hi"] * 3


def test_program_is_served_and_reloaded(tmp_path: Path) -> None:
    path = tmp_path / "fixture.py"
    source = "def answer(prompt):\n    return 'one ' + prompt.user\nscenarios = [{'reply': answer}]\n"
    path.write_text(source)
    with MockServer(path, reload=True) as server:
        assert post(server.url).json()["content"][0]["text"] == "one Hi"
        path.write_text(source.replace("one", "two"))
        until(lambda: post(server.url).json()["content"][0]["text"] == "two Hi")
        path.write_text("x = (")
        until(lambda: server.mock.fixtures.error is not None)
        assert post(server.url).json()["content"][0]["text"] == "two Hi"


def test_nothing_over_http_names_a_function() -> None:
    with MockServer() as server:
        server.session("k").reply(lambda _: "secret")
        (key,) = server.mock.compiler.functions._known
        for words in ({"function": key}, {"$function": key}):
            body = {"name": "x", "reply": words}
            answer = httpx.post(f"{server.url}/_mock/scenarios?session=s", json=body)
            assert (answer.status_code, "is no key of an answer" in answer.text) == (400, True)
