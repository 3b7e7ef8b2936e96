"""Example fixtures asked on both wires: the same texts, whole and streamed, and each answer is used up once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver import asgi_transport
from tests.scenarios.test_fixtures import EXAMPLES, ROOT, first_prompt
from tests.wires.chat.asking import write_request
from tests.wires.chat.cases import lose, read_back

CHAT = "/v1/chat/completions"

SLOW = ("stalling", "stuck", "slow", "typewriter")
# These say which session asks, or when; break off on the way; or take their time. The others ask what the chat wire
# cannot say: for the API's own tools, with the result of a tool that failed, with ``metadata``, with ``compaction``.
OTHERS = (
    *("anywhere", "farewell", "disconnected-once", "broken-generated", *SLOW),
    *("code-calls-tools", "paused", "tool-failed", "from-metadata", "summary-on-demand"),
    *("on-the-messages-wire", "error-in-stream"),
)
NAMES = [
    name
    for name, example in EXAMPLES.items()
    if not {"endpoint", "method", "custom_id", "wire"} & example.keys() and "fault" not in name and name not in OTHERS
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
    """The answer to an example's first request, written in the format of the wire."""
    prompt = first_prompt(EXAMPLES[name])
    body = {**prompt.body, **more}
    sent = write_request(body) if path == CHAT else body
    return client.post(path, json=sent, headers={"anthropic-version": "2023-06-01", **prompt.headers})


def drop_ids(said: dict[str, Any]) -> dict[str, Any]:
    """What is said without the ids, which are other ones in each session."""
    content = [{key: value for key, value in block.items() if key != "id"} for block in said["content"]]
    return {**said, "id": "", "content": content}


def cut_id(text: str) -> str:
    """The words of a gateway without the id of the request."""
    return text.partition(" (request id: ")[0]


@pytest.mark.parametrize("name", NAMES)
def test_both_wires_give_the_same_answers(name: str, clients: list[httpx.Client]) -> None:
    for _ in range(2):
        theirs, ours = ask(clients[0], "/v1/messages", name), ask(clients[1], CHAT, name)
        assert ours.status_code == theirs.status_code
        if not theirs.headers["content-type"].startswith("application/json"):
            assert ours.content == theirs.content
        elif "error" in theirs.json():
            told, expected = ours.json()["error"], theirs.json()["error"]
            assert told["type"] == expected["type"]
            assert cut_id(told["message"]) == cut_id(expected["message"])
        elif "content" in theirs.json():
            assert drop_ids(read_back(ours.json())) == drop_ids(lose(theirs.json()))


@pytest.mark.parametrize("name", ["hello", "verbatim", "several-blocks"])
def test_streams_say_the_same(name: str, clients: list[httpx.Client]) -> None:
    whole, streamed = (ask(clients[1], CHAT, name, stream=flag) for flag in (False, True))
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
        answer = ask(client, CHAT, "interview", n=3).json()
        texts = {choice["message"]["content"] for choice in answer["choices"]}
        assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
        assert len(texts) == 1, number
