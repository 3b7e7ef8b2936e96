"""Requests that reach no endpoint: wrong base URLs fail a test and do not count, probes do neither."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from mockserver import MockSession, asgi_transport
from tests.testing.asking import MODEL, complaint

HELLO = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
HEADERS = {"anthropic-version": "2023-06-01"}
WRONG = {
    "/v1/v1/messages": "/v1/v1/messages: the base URL of the client ends with /v1; leave it out",
    "/v1/v1/messages/count_tokens": "the base URL of the client ends with /v1; leave it out",
    "//v1/messages": "//v1/messages: the base URL of the client ends with a slash; leave it out",
    "/anthropic/v1/messages": "/anthropic/v1/messages: the API is not below /anthropic; leave /anthropic out",
    "/messages": "/messages: this client adds no /v1 to its base URL; write it there",
}


@pytest.fixture
def api() -> MockSession:
    return asgi_transport(profile="anthropic", unmatched="error").session("sk-astray")


@pytest.fixture
def client(api: MockSession) -> Iterator[httpx2.Client]:
    headers = {**HEADERS, "x-api-key": api.api_key}
    with httpx2.Client(transport=api.transport, base_url="http://mock", headers=headers) as client:
        yield client


@pytest.mark.parametrize(("path", "hint"), WRONG.items())
def test_wrong_base_url_fails_the_test(api: MockSession, client: httpx2.Client, path: str, hint: str) -> None:
    api.reply("Hi.")
    assert client.post(f"http://mock{path}", json=HELLO).status_code == 404
    told = complaint(api.finish)
    assert told.startswith(f"the API has no such path: requests[0], POST {path} ")
    assert hint in told.splitlines()[1]
    api.check_at_end()
    api.finish()


@pytest.mark.parametrize("path", WRONG)
def test_wrong_base_url_does_not_count_as_called(api: MockSession, client: httpx2.Client, path: str) -> None:
    api.check_at_end("called")
    client.post(f"http://mock{path}", json=HELLO)
    assert complaint(api.finish).startswith(f"the API has no such path: requests[0], POST {path} ")
    assert "none was made there" in complaint(api.assert_called)
    api.reply("Hi.")
    client.post("/v1/messages", json=HELLO)
    api.finish()
    api.assert_called(1)


def test_wrong_base_url_with_another_key_fails_the_test_too(api: MockSession, client: httpx2.Client) -> None:
    client.post("/v1/v1/messages", json=HELLO, headers={"x-api-key": "sk-made-too-early"})
    told = complaint(api.finish).splitlines()
    assert told[0].startswith("the API has no such path: POST /v1/v1/messages ")
    assert told[1].strip() == WRONG["/v1/v1/messages"]
    assert "came with another key than this session's (sk-…arly)" in told[2]


@pytest.mark.parametrize("gateway", ["new-api", "one-api"])
@pytest.mark.parametrize("path", ["/chat/completions", "/messages"])
def test_wrong_base_url_is_told_behind_a_gateway(gateway: str, path: str) -> None:
    """There the answer is the page of the console, with status 200."""
    api = asgi_transport(gateway=gateway).session("sk-astray")
    api.check_at_end("called")
    with httpx2.Client(transport=api.transport, headers={"authorization": f"Bearer {api.api_key}"}) as client:
        assert client.post(f"http://mock{path}", json=HELLO).status_code == 200
    told = complaint(api.finish).splitlines()
    assert told[0].startswith(f"the API has no such path: requests[0], POST {path} ")
    assert told[1].strip() == f"{path}: this client adds no /v1 to its base URL; write it there"


def test_path_that_a_scenario_answers_is_not_wrong(api: MockSession, client: httpx2.Client) -> None:
    api.when(path="/v1/v1/messages").reply(raw={"json": {}})
    api.check_at_end("unmatched", "called")
    assert client.post("/v1/v1/messages", json=HELLO).status_code == 200
    api.finish()


@pytest.mark.parametrize("path", ["/v1/agents", "/favicon.ico"])
def test_path_without_an_endpoint_is_the_tests_own_business(api: MockSession, client: httpx2.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    api.finish()


@pytest.mark.parametrize("key", ["sk-astray", ""])
def test_probe_alone_is_told_as_such(api: MockSession, client: httpx2.Client, key: str) -> None:
    """Claude Code and others look whether a server is there, and that is no request of the API."""
    api.check_at_end("called")
    client.head("/", headers={"x-api-key": key})
    client.get("/api/hello", headers={"x-api-key": key})
    only = "came with the key of this session, only probes, by which clients look whether somebody is there: HEAD /, "
    assert api.summary() == f"no request {only}GET /api/hello"
    assert api.is_silent
    assert complaint(api.finish) == f"expected a request, but none {only}GET /api/hello"
    assert complaint(api.assert_called) == f"expected at least 1 request(s), but none {only}GET /api/hello"
    client.get("/v1/models")
    api.finish()
    assert not api.is_silent
    assert "GET /v1/models" in api.summary()


def test_probes_of_an_earlier_test_are_not_told(api: MockSession, client: httpx2.Client) -> None:
    client.head("/", headers={"x-api-key": ""})
    api.reset()
    assert "probes" not in complaint(api.assert_called)
