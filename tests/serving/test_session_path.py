"""A session in the base URL does what the header ``x-mock-session`` does, for every endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockServer
from mockserver.records.call import split_session
from mockserver.records.settings import PROFILES

HELLO: Any = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
KEY = "sk-ant-api03-" + "p" * 40
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


@pytest.fixture(scope="module", params=PROFILES)
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(profile=request.param) as server:
        yield server


@pytest.fixture(params=["socket", "no socket"])
def client(server: MockServer, request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    server.reset()
    transport = None if request.param == "socket" else server.transport
    with httpx2.Client(base_url=server.url, transport=transport) as client:
        yield client


def ask(client: httpx2.Client, path: str, **headers: str) -> httpx2.Response:
    return client.post(path, json=HELLO, headers={**HEADERS, **headers})


ENDPOINTS: list[tuple[str, str, Any]] = [
    ("POST", "/v1/messages", HELLO),
    ("POST", "/v1/messages?beta=true", HELLO),
    ("POST", "/v1/messages", {**HELLO, "stream": True}),
    ("POST", "/v1/messages/count_tokens", {"model": HELLO["model"], "messages": HELLO["messages"]}),
    ("GET", "/v1/models", None),
    ("GET", "/v1/models/claude-haiku-4-5", None),
    ("GET", "/v1/nothing", None),
    ("DELETE", "/v1/messages", None),
    ("HEAD", "/", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
def test_path_answers_as_the_header_does(
    server: MockServer, client: httpx2.Client, method: str, path: str, body: Any
) -> None:
    by_path = client.request(method, f"/_session/demo{path}", json=body, headers=HEADERS)
    shown = client.get("/_mock/requests?session=demo&full=true").json()["requests"]
    server.reset()
    by_header = client.request(method, path, json=body, headers={**HEADERS, "x-mock-session": "demo"})
    assert (by_path.status_code, by_path.content) == (by_header.status_code, by_header.content)
    (entry,) = shown
    assert (entry["session"], entry["path"]) == ("demo", path)


def test_control_interface_takes_it_too(client: httpx2.Client) -> None:
    added = client.post("/_session/a/_mock/scenarios", json={"name": "hi", "reply": {"text": "From a."}})
    assert added.status_code == 201
    assert client.get("/_mock/scenarios?session=a").json()["scenarios"][0]["session"] == "a"
    assert ask(client, "/_session/a/v1/messages").json()["content"][0]["text"] == "From a."
    assert ask(client, "/_session/b/v1/messages").json()["content"][0]["text"] != "From a."
    assert client.post("/_session/a/_mock/verify?wait=1s", json={"exactly": 1}).json()["verified"]
    assert client.post("/_session/b/_mock/verify", json={"exactly": 2}).status_code == 409
    asked = {"body": HELLO, "path": "/_session/a/v1/messages", "headers": HEADERS}
    assert client.post("/_mock/explain", json=asked).json()["scenario"] == "hi"


def test_path_comes_before_the_header(client: httpx2.Client) -> None:
    ask(client, "/_session/path/v1/messages", **{"x-mock-session": "header"})
    assert [each["session"] for each in client.get("/_mock/requests").json()["requests"]] == ["path"]


def test_key_as_a_name_is_never_shown(client: httpx2.Client) -> None:
    ask(client, f"/_session/{KEY}/v1/messages")
    listed, whole = client.get("/_mock/requests"), client.get("/_mock/requests?full=true")
    assert KEY not in listed.text + whole.text + client.get("/_mock/health").text
    assert listed.json()["requests"][0]["session"] == "sk-ant-…pppp"
    assert client.get("/_mock/requests?session=" + KEY).json()["total"] == 1


def test_key_as_a_name_is_not_logged() -> None:
    lines: list[str] = []
    with MockServer(log=lines.append) as server:
        httpx2.post(f"{server.url}/_session/{KEY}/v1/messages", json=HELLO)
    assert [line.split()[:3] for line in lines] == [["POST", "/v1/messages", "200"]]


@pytest.mark.parametrize("name", ["a b", "a%b", "?", "käse", "a;b=c", "\n", "..", "_mock", "x" * 5000])
def test_names_may_be_escaped(server: MockServer, client: httpx2.Client, name: str) -> None:
    quoted = httpx2.URL("http://x", params={"a": name}).query.decode().removeprefix("a=").replace("+", "%20")
    if name != "..":  # clients resolve these themselves
        assert ask(client, f"/_session/{quoted}/v1/messages").status_code == 200
        assert server.mock.store.sessions.names() == (name,)


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("/_session/a/v1/messages", ("/v1/messages", {"x-mock-session": "a"})),
        ("/_session/a", ("/", {"x-mock-session": "a"})),
        ("/_session/a/", ("/", {"x-mock-session": "a"})),
        ("/_session/a//v1", ("//v1", {"x-mock-session": "a"})),
        ("/_session/a/_session/b/v1", ("/_session/b/v1", {"x-mock-session": "a"})),
        ("/_session//v1/messages", ("/_session//v1/messages", {})),
        ("/_session/", ("/_session/", {})),
        ("/v1/_session/a/v1", ("/v1/_session/a/v1", {})),
    ],
)
def test_path_is_split_behind_the_name(path: str, split: tuple[str, dict[str, str]]) -> None:
    assert split_session(path, {}) == split


def test_sdk_needs_nothing_but_the_url(server: MockServer) -> None:
    session = server.session("only by url")
    session.reset()
    session.reply("Hello from the URL.")
    with anthropic.Anthropic(base_url=session.session_url, api_key="whatever") as client:
        assert client.messages.create(**HELLO).content[0].text == "Hello from the URL."
        with client.messages.stream(**HELLO) as stream:
            assert stream.get_final_text() == "Hello from the URL."
        assert client.models.list().data
    session.assert_called(2)
    assert [entry.path for entry in session.requests] == ["/v1/messages", "/v1/messages", "/v1/models"]


@pytest.mark.parametrize(
    "path", ["/proxy/_session/n1/v1/messages", "/_session//v1/messages", "/_session/a/_session/b/v1/messages"]
)
def test_session_in_a_wrong_place_is_told(server: MockServer, client: httpx2.Client, path: str) -> None:
    assert ask(client, path).status_code == 404
    assert "begins a base URL" in server.mock.journal.entries()[-1].findings[0].hint


@pytest.mark.parametrize("key", ["a/b", ".", ".."])
def test_key_that_cannot_stand_in_a_path_has_no_address(server: MockServer, key: str) -> None:
    assert server.session(key).session_url == ""
