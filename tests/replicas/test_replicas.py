"""Replicas on one engine are one mock to their clients."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest

from mockserver import MockServer
from tests.strict import message_of

HELLO = {"model": "claude-opus-4-8", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
HEADERS = {"x-api-key": "demo", "anthropic-version": "2023-06-01"}
Replicas = tuple[MockServer, MockServer]


@pytest.fixture
def replicas(engine: str, tmp_path: Path) -> Iterator[Replicas]:
    """Two servers on one engine."""
    url = f"{engine}?name={uuid4().hex}&files={tmp_path}"
    with MockServer(store=url) as first, MockServer(store=url) as second:
        yield first, second


def ask(server: MockServer) -> str:
    return str(message_of(httpx.post(f"{server.url}/v1/messages", json=HELLO, headers=HEADERS))["content"][0]["text"])


def test_script_goes_on_from_one_replica_to_the_next(replicas: Replicas) -> None:
    texts = [f"answer {number}" for number in range(8)]
    replicas[0].session("demo").calls(texts)
    assert [ask(server) for server, _ in zip(cycle(replicas), texts, strict=False)] == texts


def test_what_one_replica_changes_the_other_answers_by(replicas: Replicas) -> None:
    first, second = replicas
    first.session("demo").reply("added at one")
    assert ask(second) == "added at one"
    second.session("demo").reset()
    assert ask(first) != "added at one"


def test_journal_has_the_order_of_the_calls_over_replicas(replicas: Replicas) -> None:
    numbers: list[int] = []
    for server, _ in zip(cycle(replicas), range(10), strict=False):
        ask(server)
        after = max(numbers, default=0)
        url = f"{replicas[1].url}/_mock/requests?session=demo&after={after}"
        numbers += [each["number"] for each in httpx.get(url).json()["requests"]]
    assert numbers == list(range(1, 11))


def test_clients_are_told_nothing_of_another_mock(engine: str, tmp_path: Path, replicas: Replicas) -> None:
    replicas[0].session("demo").reply("mine")
    with MockServer(store=f"{engine}?name={uuid4().hex}&files={tmp_path}") as other:
        assert ask(other) != "mine"
