"""The mock without a socket: what a client sees of it is what it sees of a server, faults included."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx
import httpx2
import pytest

from mockserver import MockServer, MockTransport, asgi_transport
from mockserver.testing import MockSession
from mockserver.wires import FAULTS
from tests.conftest import FIXTURES
from tests.strict import message_of

HELLO: Any = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**HELLO, "stream": True}
LIBRARIES = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
URL = "http://mock/v1/messages"
# The shortest way to write each fault that needs more than its name, or would take long.
WRITTEN: dict[str, dict[str, Any]] = {
    "split": {"bytes": 5},
    "drop_event": {"event": "usage"},
    "slow_headers": {"for": "10ms"},
    "no_data": {"event": "content_block_delta"},
    "start_usage": {"output_tokens": 5},
    "delta_usage": {"output_tokens": 5},
}


@pytest.fixture
def api() -> MockSession:
    return asgi_transport().session("key")


def client_of(library: Any, api: MockSession, **options: Any) -> Any:
    return library.Client(transport=api.transport, headers={"x-api-key": api.api_key}, **options)


@LIBRARIES
def test_sync_client_gets_answers(library: Any, api: MockSession) -> None:
    api.reply("Hello yourself.")
    with client_of(library, api) as client:
        whole, streamed = client.post(URL, json=HELLO), client.post(URL, json=STREAM)
    assert message_of(whole)["content"] == message_of(streamed)["content"]
    assert message_of(whole)["content"][0]["text"] == "Hello yourself."
    assert [entry.finished for entry in api.requests] == [True, True]
    api.assert_called(2, when={"user": "Hi"})


@LIBRARIES
def test_async_client_gets_answers(library: Any, api: MockSession) -> None:
    api.reply("Hello yourself.")

    async def ask() -> tuple[Any, Any]:
        headers = {"x-api-key": api.api_key}
        async with library.AsyncClient(transport=api.transport, headers=headers) as client:
            return await client.post(URL, json=HELLO), await client.post(URL, json=STREAM)

    whole, streamed = asyncio.run(ask())
    assert message_of(whole)["content"] == message_of(streamed)["content"]
    assert [entry.hung_up for entry in api.requests] == [False, False]


def test_official_sdk_takes_it_as_its_client(api: MockSession) -> None:
    api.reply(thinking="Hm.", text="Four.")
    with anthropic.Anthropic(api_key="key", http_client=httpx2.Client(transport=api.transport)) as client:
        with client.messages.stream(**HELLO) as stream:
            final = stream.get_final_message()
        counted = client.messages.count_tokens(model=HELLO["model"], messages=HELLO["messages"])
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert counted.input_tokens > 0
    api.assert_called(1)
    api.assert_called(1, endpoint="messages/count_tokens")


def test_fixtures_and_settings_are_those_of_a_server() -> None:
    transport = asgi_transport(FIXTURES, unmatched="error", profile="anthropic")
    with httpx2.Client(transport=transport) as client:
        refused = client.post(URL, json=HELLO, headers={"x-api-key": "k"})
        told = client.get("http://mock/_mock/health", headers={"host": "localhost"}).json()
    assert refused.json()["error"]["message"] == "anthropic-version: header is required"
    assert told["profile"] == "anthropic"
    assert told["scenarios"] > 5


def test_socket_and_transport_share_a_session(key: str) -> None:
    with MockServer() as server:
        api = server.session(key)
        api.calls(["first", "second"])
        headers = {"x-api-key": key}
        by_socket = httpx2.post(f"{server.url}/v1/messages", json=HELLO, headers=headers)
        with httpx2.Client(transport=server.transport) as client:
            without = client.post(URL, json=HELLO, headers=headers)
        assert [message_of(each)["content"][0]["text"] for each in (by_socket, without)] == ["first", "second"]
        api.assert_called(2)


def comparable(response: Any) -> tuple[Any, ...]:
    """All but the clock, and what is said to browsers."""
    headers = response.headers.items()
    kept = {name: value for name, value in headers if name not in ("date", "vary") and not name.endswith("-reset")}
    return response.status_code, kept, response.content


@pytest.mark.parametrize("body", [HELLO, STREAM, {**HELLO, "messages": []}], ids=["whole", "stream", "error"])
def test_answer_is_that_of_a_socket(body: dict[str, Any]) -> None:
    """Byte for byte, headers included."""
    headers = {"x-api-key": "same"}
    with MockServer() as server:
        by_socket = httpx2.post(f"{server.url}/v1/messages", json=body, headers=headers)
    with httpx2.Client(transport=asgi_transport()) as client:
        without = client.post(URL, json=body, headers=headers)
    assert comparable(by_socket) == comparable(without)


def seen(client: Any, url: str, name: str, *, stream: bool) -> str:
    """The class of exception, or what arrived."""
    body = {**HELLO, "stream": stream, "messages": [{"role": "user", "content": name}]}
    try:
        return str(comparable(client.post(f"{url}/v1/messages", json=body)))
    except Exception as error:
        return type(error).__name__


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A client over a socket, one without; both of servers whose faults go by name."""
    scenarios = [
        {
            "name": name,
            "when": {"user": {"equals": name}},
            "reply": {"text": "One moment, please.", "fault": {"then": name, **WRITTEN.get(name, {})}},
        }
        for name in FAULTS
    ]
    fixture = tmp_path_factory.mktemp("faults") / "faults.yaml"
    fixture.write_text(json.dumps({"scenarios": scenarios}))
    options: Any = {"headers": {"x-api-key": "same"}, "timeout": 0.3}
    with (
        MockServer(fixture) as server,
        httpx2.Client(**options) as by_socket,
        httpx2.Client(transport=asgi_transport(fixture), **options) as without,
    ):
        # What the first call of its kind imports shall not count as a time-out.
        httpx2.get(f"{server.url}/_mock/health", timeout=20)
        yield server.url, by_socket, without


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_seen_as_over_a_socket(faulty: Any, name: str, stream: bool) -> None:
    url, by_socket, without = faulty
    assert seen(without, url, name, stream=stream) == seen(by_socket, url, name, stream=stream)


