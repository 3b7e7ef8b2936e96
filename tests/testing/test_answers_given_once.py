"""Clients that share a session, over a socket and without one, get each scripted answer once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from mockserver import MockServer

CALLS = 40
BODY = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
Ask = Callable[[], tuple[int, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(unmatched="error") as running:
        yield running


def asker(client: httpx2.Client, url: str, key: str) -> Ask:
    def ask() -> tuple[int, str]:
        response = client.post(f"{url}/v1/messages", json=BODY, headers={"x-api-key": key})
        answer: Any = response.json()
        return response.status_code, answer["content"][0]["text"] if response.is_success else ""

    return ask


def ask_at_once(askers: list[Ask], times: int) -> list[tuple[int, str]]:
    """The answers to so many requests of each, all sent at once."""
    answers: list[tuple[int, str]] = []
    barrier = threading.Barrier(len(askers))

    def run(ask: Ask) -> None:
        barrier.wait(30)
        answers.extend(ask() for _ in range(times))

    threads = [threading.Thread(target=run, args=(ask,)) for ask in askers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.parametrize("attempt", range(3))
def test_socket_and_transport_share_no_answer(server: MockServer, key: str, attempt: int) -> None:
    session = server.session(f"{key}-{attempt}")
    session.calls([f"Answer {number}." for number in range(CALLS)])
    with ExitStack() as stack:
        over_socket = [stack.enter_context(httpx2.Client()) for _ in range(2)]
        without = [stack.enter_context(httpx2.Client(transport=server.transport)) for _ in range(2)]
        askers = [asker(client, server.url, session.api_key) for client in over_socket]
        askers += [asker(client, "http://mock", session.api_key) for client in without]
        answers = ask_at_once(askers, CALLS // len(askers) + 2)
    assert Counter(text for status, text in answers if status == 200) == {f"Answer {n}.": 1 for n in range(CALLS)}
    assert [status for status, _ in answers if status != 200] == [404] * 8
    assert session.wait(30)
    assert len({entry.request_id for entry in session.requests}) == len(answers) == CALLS + 8
    session.assert_all_used()


def test_answers_that_cannot_be_made_are_not_used_up(server: MockServer, key: str) -> None:
    """The first fails each time; the second is given once, to a request that came while the first was tried."""
    session = server.session(key)
    session.calls(["{{ prompt.nothing.at_all }}", "Answer 1."])
    with httpx2.Client(transport=server.transport) as client:
        ask = asker(client, "http://mock", key)
        answers = ask_at_once([ask] * 4, 5)
        assert [text for status, text in answers if status == 200] in ([], ["Answer 1."])
        assert 500 in {status for status, _ in answers}
        assert ask()[0] == 500


def test_scripts_of_many_threads_are_all_kept(server: MockServer, key: str) -> None:
    session = server.session(key)

    def script() -> tuple[int, str]:
        session.reply("Hi.", times=1)
        return 0, ""

    ask_at_once([script] * 4, 10)
    with httpx2.Client(transport=server.transport) as client:
        answers = ask_at_once([asker(client, "http://mock", key)] * 4, 11)
    assert Counter(status for status, _ in answers) == {200: 40, 404: 4}
    session.assert_all_used()
