"""What the official openai SDK makes of errors and of faults, over a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from mockserver.testing.server import MockServer
from mockserver.wires.chat.faults import FAULTS
from tests.clients.openai_checks import CheckedTransport, make_client
from tests.clients.test_openai import ask
from tests.clients.test_sdk import script

# The shortest way to write each fault that needs more than its name, or would take long.
WRITTEN: dict[str, dict[str, Any]] = {"split": {"bytes": 5}, "slow_headers": {"for": "50ms"}}


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[OpenAI]:
    transport = CheckedTransport()
    with make_client(running.url, key, transport) as client:
        yield client
    assert transport.check()


@pytest.mark.parametrize(
    ("error", "status", "expected"),
    [
        ("invalid_request_error", 400, openai.BadRequestError),
        ("authentication_error", 401, openai.AuthenticationError),
        ("permission_error", 403, openai.PermissionDeniedError),
        ("not_found_error", 404, openai.NotFoundError),
        ("rate_limit_error", 429, openai.RateLimitError),
        ("api_error", 500, openai.InternalServerError),
        ("overloaded_error", 529, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_scripted_error_has_its_class(
    running: MockServer,
    client: OpenAI,
    key: str,
    error: str,
    status: int,
    expected: type[openai.APIStatusError],
    stream: bool,
) -> None:
    script(running, key, {"reply": {"error": {"type": error, "message": "No."}}})
    with pytest.raises(expected) as caught:
        client.chat.completions.create(**ask(stream=stream))
    assert caught.value.status_code == status
    assert caught.value.type
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["message"] == "No."


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"messages": []}, "messages"),
        ({"temperature": 3}, "temperature"),
        ({"n": 0}, "n"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        ({"extra_body": {"mood": "good"}}, "mood"),
    ],
    ids=str,
)
def test_broken_request_is_refused_for_its_parameter(client: OpenAI, more: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{**ask(), **more})
    assert caught.value.type == "invalid_request_error"
    assert caught.value.param
    assert caught.value.param.split("[")[0] == param.split("[")[0]


def test_earned_errors_have_their_class(running_strict: MockServer, key: str) -> None:
    with (
        make_client(running_strict.url, key, CheckedTransport()) as client,
        pytest.raises(openai.NotFoundError, match="claude-nobody"),
    ):
        client.chat.completions.create(**{**ask(), "model": "claude-nobody"})
    with (
        MockServer(api_keys=("right",)) as server,
        make_client(server.url, "wrong", CheckedTransport()) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.chat.completions.create(**ask())


def test_retry_finds_the_next_call_of_the_script(running: MockServer, key: str) -> None:
    script(running, key, {"calls": [{"error": {"type": "rate_limit_error", "retry_after": 0}}, {"text": "At last."}]})
    transport = CheckedTransport()
    with make_client(running.url, key, transport, max_retries=2) as client:
        assert client.chat.completions.create(**ask()).choices[0].message.content == "At last."
    assert transport.check() == 2
    first, second = running.mock.journal.entries(key)[-2:]
    assert (first.status, second.status, second.retry_of) == (429, 200, first.number)


def test_client_waits_as_long_as_it_is_told(running: MockServer, client: OpenAI, key: str) -> None:
    script(running, key, {"reply": {"error": {"type": "rate_limit_error", "retry_after": 7}}})
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(**ask())
    assert caught.value.response.headers["retry-after"] == "7"


def test_client_gives_up_on_a_slow_answer(running: MockServer, key: str) -> None:
    script(running, key, {"reply": {"text": "Late.", "fault": {"then": "slow_headers", "for": "20s"}}})
    with (
        make_client(running.url, key, CheckedTransport(), timeout=0.2) as client,
        pytest.raises(openai.APITimeoutError),
    ):
        client.chat.completions.create(**ask())


def follow(client: OpenAI) -> str:
    """The text of a stream."""
    chunks = client.chat.completions.create(**ask(stream=True))
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def read(client: OpenAI) -> str:
    """The text of a whole answer."""
    return client.chat.completions.create(**ask()).choices[0].message.content or ""


def attempt(ask_for: Callable[[OpenAI], str], client: OpenAI) -> str:
    """The text, or the name of the error."""
    try:
        return ask_for(client)
    except Exception as error:
        return type(error).__name__


TEXT = "One moment please, I look it up."
# What the SDK makes of each fault, of a stream and of a whole answer: the text, or the error that it raises. Those that
# are no errors of its own are bugs of the SDK's, which applications meet all the same.
SEEN = {
    "comment_keepalive": (TEXT, TEXT),
    "crlf": (TEXT, TEXT),
    "disconnect": ("APIConnectionError", "APIConnectionError"),
    "empty_body": ("", "JSONDecodeError"),
    "empty_choices": (TEXT, TEXT),
    "error": ("APIError", TEXT),
    "error_200": ("", "TypeError"),
    "gzip_mislabel": ("APIConnectionError", "APIConnectionError"),
    "html_page": ("", "AttributeError"),
    "left_open": (TEXT, TEXT),
    "malformed": ("JSONDecodeError", "JSONDecodeError"),
    "no_finish_reason": (TEXT, TEXT),
    "no_usage": (TEXT, TEXT),
    "slow_headers": (TEXT, TEXT),
    "split": (TEXT, TEXT),
    "stall": ("APITimeoutError", "APITimeoutError"),
    "truncate": (TEXT, "JSONDecodeError"),
    "wrong_content_type": (TEXT, TEXT),
}


def test_every_fault_is_listed() -> None:
    assert SEEN.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_seen(running: MockServer, key: str, name: str) -> None:
    script(running, key, {"reply": {"text": TEXT, "fault": {"then": name, **WRITTEN.get(name, {})}}})
    with make_client(running.url, key, CheckedTransport(), timeout=0.3 if name == "stall" else 10) as client:
        assert tuple(attempt(each, client) for each in (follow, read)) == SEEN[name]


@pytest.mark.parametrize(
    ("fault", "is_empty", "finish", "has_usage"),
    [
        ("", False, "stop", True),
        ("empty_choices", True, "stop", True),
        ("no_finish_reason", False, None, True),
        ("no_usage", False, "stop", False),
    ],
)
def test_fault_is_seen_by_what_the_chunks_lack(
    running: MockServer, client: OpenAI, key: str, fault: str, is_empty: bool, finish: str | None, has_usage: bool
) -> None:
    script(running, key, {"reply": {"text": TEXT, **({"fault": fault} if fault else {})}})
    chunks = list(client.chat.completions.create(**ask(stream=True, stream_options={"include_usage": True})))
    said = [chunk for chunk in chunks if chunk.usage is None]
    assert any(not chunk.choices for chunk in said) == is_empty
    assert [chunk.choices[0].finish_reason for chunk in said if chunk.choices][-1] == finish
    assert (len(said) < len(chunks)) == has_usage


def test_stream_cut_in_the_middle_is_seen_by_its_missing_end(running: MockServer, key: str) -> None:
    """The SDK tells nobody of a stream that ends early: its last chunk has no finish reason."""
    script(running, key, {"reply": {"text": TEXT, "fault": {"then": "truncate", "after_events": 2}}})
    with make_client(running.url, key, CheckedTransport()) as client:
        chunks = list(client.chat.completions.create(**ask(stream=True)))
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * len(chunks)
    assert 0 < len(chunks) <= 2


def test_error_in_a_stream_has_its_type(running: MockServer, key: str) -> None:
    script(
        running, key, {"reply": {"text": TEXT, "fault": {"then": "error", "after_events": 2, "message": "Too much."}}}
    )
    with (
        make_client(running.url, key, CheckedTransport()) as client,
        pytest.raises(openai.APIError, match=r"Too much\.") as caught,
    ):
        follow(client)
    assert caught.value.type == "overloaded_error"
