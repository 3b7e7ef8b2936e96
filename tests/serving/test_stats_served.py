"""What the figures say of calls that were served: models, tokens, times, and how answers end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer
from mockserver.store.summaries import summarize

HEADERS = {"x-api-key": "sk-mock-a-long-enough-key"}
FIXTURE = """
scenarios:
  - {name: plain, when: {user: plain}, reply: {text: Hi.}}
  - name: costly
    when: {user: costly}
    reply:
      text: Hi.
      usage: {input_tokens: 11, cache_creation_input_tokens: 5, cache_read_input_tokens: 7, output_tokens: 3}
  - {name: odd, when: {user: odd}, reply: {text: Hi., usage: {input_tokens: 9999999999999999, output_tokens: 3}}}
  - {name: late, when: {user: late}, reply: {text: One two three., pace: {first: 30ms, tokens_per_second: 100}}}
  - {name: cut, when: {user: cut}, reply: {text: One two three., faults: [{then: disconnect, after_events: 2}]}}
  - {name: silent, when: {user: silent}, reply: {text: Hi., faults: [{then: disconnect, after_events: 0}]}}
  - {name: page, when: {user: page}, reply: {raw: {status: 502, body: <html>}}}
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    fixture = tmp_path_factory.mktemp("stats") / "fixture.yaml"
    Path(fixture).write_text(FIXTURE, "utf-8")
    with MockServer(fixture, unmatched="error") as server:
        yield server


@pytest.fixture(params=["socket", "in process"])
def client(running: MockServer, request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    running.reset()
    transport = running.transport if request.param == "in process" else None
    with httpx2.Client(base_url=running.url, transport=transport, headers=HEADERS) as client:
        yield client


def ask(client: httpx2.Client, text: str, path: str = "/v1/messages", **more: Any) -> None:
    body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": text}], **more}
    with suppress(httpx2.TransportError):
        client.post(path, json={name: value for name, value in body.items() if value is not None})


def figures_of(server: MockServer) -> dict[str, Any]:
    """The figures, once all answers have left."""
    assert server.session(HEADERS["x-api-key"]).wait(20)
    found = summarize(server.mock.store.stats.read())
    assert found["requests"] == found["duration_ms"]["count"] == sum(row["requests"] for row in found["endpoints"])
    return found


@pytest.mark.parametrize("stream", [False, True])
def test_answers_are_counted_with_their_tokens(running: MockServer, client: httpx2.Client, stream: bool) -> None:
    ask(client, "plain", stream=stream)
    ask(client, "costly", stream=stream)
    ask(client, "costly", stream=stream, model="claude-haiku-4-5")
    found = figures_of(running)
    assert found["scenarios"] == {"costly": 2, "plain": 1}
    assert found["first_byte_ms"]["count"] == 3
    haiku, opus = found["endpoints"]
    assert (haiku["model"], haiku["requests"], opus["requests"]) == ("claude-haiku-4-5", 1, 2)
    assert [*haiku["tokens"].values()] == [11, 5, 7, 3]


@pytest.mark.parametrize("stream", [False, True])
def test_times_of_a_paced_answer(running: MockServer, client: httpx2.Client, stream: bool) -> None:
    ask(client, "late", stream=stream)
    found = figures_of(running)
    first, whole = found["first_byte_ms"]["max"], found["duration_ms"]["max"]
    assert 30 <= first <= whole
    assert not stream or first < whole


def test_answers_that_are_cut(running: MockServer, client: httpx2.Client) -> None:
    ask(client, "cut", stream=True)
    ask(client, "silent", stream=True)
    found = figures_of(running)
    assert (found["requests"], found["hung_up"], found["first_byte_ms"]["count"]) == (2, 0, 1)


@pytest.mark.parametrize(
    ("path", "more", "model"),
    [
        ("/v1/messages", {"max_tokens": -1}, "claude-opus-5-5"),
        ("/v1/messages", {"model": None}, None),
        ("/v1/messages", {"model": ["x"]}, None),
        ("/v1/messages", {"model": ""}, None),
        ("/v1/messages/count_tokens", {"max_tokens": None, "messages": 7}, "claude-opus-5-5"),
        ("/v1/nothing", {}, None),
    ],
)
def test_refused_requests_are_counted_by_model(
    running: MockServer, client: httpx2.Client, path: str, more: dict[str, Any], model: str | None
) -> None:
    ask(client, "plain", path, **more)
    found = figures_of(running)
    (row,) = found["endpoints"]
    assert (row["endpoint"], row["model"]) == (path.removeprefix("/v1/") if "nothing" not in path else "", model)
    assert (found["refused"], sum(row["tokens"].values())) == (1, 0)


def test_odd_answers_are_counted(running: MockServer, client: httpx2.Client) -> None:
    for text in ("odd", "page", "nobody knows"):
        ask(client, text)
    client.post("/v1/messages", content=b"{broken")
    client.head("/")
    found = figures_of(running)
    assert found["statuses"] == {"200": 1, "400": 1, "404": 2, "502": 1}
    assert (found["tokens"]["input_tokens"], found["tokens"]["output_tokens"]) == (0, 3)
    assert (found["unmatched"], found["refused"], found["first_byte_ms"]["count"]) == (1, 1, 4)


def test_control_requests_are_not_counted(running: MockServer, client: httpx2.Client) -> None:
    for path in ("health", "stats", "metrics", "nothing"):
        client.get(f"/_mock/{path}")
    assert figures_of(running)["requests"] == 0