@LIBRARIES
@pytest.mark.parametrize(
    ("fault", "error", "told", "hung_up"),
    [
        ({"then": "disconnect", "after_events": 3}, "RemoteProtocolError", "incomplete chunked read", False),
        ({"then": "disconnect", "after_events": 0}, "RemoteProtocolError", "Server disconnected", False),
        ({"then": "stall"}, "ReadTimeout", "timed out", True),
        ({"then": "stall", "for": "5s"}, "ReadTimeout", "timed out", True),
        ({"then": "slow_headers", "for": "5s"}, "ReadTimeout", "timed out", True),
    ],
)
def test_lost_connection_is_an_error_of_the_library(
    library: Any, api: MockSession, fault: Any, error: str, told: str, hung_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: nobody waits for a time-out."""
    api.reply("One moment, please.", fault=fault)
    pauses: list[float] = []
    monkeypatch.setattr("mockserver.serving.playback.time.sleep", pauses.append)
    with client_of(library, api, timeout=2) as client, pytest.raises(getattr(library, error), match=told):
        client.post(URL, json=STREAM)
    assert pauses == []
    assert (api.last_request.finished, api.last_request.hung_up) == (True, hung_up)


def test_cut_body_says_how_much_came(api: MockSession) -> None:
    api.reply("One moment, please.", fault="disconnect")
    with client_of(httpx2, api) as client, pytest.raises(httpx2.RemoteProtocolError) as caught:
        client.post(URL, json=HELLO)
    assert "expected" in str(caught.value)


def test_async_client_sees_faults(api: MockSession) -> None:
    api.reply("One moment, please.", fault={"then": "stall", "after_events": 3}, pace={"first": "5ms"})

    async def ask() -> int:
        events = 0
        headers = {"x-api-key": api.api_key}
        client = httpx2.AsyncClient(transport=api.transport, headers=headers)
        async with client, client.stream("POST", URL, json=STREAM) as response:
            try:
                async for line in response.aiter_lines():
                    events += line.startswith("event:")
            except httpx2.ReadTimeout:
                return events
        return -1

    assert asyncio.run(ask()) == 3
    assert api.last_request.events_sent == 3
    assert api.last_request.hung_up is True


def test_stream_arrives_piece_by_piece(api: MockSession) -> None:
    api.reply("one two three four", pace={"tokens_per_second": 200})
    with client_of(httpx2, api) as client, client.stream("POST", URL, json=STREAM) as response:
        pieces = response.iter_bytes()
        assert b"message_start" in next(pieces)
        assert not api.last_request.finished
        assert b"message_stop" in list(pieces)[-1]
    assert api.last_request.finished


@pytest.mark.parametrize("read", [0, 1])
def test_client_that_leaves_is_noted(api: MockSession, read: int) -> None:
    """Also one that never read a byte."""
    api.reply("one two three four", pace={"tokens_per_second": 1000})
    with client_of(httpx2, api) as client, client.stream("POST", URL, json=STREAM) as response:
        pieces = response.iter_bytes()
        for _ in range(read):
            next(pieces)
    entry = api.last_request
    assert (entry.finished, entry.hung_up) == (True, True)
    assert entry.events_sent < entry.events_total


def test_cancelled_client_is_noted(api: MockSession) -> None:
    api.reply("Late.", pace={"first": "5s"})

    async def ask() -> None:
        headers = {"x-api-key": api.api_key}
        async with httpx2.AsyncClient(transport=api.transport, headers=headers) as client:
            await asyncio.wait_for(client.post(URL, json=HELLO), 0.01)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(ask())
    assert (api.last_request.finished, api.last_request.hung_up) == (True, True)


def test_threads_share_a_transport(api: MockSession) -> None:
    api.calls([str(number) for number in range(40)])
    with client_of(httpx2, api) as client, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(URL, json=HELLO), range(40)))
    texts = [message_of(answer)["content"][0]["text"] for answer in answers]
    assert sorted(texts, key=int) == [str(number) for number in range(40)]


def test_fault_of_ours_is_the_500_of_the_api(api: MockSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a server's: an SDK would take an exception for a lost connection, and hide it behind its retries."""

    def fail(*_: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("mockserver.serving.service.journey.answer", fail)
    with client_of(httpx2, api) as client:
        answered = client.post(URL, json=HELLO)
    assert (answered.status_code, answered.json()["error"]["type"]) == (500, "api_error")


def test_transport_closes_as_clients_expect() -> None:
    class Request(httpx2.Request):
        """A client may derive its own."""

    transport = asgi_transport()
    with transport as entered:
        answered = entered.handle_request(Request("POST", URL, json=HELLO))
    assert isinstance(transport, MockTransport)
    assert isinstance(answered, httpx2.Response)
    assert answered.read().startswith(b"{")
    transport.close()
    with httpx2.Client(transport=transport) as client:
        assert message_of(client.post(URL, json=HELLO))


def test_scripted_answer_is_given_once_by_socket_and_transport(key: str) -> None:
    """Both at the same moment, on one session."""
    headers = {"x-api-key": key}
    with (
        MockServer() as server,
        httpx2.Client(transport=server.transport, headers=headers) as without,
        httpx2.Client(headers=headers) as by_socket,
        ThreadPoolExecutor(8) as pool,
    ):
        server.session(key).calls([str(number) for number in range(200)])
        urls = [(by_socket, f"{server.url}/v1/messages"), (without, URL)] * 100
        answers = list(pool.map(lambda each: each[0].post(each[1], json=HELLO), urls))
    texts = [message_of(answer)["content"][0]["text"] for answer in answers]
    assert sorted(texts, key=int) == [str(number) for number in range(200)]
