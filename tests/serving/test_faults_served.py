"""Places and paces as written in YAML, and sessions side by side, through a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.endpoints.test_served import Got, ask
from tests.strict import message_of

SCENARIOS = """
scenarios:
  - name: after-events
    when: {user: after events}
    reply: {thinking: Hm., text: One two three., fault: {then: disconnect, after_events: 3}}
  - name: at-block
    when: {user: at block}
    reply:
      thinking: Hm.
      text: [One., Two.]
      fault: {then: disconnect, at: block 2}
  - name: at-block-key
    when: {user: at the block}
    reply: {text: [One., Two.], fault: {then: error, at_block: 1}}
  - name: after-ms
    when: {user: after a while}
    reply: {text: One two three., fault: {then: disconnect, after_ms: 150}}
  - name: after-duration
    when: {user: after a duration}
    reply: {text: One two three., fault: {then: truncate, after_ms: 0.2s}}
  - name: keep-alive
    when: {user: keep alive}
    reply: {text: One two three., fault: {then: comment_keepalive, at: block 0}}
  - name: slow
    when: {user: slow}
    reply: {text: One two three four five., pace: {first: 100ms, tokens_per_second: 50}}
  - name: stalls
    when: {user: stalls}
    reply: {text: One two three., pace: {stall: {after: 3, for: 250ms}}}
  - name: hello
    when: {user: hello}
    reply: Hello there.
"""
ASKED = {"model": "claude-haiku-4-5", "max_tokens": 2000}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    fixture = tmp_path_factory.mktemp("faults") / "faults.yaml"
    fixture.write_text(SCENARIOS, "utf-8")
    with MockServer(fixture, unmatched="error") as server:
        yield server


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds for which the server waits while it answers. They do not pass."""
    seconds: list[float] = []

    async def sleep(client: Any, wait: float) -> bool:  # noqa: ARG001  the client stays
        seconds.append(wait)
        return False

    monkeypatch.setattr("mockserver.serving.client.Client.sleep", sleep)
    return seconds


def asked(server: MockServer, text: str, *, stream: bool = True, **body: Any) -> Got:

    async def once() -> Got:
        async with httpx.AsyncClient(base_url=server.url, timeout=10) as client:
            said = {"messages": [{"role": "user", "content": text}], "stream": stream}
            return await ask(client, {**ASKED, **said, **body}, {"x-api-key": text})

    return asyncio.run(once())


def types(got: Got) -> list[str]:
    return [event["type"] for event in got.events]


def test_fault_strikes_after_so_many_events(server: MockServer) -> None:
    got = asked(server, "after events")
    assert (got.broken, types(got)) == (True, ["message_start", "content_block_start", "ping"])


def test_fault_strikes_at_a_block(server: MockServer) -> None:
    got = asked(server, "at block")
    assert got.broken
    assert (types(got)[-1], got.events[-1]["index"]) == ("content_block_start", 2)


def test_block_may_be_named_by_a_key(server: MockServer) -> None:
    got = asked(server, "at the block")
    assert types(got)[-2:] == ["content_block_start", "error"]
    assert got.events[-2]["index"] == 1


@pytest.mark.parametrize(
    ("text", "broken", "seconds"), [("after a while", True, 0.15), ("after a duration", False, 0.2)]
)
def test_fault_strikes_after_a_time(
    server: MockServer, waited: list[float], text: str, broken: bool, seconds: float
) -> None:
    got = asked(server, text)
    assert (got.broken, "message_stop" in types(got)) == (broken, False)
    assert sum(waited) == pytest.approx(seconds)


def test_comment_comes_at_its_place(server: MockServer) -> None:
    got = asked(server, "keep alive")
    before, _, _ = got.content.partition(b"\n:")
    assert before.count(b"event: ") == 2


@pytest.mark.parametrize(("text", "seconds"), [("slow", 0.3), ("stalls", 0.25)])
def test_whole_answer_waits_as_long_as_its_stream(
    server: MockServer, waited: list[float], text: str, seconds: float
) -> None:
    for stream in (True, False):
        assert asked(server, text, stream=stream).message["stop_reason"] == "end_turn"
        assert sum(waited) == pytest.approx(seconds)
        waited.clear()


