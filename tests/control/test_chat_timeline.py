"""The chunks that the journal unfolds again are those on the wire, whatever the answer, its pace and its faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.control.timeline import NOT_STREAMED, STRUCK_WHOLE
from mockserver.testing.server import MockServer
from mockserver.wires import WIRES
from tests.control.test_timeline import FIXTURES, PACE, WORDS, hurry, list_texts
from tests.control.watching import ChatClient, events_sent, parse_events
from tests.fault_cases import NEEDED

__all__ = ["hurry"]
FAULTS = sorted(WIRES["chat"].faults)


@pytest.fixture(scope="module", params=["", "new-api", "one-api"])
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(gateway=request.param) as server:
        yield server


@pytest.fixture
def client(server: MockServer, hurry: None) -> Iterator[ChatClient]:  # noqa: ARG001
    server.reset()
    client = ChatClient(server)
    with client:
        yield client


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_seen_as_it_struck(client: ChatClient, name: str) -> None:
    for more in ({}, {"pace": PACE}):
        client.script({**WORDS, "fault": {"then": name, **NEEDED.get(name, {})}, **more})
        got = client.ask(stream_options={"include_usage": True})
        timeline = client.see()
        assert events_sent(timeline) == parse_events(got)
        assert timeline["note"] is None
        assert [each["then"] for each in timeline["faults"]][-1] == name


@pytest.mark.parametrize("words", [WORDS, {"error": 529}], ids=str)
@pytest.mark.parametrize("name", FAULTS)
def test_whole_answer_is_seen_as_faults_left_it(client: ChatClient, name: str, words: dict[str, Any]) -> None:
    client.script({**words, "fault": {"then": name, **NEEDED.get(name, {})}})
    got = client.ask(stream=False)
    timeline = client.see()
    if timeline["faults"][-1]["struck_after"] is None:
        assert (timeline["events"], timeline["note"]) == ([], NOT_STREAMED)
    else:
        assert [each["data"] for each in timeline["events"]] == ([got.decode()] if got else [])
        assert timeline["note"] == STRUCK_WHOLE


def test_example_answers_are_unfolded_again(hurry: None) -> None:  # noqa: ARG001
    seen = 0
    with MockServer(FIXTURES) as server, ChatClient(server) as client:
        for text in [*list_texts(), "Who are you?"]:
            got = client.ask(text, n=2)
            timeline = client.see()
            assert events_sent(timeline) == parse_events(got), text
            seen += bool(timeline["events"])
    assert seen > 80


def test_the_end_is_an_event(client: ChatClient) -> None:
    client.script({"text": "Hello."})
    client.ask()
    (*chunks, last) = client.see()["events"]
    assert last == {**last, "event": "message", "data": "[DONE]"}
    assert {each["data"]["object"] for each in chunks} == {"chat.completion.chunk"}
