"""Example fixtures asked on both wires: the same texts, whole and streamed, and each answer is used up once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver import asgi_transport
from tests.scenarios.test_fixtures import EXAMPLES, ROOT

# Those that ask with a text alone, and get a message.
SLOW = ("stalling", "stuck", "slow", "typewriter")
ASKED = ("user", "says", "ends")
# These say which session asks, or when, or on which wire; are a gateway's; break off on the way; or take their time.
OTHERS = (
    *("anywhere", "farewell", "on-the-messages-wire", "quota-used-up", "disconnected-once", "broken-generated"),
    *SLOW,
)
NAMES = [
    name
    for name, example in EXAMPLES.items()
    if example.keys() <= {*ASKED} and "fault" not in name and name not in OTHERS
]


@pytest.fixture(scope="module")
def transport() -> httpx.BaseTransport:
    return asgi_transport(Path(ROOT / "fixtures"))


@pytest.fixture
def clients(transport: httpx.BaseTransport, request: pytest.FixtureRequest) -> Iterator[list[httpx.Client]]:
    """Two callers, so that each has the script to itself."""
    keys = [f"sk-{side}-{request.node.name}" for side in ("messages", "chat")]
    made = [
        httpx.Client(transport=transport, base_url="http://mock", headers={"authorization": f"Bearer {key}"})
        for key in keys
    ]
    yield made
    for client in made:
        client.close()


def ask(client: httpx.Client, path: str, name: str, **more: Any) -> httpx.Response:
    said = [{"role": "user", "content": EXAMPLES[name]["user"]}]
    body = {"model": "claude-sonnet-4-5", "max_tokens": 1000, "messages": said, **more}
    return client.post(path, json=body, headers={"anthropic-version": "2023-06-01"})


def cut_id(text: str) -> str:
    """The words of a gateway without the id of the request."""
    return text.partition(" (request id: ")[0]


@pytest.mark.parametrize("name", NAMES)
def test_both_wires_give_the_same_answers(name: str, clients: list[httpx.Client]) -> None:
    for _ in range(2):
        theirs, ours = ask(clients[0], "/v1/messages", name), ask(clients[1], "/v1/chat/completions", name)
        assert ours.status_code == theirs.status_code
        if not theirs.headers["content-type"].startswith("application/json"):
            assert ours.content == theirs.content
        elif "error" in theirs.json():
            told, expected = ours.json()["error"], theirs.json()["error"]
            assert told["type"] == expected["type"]
            assert cut_id(told["message"]) == cut_id(expected["message"])
        elif "content" in theirs.json():
            texts = [block["text"] for block in theirs.json()["content"] if block["type"] == "text"]
            assert (ours.json()["choices"][0]["message"]["content"] or "") == "".join(texts)
            assert ours.json()["usage"]["completion_tokens"] == theirs.json()["usage"]["output_tokens"]


@pytest.mark.parametrize("name", ["hello", "verbatim", "several-blocks"])
def test_streams_say_the_same(name: str, clients: list[httpx.Client]) -> None:
    whole, streamed = (ask(clients[1], "/v1/chat/completions", name, stream=flag) for flag in (False, True))
    lines = [line.removeprefix("data: ") for line in streamed.text.splitlines() if line]
    assert lines[-1] == "[DONE]"
    deltas = [orjson.loads(line)["choices"][0]["delta"] for line in lines[:-1]]
    text = "".join(delta.get("content") or "" for delta in deltas)
    assert text == whole.json()["choices"][0]["message"]["content"]
    assert {orjson.loads(line)["created"] for line in lines[:-1]} <= {whole.json()["created"] + past for past in (0, 1)}


def test_many_choices_use_one_answer_up(clients: list[httpx.Client]) -> None:
    """``alternatives`` and the like give another answer each time."""
    client = clients[1]
    for number in (1, 2):
        answer = ask(client, "/v1/chat/completions", "interview", n=3).json()
        texts = {choice["message"]["content"] for choice in answer["choices"]}
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
        assert len(texts) == 1, number