@pytest.mark.parametrize("stream", [True, False])
def test_realtime_has_a_figure_for_each_class(server: MockServer, waited: list[float], stream: bool) -> None:
    """The first token of Haiku comes after about half a second, that of Opus after more than one."""
    headers = {"x-api-key": f"realtime {stream}"}
    httpx.patch(f"{server.url}/_mock/settings", json={"pace": "realtime"}, headers=headers)

    def takes(model: str) -> float:
        waited.clear()
        said = {"model": model, "max_tokens": 2000, "messages": [{"role": "user", "content": "hello"}]}
        got = httpx.post(f"{server.url}/v1/messages", json={**said, "stream": stream}, headers=headers)
        assert message_of(got)["content"][0]["text"] == "Hello there."
        return sum(waited)

    haiku, opus = takes("claude-haiku-4-5"), takes("claude-opus-5")
    assert 0.3 < haiku < opus < 4
    assert opus > 0.9


def test_forty_sessions_do_not_see_each_other(server: MockServer) -> None:
    """Each has a script of its own under the same name, for the same text: an error, a broken answer, a sound one."""
    faults = ["disconnect", "truncate", {"then": "error", "at": "block 0"}, {"then": "split", "bytes": 11}]

    async def session(client: httpx.AsyncClient, number: int) -> None:
        headers = {"x-mock-session": f"parallel-{number}"}
        stream = number % 2 == 0
        script = {
            "name": "mine",
            "when": {"user": "mine"},
            "calls": [
                {"error": {"type": "overloaded_error", "message": f"Not now, {number}."}},
                {"text": f"Broken {number}.", "fault": faults[number % len(faults)]},
                {"text": f"Session {number} says {{{{ prompt.user }}}}."},
            ],
        }
        assert (await client.post("/_mock/scenarios", json=script, headers=headers)).status_code == 201
        body = {**ASKED, "stream": stream, "messages": [{"role": "user", "content": f"mine {number}"}]}
        failed, torn, sound, unmatched = [await ask(client, body, headers) for _ in range(4)]
        assert failed.response.json()["error"]["message"] == f"Not now, {number}."
        assert torn.response.status_code == 200
        assert all(f"Broken {other}." not in torn.content.decode() for other in range(40) if other != number)
        assert sound.message["content"][0]["text"] == f"Session {number} says mine {number}."
        assert unmatched.response.status_code == 404
        seen = (await client.get("/_mock/requests", headers=headers)).json()["requests"]
        assert [request["status"] for request in seen] == [529, 200, 200, 404]
        assert {request["session"] for request in seen} == {f"parallel-{number}"}

    async def everyone() -> None:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=server.url, limits=limits, timeout=30) as client:
            await asyncio.gather(*(session(client, number) for number in range(40)))

    asyncio.run(everyone())


def test_journal_tells_why_earlier_scenarios_did_not_answer(server: MockServer) -> None:
    """Of a call that was answered only those before the one that answered; of one that was not, all."""
    for text, status in (("keep alive", 200), ("nothing of this", 404)):
        headers = {"x-api-key": "k", "x-mock-session": f"misses {status}"}
        body = {**ASKED, "messages": [{"role": "user", "content": text}]}
        assert httpx.post(f"{server.url}/v1/messages", json=body, headers=headers).status_code == status
        explained = httpx.post(f"{server.url}/_mock/explain", json=body, headers=headers).json()
        (row,) = httpx.get(f"{server.url}/_mock/requests", headers=headers).json()["requests"]
        entry = httpx.get(f"{server.url}/_mock/requests/{row['number']}").json()
        names = [miss["scenario"] for miss in entry["misses"]]
        before = ["after-events", "at-block", "at-block-key", "after-ms", "after-duration"]
        assert names == (before if status == 200 else [*before, "keep-alive", "slow", "stalls", "hello"])
        assert entry["misses"][0]["differences"][0].startswith('user: expected to contain "after events", got')
        assert explained["scenario"] == entry["scenario"]


def test_retries_are_linked(server: MockServer) -> None:
    headers = {"x-api-key": "retries"}
    body = {**ASKED, "messages": [{"role": "user", "content": "hello"}]}
    for count in ("0", "1"):
        message_of(
            httpx.post(f"{server.url}/v1/messages", json=body, headers={**headers, "x-stainless-retry-count": count})
        )
    first, second = httpx.get(f"{server.url}/_mock/requests", headers=headers).json()["requests"]
    assert (first["retry_of"], second["retry_of"]) == (None, first["number"])
