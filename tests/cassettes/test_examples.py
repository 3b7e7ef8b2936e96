"""The cassettes among the example fixtures, replayed: which of equal texts is meant, and what may differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver.recordings import side_file
from mockserver.testing.server import MockServer
from tests.conftest import FIXTURES

RECORDED = FIXTURES / "recorded"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    server = MockServer(str(RECORDED), profile="anthropic")
    with httpx.Client(transport=server.transport, base_url="http://127.0.0.1", headers=headers) as client:
        yield client


def requests_of(name: str) -> list[tuple[str, dict[str, Any]]]:
    exchanges = side_file.read((RECORDED / f"{name}.exchanges.jsonl").read_bytes()).values()
    return [(each.request.path, orjson.loads(each.request.body)) for each in exchanges]


def ask(client: httpx.Client, name: str, number: int, old: str = "", new: str = "") -> httpx.Response:
    """Send a recorded request again, with something changed in it."""
    path, body = requests_of(name)[number - 1]
    text = orjson.dumps(body).decode()
    assert old in text
    return client.post(path, content=text.replace(old, new), headers={"content-type": "application/json"})


def test_every_recorded_request_has_its_answer(client: httpx.Client) -> None:
    names = sorted(path.stem for path in RECORDED.glob("*.yaml"))
    answered = [ask(client, name, number) for name in names for number, _ in enumerate(requests_of(name), 1)]
    assert {response.status_code for response in answered} == {200}
    assert len(answered) == 10


def test_equal_texts_are_told_apart_by_what_was_before(client: httpx.Client) -> None:
    assert "UDP" in ask(client, "joke", 2).text
    assert "cannot clap" in ask(client, "riddle", 2).text
    assert ask(client, "riddle", 2, "a riddle", "a story").status_code == 404


def test_equal_requests_get_their_answers_in_turn(client: httpx.Client) -> None:
    texts = [ask(client, "dice", 1).json()["content"][0]["text"] for _ in range(5)]
    assert texts == ["4", "2", "6", "6", "6"]


def test_day_and_ids_may_be_others(client: httpx.Client) -> None:
    assert "It rains" in ask(client, "weather", 2, "Today is 2026-11-30", "Today is 2031-01-02").text
    assert "It rains" in ask(client, "weather", 2, "toolu_", "toolu_another").text
    assert ask(client, "weather", 2, "rain, 4", "sun, 4").status_code == 404
