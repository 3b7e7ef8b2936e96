"""Every example of the fixtures through a real server, whole and streamed, all at once: strict, without cross-talk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import wires
from mockserver.contract import validate_response, validate_stream
from mockserver.records.prompt import text_of
from mockserver.testing.server import MockServer
from tests.conftest import FIXTURES
from tests.scenarios.test_fixtures import APART, offered
from tests.scenarios.test_fixtures import EXAMPLES as ALL
from tests.strict import error_of, events_of

# Those of other endpoints stand in test_computed_served, those of batches in batches/test_items, those of other wires
# in test_wires_served.
EXAMPLES = {name: example for name, example in ALL.items() if not {"endpoint", "custom_id", "wire"} & example.keys()}
# Answers without a fault that is named after it.
SOUND = [name for name in EXAMPLES if not name.startswith("fault-")]
# The statuses of the answers, in their order, where they are not all 200; and those that are no API errors.
STATUSES = {
    "overloaded-once": [529, 200],
    "rate-limited": [429, 429, 200],
    "error-by-status": [500],
    "error-with-code": [429],
    "invented-error": [418],
    "proxy-page": [502],
    "raw-file": [503],
    "quota-used-up": [403],
}
RAW = ("proxy-page", "raw-json", "raw-file", "raw-stream", "invented-error", "quota-used-up")
# Asks for answers that are not streamed.
WHOLE = "exact"
# Never ends; who reads it has enough once the message is complete.
LEFT_OPEN = "fault-left_open"
CALLS = {"generated-to-measure": 3, "overloaded-once": 2, "rate-limited": 3, "disconnected-once": 2, "farewell": 2}
# What is wrong with the first answer: of the stream, of the whole one.
FAULTS = {
    "disconnected-once": ("cut", "cut"),
    "error-in-stream": ("error", ""),
    "unfinished": ("unfinished", ""),
    "broken-generated": ("unfinished", "half"),
}


@dataclass(frozen=True)
class Got:
    """An answer as it came over the wire. ``broken`` says that the connection was."""

    response: httpx.Response
    content: bytes
    broken: bool

    @property
    def events(self) -> list[dict[str, Any]]:
        return events_of(re.sub("(?m)^:.*\n+", "", self.content.decode()))

    @property
    def message(self) -> dict[str, Any]:
        """The message of a sound answer, once it has proved to be what the API would send."""
        if not self.response.headers["content-type"].startswith("text/event-stream"):
            message: dict[str, Any] = self.response.json()
            assert validate_response(message, beta=True) == []
            return message
        from mockserver.wires.messages.unfolding import fold

        assert validate_stream(self.events, beta=True) == []
        return fold(self.events)


async def ask(
    client: httpx.AsyncClient, body: Mapping[str, Any], headers: Mapping[str, str], *, ends: bool = True
) -> Got:
    request = client.build_request("POST", "/v1/messages", json=body, headers=headers)
    response = await client.send(request, stream=True)
    content, broken = b"", False
    try:
        async for piece in response.aiter_raw():
            content += piece
            if not ends and b"message_stop" in content:
                break
    except httpx.TransportError:
        broken = True
    response._content = content  # what came, for .json() and .text
    await response.aclose()
    return Got(response, content, broken)


def first_body(example: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in example.items() if key not in APART}
    body: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 1000, **said}
    body["messages"] = example.get("messages") or [{"role": "user", "content": example["user"]}]
    if "tools" in example:
        body["tools"] = [offered(tool) for tool in example["tools"]]
    return body


async def converse(client: httpx.AsyncClient, name: str, stream: bool) -> list[Got]:
    """All answers of an example, each conversation in a session of its own."""
    example = EXAMPLES[name]
    headers = {"x-mock-session": f"{name}-{'streamed' if stream else 'whole'}", **example.get("headers", {})}
    # The example that asks for a stream is matched by it.
    body = {**first_body(example), "stream": stream or bool(example.get("stream"))}
    answers = [await ask(client, body, headers, ends=name != LEFT_OPEN)]
    for results in example.get("results", ()):
        message = answers[-1].message
        blocks = message["content"]
        used = [block["id"] for block in blocks if block["type"] == "tool_use"]
        given = [{"type": "tool_result", "tool_use_id": id_, "content": text} for id_, text in zip(used, results)]  # noqa: B905
        is_paused = message["stop_reason"] == "pause_turn"
        further = [] if is_paused else [{"role": "user", "content": given or "Go on."}]
        said = [{"role": "assistant", "content": blocks}, *further]
        # Code that waits for results goes on in its container.
        container = {"container": message["container"]["id"]} if message.get("container") else {}
        body = {**body, "messages": [*body["messages"], *said], **container}
        answers.append(await ask(client, body, headers))
    return [*answers, *[await ask(client, body, headers) for _ in range(CALLS.get(name, 1) - 1)]]


@pytest.fixture(scope="module")
def served() -> dict[tuple[str, bool], list[Got]]:
    """The answers to all examples, more than a hundred conversations side by side."""
    names = [(name, stream) for name in EXAMPLES for stream in (False, True) if not (stream and name == WHOLE)]

    async def everything(url: str) -> list[list[Got]]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
            return await asyncio.gather(*(converse(client, name, stream) for name, stream in names))

    with MockServer(FIXTURES, unmatched="error") as server:
        return dict(zip(names, asyncio.run(everything(server.url)), strict=True))


@pytest.mark.parametrize(
    ("name", "stream"), [(name, stream) for name in SOUND for stream in (False, True) if name != WHOLE or not stream]
)
def test_example_is_served_as_the_api_would(served: dict[tuple[str, bool], list[Got]], name: str, stream: bool) -> None:
    answers = served[name, stream]
    expected = STATUSES.get(name, [200] * len(answers))
    streamed = stream or bool(EXAMPLES[name].get("stream"))
    faults = [FAULTS.get(name, ("", ""))[not streamed], *[""] * (len(answers) - 1)]
    for got, status, fault in zip(answers, expected, faults, strict=True):
        assert got.response.status_code == status, got.content
        assert got.broken is (fault == "cut")
        if fault:
            JUDGES[fault](got)
        elif name in RAW:
            assert got.content
        elif status == 200:
            wanted = {0: "says", len(answers) - 1: "ends"}.get(answers.index(got), "")
            assert EXAMPLES[name].get(wanted, "") in text_of(got.message["content"])
        else:
            error_of(got.response, status)


def is_unfinished(got: Got) -> None:
    assert "message_stop" not in [event["type"] for event in got.events]
    assert got.events[0]["type"] == "message_start"


def is_error(got: Got) -> None:
    assert got.events[-1] == {
        "type": "error",
        "error": {"details": None, "type": "overloaded_error", "message": "Overloaded"},
    }


def is_half(got: Got) -> None:
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        got.response.json()


JUDGES = {
    "cut": lambda got: got.content and b"message_stop" not in got.content,
    "unfinished": is_unfinished,
    "error": is_error,
    "half": is_half,
}


@pytest.mark.parametrize("name", [name for name in SOUND if name not in (*RAW, *FAULTS, *STATUSES, WHOLE)])
def test_streams_say_what_whole_answers_say(served: dict[tuple[str, bool], list[Got]], name: str) -> None:
    for whole, streamed in zip(served[name, False], served[name, True], strict=True):
        assert told(streamed.message) == told(whole.message)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name not in SOUND])
def test_faults_are_served(served: dict[tuple[str, bool], list[Got]], name: str) -> None:
    """What each one does to an answer is told by other tests; here, that none disturbs where it cannot."""
    (whole,), (streamed,) = served[name, False], served[name, True]
    assert (whole.response.status_code, streamed.response.status_code) == (200, 200)
    if not wires.FAULTS[name.removeprefix("fault-").removesuffix("-bare")].whole:
        assert [block["type"] for block in whole.message["content"]] == ["thinking", "text", "tool_use"]
    if name in ("fault-split", "fault-stall", "fault-slow_headers", LEFT_OPEN):
        assert streamed.message["stop_reason"] == "tool_use"


def told(message: Mapping[str, Any]) -> Any:
    """What a message says, without what differs from call to call."""
    text = re.sub(r"(?:file|toolu|srvtoolu|mcptoolu|msg|container)_\w+|-(?:streamed|whole)", "ID", repr(message))
    return re.sub("'(signature|data|expires_at|encrypted_\\w+)': '[^']*'", "", text)
