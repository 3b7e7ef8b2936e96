"""The number of requests is asserted; a wrong one is told with the nearest request."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockSession
from tests.testing.asking import MODEL, Ask, complaint


@pytest.mark.parametrize("count", [{}, {"times": 3}, {"at_least": 2}, {"at_most": 3}, {"at_least": 3, "at_most": 3}])
def test_number_of_requests_is_claimed(api: MockSession, ask: Ask, count: Any) -> None:
    api.reply("Fine.")
    for user in ("One", "Two", "Three"):
        ask(user)
    api.assert_called(**count)
    api.assert_called(1, when={"user": "two"})
    api.assert_called(0, when={"user": "four"})


@pytest.mark.parametrize(
    ("count", "told"),
    [
        ({"times": 1}, "expected exactly 1 request, but 2 of the 2 requests made fit"),
        ({"times": 3}, "expected exactly 3 requests, but 2 of the 2 requests made fit"),
        ({"at_least": 3}, "expected at least 3 request(s), but 2 of the 2 requests made fit"),
        ({"at_most": 1}, "expected at most 1 request(s), but 2 of the 2 requests made fit"),
        (
            {"at_least": 3, "at_most": 4},
            "expected at least 3 and at most 4 request(s), but 2 of the 2 requests made fit",
        ),
    ],
)
def test_wrong_number_is_told_with_the_requests(api: MockSession, ask: Ask, count: Any, told: str) -> None:
    api.reply("Fine.")
    ask("One"), ask("Two")
    assert complaint(lambda: api.assert_called(**count)) == (
        f"{told}\nrequests made:\n"
        f"  requests[0], POST /v1/messages {MODEL} 'One', answered 200 by script 1\n"
        f"  requests[1], POST /v1/messages {MODEL} 'Two', answered 200 by script 1"
    )


def test_nearest_request_is_told_with_a_diff(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    ask("Hello", model="claude-haiku-4-5")
    ask("Translate:\nOne\nTwo\nThree")
    wanted: Any = {"user": {"equals": "Translate:\nOne\nThree\nFour"}, "model": "claude-opus-*"}
    assert complaint(lambda: api.assert_called(when=wanted)).splitlines()[:11] == [
        'expected at least 1 request(s) with {"user": {"equals": "Translate:\\nOne\\nThree\\nFour"}, '
        '"model": "claude-opus-*"}, but 0 of the 2 requests made fit',
        f"the nearest is requests[1], POST /v1/messages {MODEL} 'Translate:\\nOne\\nTwo\\nThree', answered 200",
        "  user: expected to be 'Translate:\\nOne\\nThree\\nFour', got 'Translate:\\nOne\\nTwo\\nThree'",
        "  user: - wanted, + came",
        "   Translate:",
        "   One",
        "  +Two",
        "   Three",
        "  -Four",
        "requests made:",
        "  requests[0], POST /v1/messages claude-haiku-4-5 'Hello', answered 200 by script 1",
    ]


def test_broken_request_is_never_the_nearest(api: MockSession) -> None:
    messages: tuple[Any, Any] = ([], {"role": "user", "content": "Hello"})
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        for message in messages:
            client.post("http://mock/v1/messages", json={"model": "gpt", "messages": [message]})
    told = complaint(lambda: api.assert_called(when={"user": "weather", "model": "claude-*"}))
    assert "the nearest is requests[1]" in told


def test_diff_of_long_texts_is_cut(api: MockSession, ask: Ask) -> None:
    """It shows where they differ; comparing thousands of similar lines would take minutes."""
    api.reply("Fine.")
    lines = [f"line {number} of many that are alike" for number in range(3000)]
    ask("\n".join([*lines[:2000], "another", *lines[2001:]]))
    told = complaint(lambda: api.assert_called(when={"user": "\n".join(lines)}))
    assert len(told) < 6000
    assert "  -line 2000 of many that are alike\n  +another\n" in told
    api.reset()
    api.reply("Fine.")
    ask("x" * 50_000 + "came")
    told = complaint(lambda: api.assert_called(when={"user": "x" * 50_000 + "wanted"}))
    assert len(told) < 6000
    assert "xxxwanted\n" in told
    assert "xxxcame\n" in told


def test_requests_without_a_body_are_counted(api: MockSession) -> None:
    headers = {"x-api-key": api.api_key, "x-app": "mine"}
    with httpx2.Client(transport=api.transport, headers=headers, base_url="http://mock") as client:
        client.get("/v1/models")
        api.assert_called(1, endpoint="models")
        api.assert_called(1, endpoint="models", when={"headers": {"x-app": "mine"}})
        api.assert_called(0, endpoint="models", when={"headers": {"x-app": "theirs"}})
        api.assert_called(0, endpoint="models", when={"user": "x"})
    told = complaint(lambda: api.assert_called(1))
    assert told.splitlines()[0] == "expected exactly 1 request to messages, but none was made there"
    assert "requests[0], GET /v1/models, answered 200" in told


def test_retry_names_the_request_it_repeats(api: MockSession) -> None:
    api.reply("Fine.")
    api.error("overloaded_error", retry_after=0, times=1)
    httpx2_client = httpx2.Client(transport=api.transport)
    with anthropic.Anthropic(api_key="another", http_client=httpx2_client, max_retries=0) as other:
        with pytest.raises(anthropic.NotFoundError):
            other.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
        with other.with_options(api_key=api.api_key, max_retries=1) as client:
            client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
    assert "requests[1], POST /v1/messages" in api.summary()
    assert ", retry of requests[0]" in api.summary()
